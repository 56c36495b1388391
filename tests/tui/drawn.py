"""What stands on a terminal after what it was sent: as much of one as the dashboard needs."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[0-9;?<>=]*)(?P<does>[A-Za-z])|\x1b\][^\x07]*\x07|\x1b[()].|\x1b[=>78]"
    r"|(?P<text>[^\x1b])"
)
_PART = re.compile(r"\x1b[\[\]()]?[^A-Za-z\x07\x1b]*$")  # of a sequence that is still coming


class Drawn:
    """Lines of cells, and where the next character goes."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self._columns, self._lines = columns, lines
        self._cells: dict[tuple[int, int], str] = {}
        self._row = self._column = 0
        self._coming = ""

    def feed(self, sent: str) -> None:
        """Draw what was sent next."""
        text = self._coming + sent
        part = _PART.search(text)
        self._coming = part[0] if part else ""
        for token in _TOKEN.finditer(text.removesuffix(self._coming) if self._coming else text):
            if token["does"]:
                self._obey(token["does"], token["numbers"])
            elif token["text"]:
                self._put(token["text"])

    def _obey(self, does: str, numbers: str) -> None:
        if does == "H":
            row, column, *_ = [*map(int, numbers.split(";") if numbers else ()), 1, 1]
            self._row, self._column = row - 1, column - 1
        elif does == "J":
            self._cells.clear()

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row, self._column = self._row + 1, 0
        elif character == "\r":
            self._column = 0
        elif character >= " ":
            self._cells[self._row, self._column] = character
            self._column += cell_len(character)

    def __str__(self) -> str:
        return "\n".join(self._line(row) for row in range(self._lines))

    def _line(self, row: int) -> str:
        return "".join(self._in(row)).rstrip()

    def _in(self, row: int) -> Iterator[str]:
        column = 0
        while column < self._columns:
            character = self._cells.get((row, column), " ")
            yield character
            column += max(1, cell_len(character))
