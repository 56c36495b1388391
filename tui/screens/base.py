"""What all full screens have in common: a headline, a banner while the store is away, a
line of keys; each is handed frames, and says what it wants beside the snapshot."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen

from plinthctl import __version__
from plinthctl.domain.views import JobView
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.notices import notices
from tui import draw
from tui.frame import Frame, Wanted
from tui.headline import banner, headline
from tui.theme import Palette
from tui.widgets.footer import Footer, Hint
from tui.widgets.painted import Painted

if TYPE_CHECKING:
    from tui.app import TopApp

SMALLEST = (60, 16)


class Looking(Screen[None]):
    """A full screen that shows frames."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - as Textual has it
    where = ""

    @property
    def top(self) -> "TopApp":
        """The app, as what it is."""
        return cast("TopApp", self.app)

    @property
    def wide(self) -> bool:
        """Whether there is room for two columns."""
        return self.size.width >= 120

    @property
    def stands(self) -> bool:
        """Whether its widgets are there: not before it is composed, nor while it goes."""
        return bool(self.query("#headline"))

    def compose(self) -> ComposeResult:
        """The lines that all have, and what is this screen's own between them."""
        yield Painted(id="headline")
        yield Painted(id="banner")
        yield Painted(id="too-small")
        yield from self.compose_body()
        yield Footer(id="keys")

    def compose_body(self) -> ComposeResult:
        """What this screen shows."""
        yield from ()

    def wanted(self) -> Wanted:
        """What to read beside the snapshot."""
        return Wanted()

    def targets(self) -> tuple[JobView, ...]:
        """The jobs that a key acts on now: the marked ones, or the one under the cursor."""
        return ()

    def subject(self) -> str:
        """What the one job is about that a key acts on, where that is known."""
        return ""

    def around(self) -> tuple[str, ...]:
        """The jobs in the list that one is chosen from, in its order."""
        return ()

    def commands(self) -> tuple[str, ...]:
        """A command line for each of the jobs that a key acts on now."""
        return tuple(f"plinthctl show {job.id}" for job in self.targets())

    def hints(self) -> Iterable[Hint]:
        """The keys worth knowing here, the most important first."""
        return ()

    def show(self, frame: Frame) -> None:
        """Show a frame."""

    def on_mount(self) -> None:
        """Show what is there already."""
        self.show_link()

    def on_screen_resume(self) -> None:
        """Say what is wanted now, and show what is there."""
        self.top.now_shown(self)

    def on_resize(self) -> None:
        """Below a size nothing can be read: say so, and come back with the room."""
        small = self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]
        self.set_class(small, "-small")
        self.query_one("#too-small", Painted).show(self._too_small)
        if not small:
            self.call_after_refresh(self.top.show_again)

    def _too_small(self, _width: int, colours: Palette) -> list[Text]:
        have = f"{self.size.width}x{self.size.height}"
        need = f"{SMALLEST[0]}x{SMALLEST[1]}"
        return [draw.text(colours, f"terminal too small ({have}): need {need}")]

    def show_link(self) -> None:
        """Show how fresh everything is."""
        top, trouble = self.top, self._trouble()
        self.query_one("#headline", Painted).show(
            lambda width, c: [
                headline(
                    top.site, self.where, top.frame, top.link, top.times, top.clock(), width, c
                )
            ]
        )
        strip = self.query_one("#banner", Painted)
        strip.display = trouble is not None
        if trouble is not None:
            strip.show(
                lambda width, c: [_filled(draw.text(c, Cell(f" {trouble}", Tone.ALARM)), width)]
            )
            strip.set_class(top.link.away is None, "-notice")
        self.set_class(top.link.away is not None, "-stale")
        self.set_class(top.frame is None, "-blank")
        self.query_one("#keys", Footer).hint(self.hints())

    def _trouble(self) -> str | None:
        """What is said under the headline: that the store is away, or else a notice."""
        said = banner(self.top.link, self.top.clock())
        if said is not None or self.top.frame is None:
            return said
        return next(notices(self.top.frame.snapshot, __version__), None)


def _filled(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis", pad=True)
    return line
