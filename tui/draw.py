"""Rows of words as lines of a width: every text that is drawn is made here or in `theme`."""

from collections.abc import Iterable, Sequence

from rich.text import Text

from plinthctl.render.board.cells import Cell, Column, Grid, Row, Tone
from tui.theme import Palette, styled

MARGIN = 2


def text(colours: Palette, *parts: str | Cell) -> Text:
    """A line of parts, each made safe; what is only text is plain."""
    cells = (Cell(part) if isinstance(part, str) else part for part in parts)
    return Text().join(styled(cell, colours) for cell in cells)


def paragraphs(colours: Palette, *cells: Cell) -> list[Text]:
    """The lines that cells make which may hold line breaks, each made safe."""
    lines: list[list[Cell]] = [[]]
    for cell in cells:
        first, *others = cell.text.split("\n")
        lines[-1].append(Cell(first, cell.tone))
        lines += [[Cell(other, cell.tone)] for other in others]
    return [text(colours, *line) for line in lines]


def header(columns: Sequence[Column], width: int, colours: Palette) -> Text:
    """The titles of a table."""
    titles = Row(tuple(Cell(column.title, Tone.DIM) for column in columns))
    return line(titles, columns, width, colours)


def line(row: Row, columns: Sequence[Column], width: int, colours: Palette) -> Text:
    """A row of a table that is ``width`` cells wide; what has no room is cut."""
    drawn = Text()
    for n, (cell, column) in enumerate(zip(row.cells, columns, strict=False)):
        drawn.append(" " * (column.gap if n else 0))
        room = width - drawn.cell_len if column.width is None else column.width
        rest = sum(c.gap + (c.width or 0) for c in columns[n + 1 :])
        drawn.append_text(
            _fitted(cell, column, room - (rest if column.width is None else 0), colours)
        )
    drawn.truncate(width)
    return drawn


def _fitted(cell: Cell, column: Column, room: int, colours: Palette) -> Text:
    drawn = styled(cell, colours)
    if column.right and drawn.plain.endswith("!") and drawn.cell_len == room + 1:
        return drawn  # the mark stands in the gap
    drawn.truncate(max(1, room), overflow="ellipsis")
    free = Text(" " * max(0, room - drawn.cell_len))
    return free + drawn if column.right else drawn + free


def table(grid: Grid, width: int, colours: Palette, *, titles: bool = True) -> list[Text]:
    """A whole table as lines, behind a margin."""
    inner = width - MARGIN
    head = [header(grid.columns, inner, colours)] if titles and grid.rows else []
    rows = [line(row, grid.columns, inner, colours) for row in grid.rows]
    note = [text(colours, Cell(grid.note, Tone.DIM))] if not grid.rows and grid.note else []
    return [Text(" " * MARGIN) + drawn for drawn in (*head, *rows, *note)]


def height(grid: Grid, *, titles: bool = True) -> int:
    """How many lines `table` makes of it."""
    return len(grid.rows) + titles if grid.rows else bool(grid.note)


def ends(left: Text, right: Text, width: int) -> Text:
    """Two texts at the two ends of a line; the left one is cut where they meet."""
    room = max(0, width - right.cell_len - 1)
    cut = left.copy()
    cut.truncate(room, overflow="ellipsis")
    return cut + Text(" " * (width - cut.cell_len - right.cell_len)) + right


def spread(parts: Iterable[Text], width: int, gap: int = 3) -> Text:
    """As many parts as have room, in their order."""
    drawn = Text(" ")
    for n, part in enumerate(parts):
        if drawn.cell_len + (gap if n else 0) + part.cell_len > width:
            break
        drawn.append(" " * (gap if n else 0)).append_text(part)
    return drawn
