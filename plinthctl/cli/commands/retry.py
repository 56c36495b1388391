"""``plinthctl retry``: put failed and cancelled jobs back in the queue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.choosing import Chosen, Verb, choose
from plinthctl.cli.complete import job_ids, steps
from plinthctl.cli.confirming import DryRun, Reason, Yes, confirm, some_jobs
from plinthctl.cli.filters import Filters
from plinthctl.cli.foreseeing import foretell_retry
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.domain.job import FINAL, JobStatus
from plinthctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from plinthctl.cli.reporting import Report
    from plinthctl.cli.standing_by import Waiting
    from plinthctl.domain.restart import Start
    from plinthctl.domain.steered import Retried

_WAIT = "Waiting for it"
_FROM = "From where"
_VERB = Verb(
    "retry",
    able=FINAL - {JobStatus.COMPLETED},
    usual=frozenset({JobStatus.FAILED}),
)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "retry",
        panel=JOBS,
        examples=(
            "plinthctl retry 7Q2K9M4T",
            "plinthctl retry 7Q2K9M4T --from search-news --wait",
            "plinthctl retry --failed --since 1h --type competitor_analysis",
            "plinthctl retry --group g1f0c2a9b --dry-run",
            "plinthctl retry 7Q2K9M4T --set company_url=https://acme.io --wait",
        ),
    )(retry)


def retry(
    shell: Shell,
    which: Filters,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]",
            help="Failed or cancelled jobs; - reads ids from stdin.",
            autocompletion=job_ids,
        ),
    ] = None,
    from_step: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="STEP",
            help="Drop the result of this step and of all that need it.",
            rich_help_panel=_FROM,
            autocompletion=steps,
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", help="Drop every result: from the beginning.", rich_help_panel=_FROM
        ),
    ] = False,
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="K=V",
            help="Make a new job of this one with another input; as -i of submit. Repeatable.",
            rich_help_panel=_FROM,
        ),
    ] = None,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow them to their end.", rich_help_panel=_WAIT)
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="2m", help="Stop waiting, exit 124.", rich_help_panel=_WAIT),
    ] = None,
) -> None:
    """Give failed and cancelled jobs a new round of tries; finished steps are kept.

    The same job goes on at its first unfinished step. It takes a place under the
    limits as a new one does: exit 5 when there is none.

    With --set it is a new job of an edited input, which counts for the same organisation,
    user and decision; show names the old one, and diff compares the two.

    Of several jobs, or those that filters find (failed ones, unless --status says
    otherwise), a terminal is asked first; so it is before what must fail again.
    Of a failure group (plinthctl stats --by error) it says first what is kept, and what
    it is expected to take and cost, by what such jobs took and cost of late.
    Exit 4 when some could not be retried; the others are all the same. With --wait:
    8 when one fails, 9 when one is cancelled.
    """
    from plinthctl.cli.reporting import Report

    limit_s = parsing.waiting_limit_s(timeout, wait=wait)
    start = _start(from_step, fresh=fresh)
    if edits:
        from plinthctl.cli import ordering, renewing

        _must_be_alone(which, start)
        how = ordering.How(dry_run, wait, until=renewing.until(limit_s))
        renewing.renew(shell, ids or (), edits, how, reason)
        return
    steer = shell.services.steer
    if not dry_run:
        steer.must_be_allowed()
    chosen = choose(shell, _VERB, ids or (), which)
    if from_step is not None and not chosen.named:
        _must_be_a_step(from_step)
    foretell_retry(shell, chosen, start)
    if not (yes or dry_run):
        _confirm(shell, chosen)
    with Report(shell, named=chosen.named, dry_run=dry_run) as report:
        if dry_run:
            report.tell_all(steer.rehearse_retries(chosen.ids, start), len(chosen.ids))
        else:
            report.tell_all(steer.retry_each(chosen.ids, start, reason), len(chosen.ids))
        _warn_of_budgets(shell, report)
        waited = _wait(shell, report, limit_s) if wait and report.done and not dry_run else None
    raise typer.Exit(waited or report.code)


def _warn_of_budgets(shell: Shell, report: "Report") -> None:
    from plinthctl.cli import cautions
    from plinthctl.domain.limits import Scope
    from plinthctl.domain.steered import Retried

    retried = (one for one in report.done if isinstance(one, Retried))
    slots = (slot for one in retried for slot in one.slots)
    cautions.spending(shell, {name for scope, name in slots if scope is Scope.ORG})


def _start(from_step: str | None, *, fresh: bool) -> "Start":
    from plinthctl.domain.restart import Start

    if fresh and from_step is not None:
        raise UsageError("--from and --fresh do not go together", fix="give one of them")
    return Start(from_step, fresh)


def _must_be_alone(which: Filters, start: "Start") -> None:
    from plinthctl.domain.restart import Start

    other = "--from and --fresh do" if start != Start() else None
    other = next((f"{name} does" for name in which.queries(datetime.now(UTC))), other)
    if other:
        raise UsageError(
            f"--set makes a new job of one old one: {other} not go with it",
            fix="plinthctl retry ID --set key=value",
        )


def _must_be_a_step(name: str) -> None:
    """Of any type: jobs whose type has none of that name are skipped one by one."""
    from plinthctl.domain.filters import step_names

    if name not in (known := step_names()):
        raise parsing.no_such("step", name, known)


def _confirm(shell: Shell, chosen: Chosen) -> None:
    hopeless = shell.services.steer.hopeless(chosen.ids)
    if chosen.named and not hopeless:
        return
    confirm(shell, _question(chosen, hopeless), len(chosen.ids))


def _question(chosen: Chosen, hopeless: Mapping[str, str]) -> str:
    doing = f"retry {some_jobs(chosen.ids)}"
    if not hopeless:
        return doing
    if len(chosen.ids) == 1:
        (why,) = hopeless.values()
        return f"{why}: {doing}"
    whys = "; ".join(f"{number:,}: {why}" for why, number in Counter(hopeless.values()).items())
    return f"{doing}, of which {len(hopeless):,} must fail again ({whys})"


def _wait(shell: Shell, report: "Report", limit_s: float | None) -> ExitCode:
    from plinthctl.cli import standing_by, waiting
    from plinthctl.domain.steered import Retried
    from plinthctl.services.follow import Pace

    retried = [one for one in report.done if isinstance(one, Retried)]
    ids = [one.job_id for one in retried]
    helper = standing_by.ensure_worker(shell, _waiting(shell, retried))
    try:
        ends = waiting.follow(shell, ids, Pace(waiting.CLOSE_UP_S, limit_s), each=helper.must_live)
    except KeyboardInterrupt:
        waiting.say_detached(shell, ids)
        raise
    report.settle(ends)
    for job in ends:
        waiting.say_end(shell, job)
    if len(ends) == 1 and shell.output in {Output.TABLE, Output.WIDE} and ends[0].ended:
        waiting.print_end(shell, ends[0].id)
    return waiting.exit_code(ends)


def _waiting(shell: Shell, retried: "Sequence[Retried]") -> "Waiting":
    """For a type that nobody runs, and somebody may, if there is one: a worker that
    is started for it runs the others, too."""
    from plinthctl.cli.standing_by import Waiting
    from plinthctl.services.standby import is_served

    types = list(dict.fromkeys(one.type for one in sorted(retried, key=lambda one: one.paused)))
    unserved = (name for name in types if not is_served(shell.services.store, name))
    job_type = next(unserved, types[0])
    if len(retried) == 1:
        return Waiting(job_type, "the job waits", f"plinthctl watch {short(retried[0].job_id)}")
    return Waiting(job_type, "the jobs wait", "plinthctl list --active")
