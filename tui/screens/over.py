"""What lies over a full screen: a form, a question, a job that is watched. It is handed
frames as the screen below it, and hears first what came of what it asked for."""

from typing import TYPE_CHECKING, TypeVar, cast

from textual.screen import ModalScreen

from tui.frame import Frame, Wanted
from tui.messages import Done, Refused

if TYPE_CHECKING:
    from tui.app import TopApp

Answer = TypeVar("Answer")


class Over(ModalScreen[Answer]):
    """Something over a full screen."""

    @property
    def top(self) -> "TopApp":
        """The app, as what it is."""
        return cast("TopApp", self.app)

    def wanted(self, below: Wanted) -> Wanted:
        """What to look for, beside what the screen below it wants."""
        return below

    def show(self, frame: Frame) -> None:
        """Show a frame."""

    def answered(self, message: Done | Refused) -> bool:
        """Whether this was the answer to what was asked for from here; nobody else tells
        of it then."""
        return False
