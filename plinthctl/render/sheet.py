"""Lines of styled text: the one shape in which commands hand over what they show.

Every line is a Rich `Text` built from safe text; no markup is ever parsed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from plinthctl.domain.text import safe_line

Lines = list[Text]
NOTHING: Final = "–"


def words(*parts: str | tuple[str, str] | Text, joiner: str = "") -> Text:
    """Text of parts, each plain, with its style, or finished; all of them made safe."""
    if len(parts) == 1:  # most are, and there are many of them
        return _part(parts[0])
    return _part(joiner).join(_part(part) for part in parts)


def _part(part: str | tuple[str, str] | Text) -> Text:
    if isinstance(part, Text):
        return part
    text, style = (part, "") if isinstance(part, str) else part
    return Text(safe_line(text), style)


def shown(line: Text) -> Text:
    """A line that may be printed: whoever made it of something else than `words` has
    lost its styles."""
    return line if line.plain.isprintable() else Text(safe_line(line.plain))


def spaced(blocks: Iterable[Lines]) -> Lines:
    """All of the blocks that have lines, with an empty one between them."""
    lines: Lines = []
    for block in blocks:
        lines += [Text(), *block] if lines and block else block
    return lines


def hang(prefix: Text, text: Text, width: int | None) -> Lines:
    """``text`` behind ``prefix``, its further lines as deep as the first.

    ``width`` None: one line, however long.
    """
    if width is None:
        return [prefix + text]
    room = max(20, width - prefix.cell_len)
    wrapped = list(wrap(text, room)) or [Text()]
    indent = Text(" " * prefix.cell_len)
    return [(indent if n else prefix) + part for n, part in enumerate(wrapped)]


def wrap(text: Text, width: int) -> Iterator[Text]:
    """Lines of at most ``width`` cells; long words are broken."""
    from rich.console import Console

    for part in text.wrap(Console(width=width), width):
        part.rstrip()
        yield part


def columns(
    header: Sequence[str], rows: Sequence[Sequence[Text]], width: int | None, gap: int = 2
) -> Lines:
    """Aligned columns. Only the last one is cut, and only to fit ``width`` cells."""
    return Columns(header, width, gap).lines(rows)


class Columns:
    """The same for rows that come in pages: the header stands before the first
    page, and a column may grow from page to page, but never shrinks."""

    def __init__(self, header: Sequence[str], width: int | None, gap: int = 2) -> None:
        self._unsaid = [[words((name, "bold")) for name in header]]
        self._sizes = [0] * len(header)
        self._width = width
        self._gap = gap

    def lines(self, rows: Sequence[Sequence[Text]]) -> Lines:
        """The lines of one page."""
        page, self._unsaid = [*self._unsaid, *rows], []
        widest = [max(cell.cell_len for cell in column) for column in zip(*page, strict=True)]
        self._sizes = [max(pair) for pair in zip(self._sizes, widest, strict=False)]
        return [_row(row, self._sizes, self._width, self._gap) for row in page]


def wrapped_columns(
    header: Sequence[str], rows: Sequence[Sequence[Text]], width: int | None, gap: int = 2
) -> Lines:
    """Aligned columns of which nothing is cut: the last one goes on below itself."""
    firsts = columns(header[:-1], [row[:-1] for row in rows], None, gap)
    size = max(first.cell_len for first in firsts) + gap
    lasts = [words((header[-1], "bold")), *(row[-1] for row in rows)]
    return [
        line
        for first, last in zip(firsts, lasts, strict=True)
        for line in hang(first + " " * (size - first.cell_len), last, width)
    ]


def _row(cells: Sequence[Text], sizes: Sequence[int], width: int | None, gap: int) -> Text:
    line = Text()
    for cell, size in zip(cells[:-1], sizes, strict=False):
        line.append_text(cell).append(" " * (size - cell.cell_len + gap))
    last = cells[-1].copy()
    if width is not None and line.cell_len + last.cell_len > width:
        # Never so narrow that nothing is left of it: the terminal may wrap it then.
        last.truncate(max(8, width - line.cell_len), overflow="ellipsis")
    line.append_text(last)
    line.rstrip()
    return line


def padded(text: str, size: int) -> str:
    """``text`` and spaces up to ``size`` terminal cells."""
    return text + " " * max(0, size - cell_len(text))


def or_nothing(cell: Text, piped: bool) -> Text:
    """The cell, or a mark where it is empty: in a pipe awk would miscount the fields."""
    return cell if cell.plain else words(("-" if piped else NOTHING, "dim"))
