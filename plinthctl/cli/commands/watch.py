"""``plinthctl watch``: follow jobs to their end."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing, waiting
from plinthctl.cli.complete import job_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.domain.views import JobView
    from plinthctl.services.follow import Pace, Seen

NEVER = "none"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "watch",
        panel=JOBS,
        examples=(
            "plinthctl watch",
            "plinthctl watch 7Q2K9M4T --timeout none",
            "plinthctl watch @last -q && echo done",
        ),
    )(watch)


def watch(
    shell: Shell,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]",
            help="Jobs; - reads ids from stdin; nothing is @last.",
            autocompletion=job_ids,
        ),
    ] = None,
    poll: Annotated[
        bool, typer.Option("--poll", help="Look at the type's own interval, 2 or 3 s.")
    ] = False,
    interval: Annotated[str | None, typer.Option(metavar="2s", help="Look so often.")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="2m", help="Follow for so long, or none; the type's own limit otherwise."
        ),
    ] = None,
) -> None:
    """Follow jobs to their end.

    Ctrl-C stops the following, never the job. Exit 8 when one failed, 9 when one
    was cancelled, 124 when time was up.
    """
    browse = shell.services.browse
    jobs = [browse.resolve(typed) for typed in parsing.ids(ids or ["@last"])]
    pace = _pace([browse.job(job_id) for job_id in jobs], poll, interval, timeout)
    each = partial(_tell, shell) if shell.output is Output.NDJSON else waiting.nothing
    try:
        ends = waiting.follow(shell, jobs, pace, each=each)
    except KeyboardInterrupt:
        waiting.say_detached(shell, jobs)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    _finish(shell, ends)


def _pace(jobs: "list[JobView]", poll: bool, interval: str | None, timeout: str | None) -> "Pace":
    from plinthctl.domain.catalog import JOB_TYPES
    from plinthctl.services.follow import Pace

    types = [JOB_TYPES[job.type] for job in jobs if job.type in JOB_TYPES]
    poll_s = min((t.poll_s for t in types), default=2.0) if poll else waiting.CLOSE_UP_S
    if interval:
        poll_s = parsing.duration(interval, "--interval").total_seconds()
    live = not (poll or interval)
    if timeout == NEVER:
        return Pace(poll_s, None, live)
    limit_s = max((t.follow_s for t in types), default=120.0)
    if timeout:
        limit_s = parsing.duration(timeout, "--timeout").total_seconds()
    return Pace(poll_s, limit_s, live)


def _finish(shell: Shell, ends: "tuple[JobView, ...]") -> None:
    from plinthctl.render import jsons

    for job in ends:
        waiting.say_end(shell, job)
    if shell.output is Output.JSON:
        details = [shell.services.browse.detail(job.id) for job in ends]
        expiry = shell.settings.expiry.to_domain()
        objects = [jsons.job_object(detail, expiry) for detail in details]
        shell.json(objects[0] if len(objects) == 1 else objects)
    elif shell.output is Output.ID:
        shell.data("\n".join(job.id for job in ends))
    elif shell.output is not Output.NDJSON and len(ends) == 1 and not shell.shared.quiet:
        waiting.print_end(shell, ends[0].id)
    raise typer.Exit(waiting.exit_code(ends))


def _tell(shell: Shell, seen: "Seen") -> None:
    """One line of JSON for each job's state, then for each event, none missing and none twice."""
    from plinthctl.render.happenings import happening, state

    for one in seen.news:
        for told in [happening(one.job, event) for event in one.events] or [state(one.job)]:
            shell.json(told)
    sys.stdout.flush()  # somebody acts on each line as it comes
