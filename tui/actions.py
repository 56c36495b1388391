"""What can be asked for from a screen: each is a value, done by a service on a thread of its
own, one after the other. What came of it is told as a message; the next frame shows it."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from plinthctl.domain.restart import Start
from plinthctl.errors import PlinthError
from tui.feed import Tell
from tui.messages import Done, Outcome, Refused

if TYPE_CHECKING:
    from plinthctl.domain.runs import NewJob
    from plinthctl.wiring import Services

BEGINNING: Final = Start()  # from the first unfinished step
log: Final = logging.getLogger("plinthctl.top")


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel these jobs."""

    ids: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Put these failed or cancelled jobs back in the queue."""

    ids: tuple[str, ...]
    start: Start = BEGINNING
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Accept this job, whose input has been checked."""

    job: "NewJob"


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Hold a job type, or all intake, back; or let it go."""

    scope: str
    go: bool = False


@dataclass(frozen=True, slots=True)
class Reap:
    """Do what `plinthctl reap` does."""


Action = Cancel | Retry | SubmitJob | HoldBack | Reap


class Actions:
    """Does what is asked for, in its order."""

    def __init__(self, services: "Services", tell: Tell) -> None:
        self._services = services
        self._tell = tell
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="top-actions")

    def ask(self, action: Action) -> None:
        """Do this soon; `Done` or `Refused` is told then."""
        self._hands.submit(self._try, action)

    def rest(self) -> None:
        """Finish what is being written and begin nothing: this process goes to sleep."""
        if self._opened():
            self._services.store.quiesce()

    def go_on(self) -> None:
        """Write again."""
        if self._opened():
            self._services.store.resume()

    def _opened(self) -> bool:
        return "store" in vars(self._services)

    def stop(self) -> None:
        """Do what was begun, and nothing else."""
        self._hands.shutdown(wait=True, cancel_futures=True)

    def _try(self, action: Action) -> None:
        try:
            told: Done | Refused = Done(action, done_by(self._services, action))
        except PlinthError as error:
            told = Refused(action, error)
        except Exception as error:
            log.exception("an action failed")
            told = Refused(action, PlinthError(f"{type(error).__name__}: {error}"))
        self._tell(told)


def done_by(services: "Services", action: Action) -> Outcome:
    """Do it, and say what came of it. Raises what the service does."""
    match action:
        case Cancel():
            return Outcome(tuple(services.steer.cancel_each(action.ids, action.reason)))
        case Retry():
            again = services.steer.retry_each(action.ids, action.start, action.reason)
            return Outcome(tuple(again))
        case SubmitJob():
            return Outcome(job=services.submit.admit(action.job).job)
        case HoldBack():
            return Outcome(said=_held(services, action))
        case Reap():
            return Outcome(said=_reaped(services))
    assert_never(action)


def _held(services: "Services", action: HoldBack) -> str:
    change = services.pausing.resume if action.go else services.pausing.pause
    change([action.scope])
    name = "all intake" if action.scope == "*" else action.scope
    return f"{name} {'goes on' if action.go else 'is held back'}"


def _reaped(services: "Services") -> str:
    from plinthctl.domain.reaping import Chore

    found = sum(1 for _ in services.reaper.reap(frozenset(Chore)))
    things = "thing" if found == 1 else "things"
    return f"reaped: {found} {things} put right" if found else "reaped: nothing to do"
