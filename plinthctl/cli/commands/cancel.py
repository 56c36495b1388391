"""``plinthctl cancel``: stop jobs."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.choosing import Verb, choose
from plinthctl.cli.complete import job_ids
from plinthctl.cli.confirming import DryRun, Reason, Yes, confirm, some_jobs
from plinthctl.cli.filters import Filters
from plinthctl.cli.foreseeing import name_groups
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.cancel import gave_no_answer
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.errors import ExitCode, WrongState

if TYPE_CHECKING:
    from plinthctl.cli.reporting import Report
    from plinthctl.services.follow import Seen

_WAIT = "Waiting for it"
_VERB = Verb("cancel", able=ACTIVE, usual=ACTIVE)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "cancel",
        panel=JOBS,
        examples=(
            "plinthctl cancel 7Q2K9M4T",
            'plinthctl cancel --type market_research --since 1h --reason "wrong topic"',
            "plinthctl list --org acme --active -o id | plinthctl cancel - --yes",
        ),
    )(cancel)


def cancel(
    shell: Shell,
    which: Filters,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]", help="Jobs; - reads ids from stdin.", autocompletion=job_ids
        ),
    ] = None,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until they have ended.", rich_help_panel=_WAIT)
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="30s", help="Stop waiting, exit 124.", rich_help_panel=_WAIT),
    ] = None,
) -> None:
    """Stop jobs; their finished steps are kept.

    A pending job ends at once, a running one as soon as its worker hears of it. Asked
    a second time, 2 seconds later or more, it ends without its worker; --wait does
    that by itself when a worker has not answered for 10.

    Of a failure group (plinthctl stats --by error), those are stopped that try again.
    Of several jobs, or those that filters find, a terminal is asked first. Exit 4
    when some of them could not be cancelled; the others are all the same.
    """
    from plinthctl.cli.reporting import Report

    limit_s = parsing.waiting_limit_s(timeout, wait=wait)
    if not dry_run:
        shell.services.steer.must_be_allowed()
    chosen = choose(shell, _VERB, ids or (), which)
    name_groups(shell, chosen)
    if not (chosen.named or dry_run or yes):
        confirm(shell, f"cancel {some_jobs(chosen.ids)}", len(chosen.ids))
    steer = shell.services.steer
    with Report(shell, named=chosen.named, dry_run=dry_run) as report:
        if dry_run:
            report.tell_all(steer.rehearse_cancels(chosen.ids), len(chosen.ids))
        else:
            report.tell_all(steer.cancel_each(chosen.ids, reason), len(chosen.ids))
        ended = not wait or dry_run or _wait(shell, report, limit_s)
    raise typer.Exit(report.code if ended else ExitCode.TIMED_OUT)


def _wait(shell: Shell, report: "Report", limit_s: float | None) -> bool:
    """Whether every job that was asked to stop has ended."""
    from plinthctl.cli import waiting
    from plinthctl.services.follow import Pace

    asked = [one.job_id for one in report.done if one.status is JobStatus.RUNNING]
    if not asked:
        return True
    try:
        pace = Pace(waiting.CLOSE_UP_S, limit_s)
        jobs = waiting.follow(shell, asked, pace, each=lambda seen: _insist(shell, seen))
    except KeyboardInterrupt:
        waiting.say_detached(shell, asked)
        raise
    report.settle(jobs)
    for job in jobs:
        waiting.say_end(shell, job)
    return all(job.ended for job in jobs)


def _insist(shell: Shell, seen: "Seen") -> None:
    """Take jobs away from workers that do not answer."""
    for job in seen.jobs:
        asked_at = job.cancel_requested_at
        if not job.ended and asked_at and gave_no_answer(asked_at, job.read_at):
            with suppress(WrongState):
                shell.services.steer.cancel(job.id, "its worker did not answer")
