"""A worker for somebody who waits: started when none is alive, watched meanwhile."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.errors import ExitCode, PlinthError

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView
    from plinthctl.services.standby import Standby


class WorkerDied(PlinthError):
    """The worker that was started for a job ended at once; the job waits."""

    code = "worker_died"
    exit_code = ExitCode.UNEXPECTED


@dataclass(frozen=True, slots=True)
class Helper:
    """Whoever runs the job: a worker of ours, or somebody else's (None)."""

    shell: Shell
    job: "JobView"
    standby: "Standby | None"

    def must_live(self, _seen: Any) -> None:
        """Notice that our worker has failed, so that nobody waits for ever.

        Raises:
            WorkerDied: with its last words; nobody else has come meanwhile.
        """
        from plinthctl.services.standby import is_served

        if self.standby is None or (code := self.standby.failed()) is None:
            return
        if is_served(self.shell.services.store, self.job.type):
            return
        raise WorkerDied(
            f"the worker that was started ended with exit code {code}; the job waits",
            why=self.standby.last_words(),
            fix=f"plinthctl worker, then: plinthctl watch {short(self.job.id)}\n"
            f"its log: {self.standby.log}",
        )


def ensure_worker(shell: Shell, job: "JobView") -> Helper:
    """Somebody to run the job: the workers that are alive, or a new one."""
    from plinthctl.services import standby

    if standby.is_served(shell.services.store, job.type):
        return Helper(shell, job, None)
    config = shell.config_path
    arguments = ["--config", str(config.absolute())] if config else []
    started = _start(shell, job, arguments)
    shell.say(f"no worker is running; started one (log: {_at_home(started.log)})")
    return Helper(shell, job, started)


def _start(shell: Shell, job: "JobView", arguments: list[str]) -> "Standby":
    from plinthctl.services import standby
    from plinthctl.wiring import standby_log

    try:
        return standby.start(standby_log(), arguments, shell.environ)
    except OSError as error:
        raise WorkerDied(
            "no worker is running, and none could be started; the job waits",
            why=f"{standby_log()}: {error.strerror or error}",
            fix=f"plinthctl worker, then: plinthctl watch {short(job.id)}",
        ) from None


def _at_home(path: Path) -> str:
    """A path as people write it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
