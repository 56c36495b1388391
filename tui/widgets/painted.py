"""A widget that shows lines which are made for its width."""

from collections.abc import Callable
from typing import cast

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from tui.theme import Palette

Paint = Callable[[int, Palette], list[Text]]


def colours_of(widget: Widget) -> Palette:
    """The palette of the app that a widget is in."""
    return cast(Palette, widget.app.palette)  # type: ignore[attr-defined]


class Painted(Widget):
    """Shows what it was handed last; it asks for nothing."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._paint: Paint = lambda _width, _colours: []
        self._lines = 1

    def show(self, paint: Paint, *, lines: int = 1) -> None:
        """Show these lines from now on; another number of them takes another room."""
        self._paint = paint
        self.refresh(layout=lines != self._lines)
        self._lines = lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as were handed over; none of them is wrapped."""
        return self._lines

    def render(self) -> Text:
        """The lines for the width there is."""
        width = self.size.width
        return Text("\n", no_wrap=True).join(self._paint(width, colours_of(self)))
