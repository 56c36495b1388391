"""``plinthctl submit``: put a job in the queue."""

import os
import time
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from plinthctl.cli import parsing, streams
from plinthctl.cli.complete import job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode

if TYPE_CHECKING:
    from plinthctl.domain.runs import NewJob
    from plinthctl.domain.views import JobView
    from plinthctl.services.submit import Order

_WAIT = "Waiting for it"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "submit",
        panel=JOBS,
        examples=(
            "plinthctl submit competitor_analysis --wait",
            'plinthctl submit competitor_analysis -i company_name="Acme Corp" '
            "-i company_url=https://acme.com",
            "id=$(plinthctl submit competitor_analysis -f job.json)",
        ),
    )(submit)


def submit(
    shell: Shell,
    name: Annotated[
        str,
        typer.Argument(
            metavar="TYPE", help="What to run; see plinthctl types.", autocompletion=job_types
        ),
    ],
    items: Annotated[
        list[str] | None,
        typer.Option(
            "-i", "--input", metavar="K=V", help="A field: k=text, k:=JSON or k=@file. Repeatable."
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("-f", "--file", metavar="FILE|-", help="The input as a JSON object."),
    ] = None,
    org: Annotated[str | None, typer.Option(help="The organisation it counts for.")] = None,
    user: Annotated[str | None, typer.Option(help="The user it counts for.")] = None,
    decision: Annotated[
        str | None, typer.Option(metavar="ID", help="The decision it belongs to.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it and the limits; store nothing.")
    ] = False,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Follow it and print what it found.", rich_help_panel=_WAIT),
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="2m", help="Stop waiting, exit 124.", rich_help_panel=_WAIT),
    ] = None,
    cancel_on_interrupt: Annotated[
        bool,
        typer.Option(
            "--cancel-on-interrupt",
            help="Ctrl-C cancels the job instead of detaching.",
            rich_help_panel=_WAIT,
        ),
    ] = False,
) -> None:
    """Put a job in the queue, and wait for it if you like.

    On a terminal, asks for what is missing. Exit 5 when too many jobs are active.
    With --wait: 8 when it fails, 9 when it is cancelled.
    """
    limit_s = parsing.seconds(timeout, "--timeout")
    order = _order(shell, name, parsing.job_input(items or (), file), (org, user, decision))
    job = _prepare(order)
    if dry_run:
        _rehearse(shell, job)
    stored = shell.services.submit.admit(job)
    _warn_if_unheard(shell, stored)
    if wait:
        _wait(shell, stored, limit_s, cancel_on_interrupt=cancel_on_interrupt)
    with streams.after(f"{stored.id} is stored all the same: plinthctl show {stored.id}"):
        _print(shell, stored)
    _warn_if_unserved(shell, stored)


def _order(
    shell: Shell, name: str, given: dict[str, Any], whose: tuple[str | None, str | None, str | None]
) -> "Order":
    from plinthctl.cli import prompts
    from plinthctl.services.submit import Order, one_decision, orderable

    found = orderable(name)
    org, user, decision = whose
    given, decision = one_decision(Order(name, given, decision=decision))
    filled = prompts.fill(shell, found, given)
    # An empty --org is somebody's unset variable: refused, not counted for another.
    own = shell.settings.identity
    org, user = own.org if org is None else org, own.user if user is None else user
    return Order(name, filled, org, user, decision)


def _prepare(order: "Order") -> "NewJob":
    from plinthctl.domain.ids import RANDOM_BYTES
    from plinthctl.services.submit import prepare

    return prepare(order, unix_ms=time.time_ns() // 1_000_000, random=os.urandom(RANDOM_BYTES))


def _rehearse(shell: Shell, job: "NewJob") -> NoReturn:
    from plinthctl.cli.render import orders
    from plinthctl.domain.limits import refusal

    full = shell.services.submit.full_scopes(job)
    if full:
        raise refusal(full)
    if shell.output is Output.ID:
        raise typer.Exit
    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(orders.order_object(job))
    else:
        shell.show(orders.order_lines(job))
    raise typer.Exit


def _print(shell: Shell, job: "JobView") -> None:
    from plinthctl.cli.render import ends, jsons

    if shell.output in {Output.JSON, Output.NDJSON}:
        detail = shell.services.browse.detail(job.id)
        shell.json(jsons.job_object(detail, shell.settings.expiry.to_domain()))
    elif shell.output is Output.ID or shell.shared.quiet or not shell.terminal.out_is_tty:
        shell.data(job.id)
    else:
        shell.say(*ends.started_lines(job))


def _warn_if_unheard(shell: Shell, job: "JobView") -> None:
    from plinthctl.domain.ids import short

    if trouble := shell.services.ringer.trouble:
        why = f"{trouble.message}, a worker will find it in the store"
        shell.warn(f"job {short(job.id)} is accepted; {why}")


def _warn_if_unserved(shell: Shell, job: "JobView") -> None:
    from plinthctl.services.standby import is_served

    if is_served(shell.services.store, job.type):
        return
    expires = job.available_at + shell.settings.expiry.pending
    at = expires.astimezone().strftime("%H:%M")
    shell.warn(
        f"no worker is running; the job expires at {at} unless one starts", fix="plinthctl worker"
    )


def _wait(
    shell: Shell, job: "JobView", limit_s: float | None, *, cancel_on_interrupt: bool
) -> NoReturn:
    from plinthctl.cli import standing_by, waiting
    from plinthctl.cli.render import ends
    from plinthctl.services.follow import Pace

    shell.say(ends.accepted_line(job))
    helper = standing_by.ensure_worker(shell, job)
    try:
        pace = Pace(waiting.CLOSE_UP_S, limit_s)
        (end,) = waiting.follow(shell, [job.id], pace, each=helper.must_live)
    except KeyboardInterrupt:
        _interrupted(shell, job.id, cancel=cancel_on_interrupt)
    waiting.say_end(shell, end)
    if end.ended or shell.output is not Output.TABLE:
        waiting.print_end(shell, job.id)
    raise typer.Exit(waiting.exit_code([end]))


def _interrupted(shell: Shell, job_id: str, *, cancel: bool) -> NoReturn:
    from plinthctl.cli import waiting
    from plinthctl.domain.ids import short

    if cancel:
        shell.services.steer.cancel(job_id, "Ctrl-C during submit --wait")
        shell.say(f"Cancelled {short(job_id)}, as --cancel-on-interrupt asks.")
    else:
        waiting.say_detached(shell, [job_id])
    raise typer.Exit(ExitCode.INTERRUPTED)
