"""A worker for somebody who waits: started when none is alive, watched meanwhile."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plinthctl.cli import cautions
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.errors import ExitCode, PlinthError, StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView
    from plinthctl.services.follow import Seen
    from plinthctl.services.standby import Standby

LOOK_EVERY_S: Final = 1.0


class WorkerDied(PlinthError):
    """The worker that was started for a job ended at once; the job waits."""

    code = "worker_died"
    exit_code = ExitCode.UNEXPECTED


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for jobs of a type: what is left when no worker runs them,
    and the command to come back with."""

    job_type: str
    left: str
    back: str


def for_jobs(jobs: "Sequence[JobView]") -> Waiting:
    """Somebody who waits for these jobs, which are of one type."""
    if len(jobs) == 1:
        return Waiting(jobs[0].type, "the job waits", f"plinthctl watch {short(jobs[0].id)}")
    return Waiting(jobs[0].type, "the jobs wait", "plinthctl list --active")


@dataclass(slots=True)
class Helper:
    """Sees to it that somebody runs the jobs: the workers that are alive, or one of ours."""

    shell: Shell
    waiting: Waiting
    standby: "Standby | None" = None
    _again_at_s: float = 0.0

    def must_live(self, seen: "Seen | None") -> None:
        """Start a worker where the last one has died or left, so that nobody waits for ever.

        Called with every look at the jobs; about once a second it looks at the workers, too.

        Raises:
            WorkerDied: ours has failed, and nobody else has come; or it cannot be started.
        """
        ended = seen is not None and seen.all_ended
        if ended or time.monotonic() < self._again_at_s:
            return
        self._again_at_s = time.monotonic() + LOOK_EVERY_S
        if not self._somebody_works() and not self._held_back():
            self._start_anew()

    def _somebody_works(self) -> bool:
        from plinthctl.services.standby import is_served

        if self.standby is not None and self.standby.works:
            return True  # it may not have reported for duty yet
        try:
            return is_served(self.shell.services.store, self.waiting.job_type)
        except StoreUnavailable:
            return True  # nobody knows, and none that is started now would either

    def _held_back(self) -> bool:
        """Whether nobody may run the jobs just now: a worker would only leave again."""
        try:
            return bool(self.shell.services.pausing.holding(self.waiting.job_type))
        except StoreUnavailable:
            return True

    def _start_anew(self) -> None:
        if self.standby is not None and (failure := self.standby.failure) is not None:
            raise WorkerDied(
                f"the worker that was started {failure}; {self.waiting.left}",
                why=self.standby.last_words(),
                fix=f"plinthctl worker, then: {self.waiting.back}\nits log: {self.standby.log}",
            )
        config = self.shell.config_path
        arguments = ["--config", str(config.absolute())] if config else []
        self.standby = _start(self.shell, self.waiting, arguments)
        log = _at_home(self.standby.log)
        self.shell.say(f"no worker is running; started one (log: {log})")


def ensure_worker(shell: Shell, waiting: Waiting) -> Helper:
    """Somebody to run the jobs: the workers that are alive, or a new one, once
    somebody may."""
    with suppress(StoreUnavailable):  # a caution, for want of which nobody stops
        cautions.held_back(shell, waiting.job_type)
    helper = Helper(shell, waiting)
    helper.must_live(None)
    return helper


def _start(shell: Shell, waiting: Waiting, arguments: list[str]) -> "Standby":
    from plinthctl.services import standby
    from plinthctl.wiring import standby_log

    try:
        return standby.start(standby_log(), ["--burst", *arguments], shell.environ)
    except OSError as error:
        raise WorkerDied(
            f"no worker is running, and none could be started; {waiting.left}",
            why=f"{standby_log()}: {error.strerror or error}",
            fix=f"plinthctl worker, then: {waiting.back}",
        ) from None


def _at_home(path: Path) -> str:
    """A path as people write it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
