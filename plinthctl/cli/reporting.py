"""Telling what became of jobs that were steered: each as it is done."""

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from plinthctl.cli import cautions, streams
from plinthctl.cli.options import Output
from plinthctl.cli.shell import Shell
from plinthctl.domain.steered import Cancelling, Retried, Skipped, Steered
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView


class Report:
    """A line, or an object, a job; with ``-o json`` one array at the end, whatever
    ended it.

    ``named``: the only job, and named: that nothing can be done to it is an error.
    """

    def __init__(self, shell: Shell, *, named: bool, dry_run: bool) -> None:
        self._shell = shell
        self._named = named
        self._dry_run = dry_run
        self._objects: list[dict[str, Any]] = []
        self.done: list[Cancelling | Retried] = []
        self.skipped = 0

    def tell_all(self, steered: Iterable[Steered], number: int) -> None:
        """Tell what becomes of so many jobs.

        Raises:
            PlinthError: of the named job; anything of many is told, and goes on.
        """
        told = 0
        if not number:
            self._shell.say("no jobs match; nothing was changed")
        try:
            for one in steered:
                self._tell(one)
                told += 1
            cautions.unheard_change(self._shell)
        except streams.OutputLost as lost:
            lost.why = f"{told + 1:,} of {number:,} were done all the same"
            raise
        except KeyboardInterrupt:
            self._shell.say(f"stopped after {told:,} of {number:,}; the others are as they were")
            raise

    def _tell(self, one: Steered) -> None:
        from plinthctl.render import steered

        if isinstance(one, Skipped):
            if self._named:
                raise one.error
            self.skipped += 1
        else:
            self.done.append(one)
        told = steered.steered_object(one, dry_run=self._dry_run)
        self._objects.append(told)
        match self._shell.output:
            case Output.JSON:
                return
            case Output.NDJSON:
                self._shell.json(told)
            case Output.ID if not isinstance(one, Skipped):
                self._shell.data(one.job_id)
            case Output.ID:
                self._shell.say(steered.steered_line(one, dry_run=self._dry_run))
            case Output.TABLE | Output.WIDE:
                self._shell.show([steered.steered_line(one, dry_run=self._dry_run)])
        sys.stdout.flush()  # somebody may act on each, or have left

    def settle(self, jobs: "Iterable[JobView]") -> None:
        """How the jobs stand after they were waited for."""
        now = {job.id: job for job in jobs}
        for told in self._objects:
            if job := now.get(told["id"]):
                told |= {"status": job.status.value, "phase": job.phase.value}

    @property
    def code(self) -> ExitCode:
        """Whether some of many were skipped."""
        return ExitCode.WRONG_STATE if self.skipped else ExitCode.OK

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shell.output is Output.JSON and (self._objects or kind is None):
            self._shell.json(self._objects)
