"""Waiting for jobs in front of a person or a script, until they end."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plinthctl.cli.options import Output
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView
    from plinthctl.render.progress import Follower
    from plinthctl.services.follow import Pace, Seen

CLOSE_UP_S: Final = 0.5  # between looks while somebody sits and waits and nobody tells

_WORST_FIRST: Final = (ExitCode.JOB_FAILED, ExitCode.JOB_CANCELLED, ExitCode.TIMED_OUT)
_EXITS: Final = {
    JobStatus.FAILED: ExitCode.JOB_FAILED,
    JobStatus.CANCELLED: ExitCode.JOB_CANCELLED,
    JobStatus.COMPLETED: ExitCode.OK,
}


def nothing(_seen: "Seen") -> None:
    """Do nothing at a look."""


def follow(
    shell: Shell,
    ids: Sequence[str],
    pace: "Pace",
    each: Callable[["Seen"], None] = nothing,
) -> "tuple[JobView, ...]":
    """Show the jobs until they end or the limit passes; how they stand then.

    ``each`` is called with every look. Ctrl-C gets through.
    """
    from plinthctl.services.follow import Away, Deaf

    jobs: tuple[JobView, ...] = ()
    with _follower(shell, several=len(ids) > 1) as follower:
        for update in shell.services.follow.updates(ids, pace):
            if isinstance(update, Away):
                follower.away(update.retry_s)
                continue
            if isinstance(update, Deaf):
                follower.deaf(update.error.message if update.error else None, update.poll_s)
                continue
            jobs = update.jobs
            follower.seen(jobs)
            each(update)
    return jobs


def _follower(shell: Shell, *, several: bool) -> "Follower":
    from plinthctl.render.progress import Bars, ChangeLines, Silence

    if shell.shared.quiet:
        return Silence()
    if shell.terminal.redraws:
        return Bars(shell.terminal.err, shell.terminal.err_width or 80, named=several)
    return ChangeLines(shell.say)


def exit_code(jobs: "Iterable[JobView]") -> ExitCode:
    """The worst end of all: failed, cancelled, still running, completed."""
    codes = {_EXITS.get(job.status, ExitCode.TIMED_OUT) for job in jobs}
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.OK)


def say_end(shell: Shell, job: "JobView") -> None:
    """One line (or two) on how the job ended, or that it goes on."""
    from plinthctl.render import ends

    failed = job.status is JobStatus.FAILED
    record = shell.services.browse.detail(job.id).error_detail if failed else None
    shell.say(*ends.end_lines(job, record))


def say_detached(shell: Shell, ids: Sequence[str]) -> None:
    """What Ctrl-C has done, and how to come back."""
    one = len(ids) == 1
    names = " ".join(short(job_id) for job_id in ids)
    shell.say(
        f"Detached; the {'job keeps' if one else 'jobs keep'} running.",
        f"  watch again:  plinthctl watch {names}",
        f"  cancel {'it:  ' if one else 'them:'}  plinthctl cancel {names}",
    )


def print_end(shell: Shell, job_id: str) -> None:
    """The job's result on stdout, in the shape that was asked for."""
    from plinthctl.render import jsons, results

    if shell.output is Output.ID:
        shell.data(job_id)
        return
    detail = shell.services.browse.detail(job_id)
    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(jsons.job_object(detail, shell.settings.expiry.to_domain()))
        return
    width = shell.terminal.out_width
    for n, sheet in enumerate(results.result_sheets(detail.results, width, shell.times)):
        if n or shell.terminal.out_is_tty:
            shell.data("")
        shell.show(sheet)
    for warning in (detail.output or {}).get("warnings", []):
        shell.warn(f"{warning.get('step')}: {warning.get('reason')}")
