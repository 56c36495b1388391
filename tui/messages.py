"""What the feed, the ear and the actions tell the app; all of it is frozen."""

from dataclasses import dataclass

from textual.message import Message

from plinthctl.domain.steered import Steered
from plinthctl.domain.views import JobView
from plinthctl.errors import PlinthError
from tui.frame import Frame


class Arrived(Message):
    """A look succeeded; the next is ``every_s`` later."""

    def __init__(self, frame: Frame, every_s: float) -> None:
        super().__init__()
        self.frame = frame
        self.every_s = every_s


class Lost(Message):
    """A look failed for the ``attempt``-th time in a row; the next is ``retry_s`` later."""

    def __init__(self, error: PlinthError, attempt: int, retry_s: float) -> None:
        super().__init__()
        self.error = error
        self.attempt = attempt
        self.retry_s = retry_s


class Moved(Message):
    """What has become of some jobs since the last frame."""

    def __init__(self, jobs: tuple[JobView, ...]) -> None:
        super().__init__()
        self.jobs = jobs


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action brought: a line for each job, or words for it as a whole."""

    steered: tuple[Steered, ...] = ()
    said: str = ""
    job: JobView | None = None


class Done(Message):
    """An action was done."""

    def __init__(self, action: object, outcome: Outcome) -> None:
        super().__init__()
        self.action = action
        self.outcome = outcome


class Refused(Message):
    """An action was not done."""

    def __init__(self, action: object, error: PlinthError) -> None:
        super().__init__()
        self.action = action
        self.error = error
