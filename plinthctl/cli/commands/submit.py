"""``plinthctl submit``: put jobs in the queue."""

import time
from typing import Annotated

import typer

from plinthctl.cli import given, ordering, parsing
from plinthctl.cli.complete import decision_ids, job_types, orgs, users
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

_WHOSE = "Whose it is"
_WHEN = "When it starts"
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
            "id=$(plinthctl submit competitor_analysis -f job.json --key nightly-42)",
            "plinthctl submit competitor_analysis -f companies.ndjson --wait-for-slot",
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
        typer.Option(
            "-f",
            "--file",
            metavar="FILE|-",
            help="The input as a JSON object; or many inputs, one a line (NDJSON).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it and the limits; store nothing.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Submitted twice within 24 hours, it is one job."),
    ] = None,
    org: Annotated[
        str | None,
        typer.Option(
            help="The organisation it counts for.", rich_help_panel=_WHOSE, autocompletion=orgs
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help="The user it counts for.", rich_help_panel=_WHOSE, autocompletion=users),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The decision it belongs to.",
            rich_help_panel=_WHOSE,
            autocompletion=decision_ids,
        ),
    ] = None,
    delay: Annotated[
        str | None,
        typer.Option("--in", metavar="10m", help="So long from now.", rich_help_panel=_WHEN),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="At 14:30, the next time it is; or 2026-11-24T09:00Z.",
            rich_help_panel=_WHEN,
        ),
    ] = None,
    wait_for_slot: Annotated[
        bool,
        typer.Option(
            "--wait-for-slot",
            help="Wait for a place while too many jobs are active.",
            rich_help_panel=_WHEN,
        ),
    ] = False,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Follow it and print what it found.", rich_help_panel=_WAIT),
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="2m",
            help="Stop waiting: exit 5 without a place, 124 without an end.",
            rich_help_panel=_WAIT,
        ),
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
    """Put a job in the queue, and wait for it if you like; or many jobs at once.

    On a terminal, asks for what is missing. Exit 5 when too many jobs are active, 4
    when the key has made a job of another input. With --wait: 8 when it fails, 9 when
    it is cancelled.

    Many inputs are checked before any is submitted: exit 2 names the lines that do not
    fit. Then each is accepted or refused by itself; exit 5 when some were refused. A
    job that starts later counts under the limits all the same.
    """
    from plinthctl.cli import submit_many, submit_one

    limit_s = parsing.seconds(timeout, "--timeout")
    if limit_s is not None and not (wait or wait_for_slot):
        raise UsageError("--timeout is for waiting", fix="add --wait or --wait-for-slot")
    until = None if limit_s is None else time.monotonic() + limit_s
    how = ordering.How(dry_run, wait, wait_for_slot, until, cancel_on_interrupt)
    fields = parsing.items(items or ())
    typed = ordering.Typed(name, fields, org, user, decision, key, delay, at)
    ordered = ordering.order(shell, typed)
    source = given.inputs(file)
    if isinstance(source, given.Many):
        submit_many.submit(shell, ordered, source, how)
    submit_one.submit(shell, ordered, source, how)
