"""One text of a job in whole, to be scrolled."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from plinthctl.domain.text import safe_line
from tui.widgets.footer import Footer, Hint
from tui.widgets.painted import Paint
from tui.widgets.reading import Reading


class Whole(ModalScreen[None]):
    """Shows what it was handed until somebody leaves."""

    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Back", id="view.back"),
    ]

    def __init__(self, title: str, paint: Paint) -> None:
        super().__init__()
        self._title = title
        self._paint = paint

    def compose(self) -> ComposeResult:
        """The text, and how to leave."""
        with Vertical(id="whole") as frame:
            frame.border_title = Content(safe_line(self._title))
            yield Reading(id="text")
        yield Footer(id="keys")

    def on_mount(self) -> None:
        """Show it."""
        self.query_one("#text", Reading).show(self._paint)
        self.query_one("#keys", Footer).hint(
            (Hint("esc", "Back", "screen.dismiss"), Hint("↑↓ PgUp PgDn g G", "Scroll"))
        )
