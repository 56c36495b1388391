"""``plinthctl reap``: the sweep from outside, for cron."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import chores
from plinthctl.cli.options import Output
from plinthctl.cli.registry import RUN, command
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.reaping import Chore, Finding, Sum


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "reap",
        panel=RUN,
        examples=(
            "plinthctl reap --dry-run",
            "plinthctl reap --only stuck",
            "* * * * *  plinthctl reap -q",
        ),
    )(reap)


def reap(
    shell: Shell,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="C,…",
            help="Only these chores: stuck, requeue, retention, numbers, bell, alerts.",
            autocompletion=chores,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and why; change nothing.")
    ] = False,
) -> None:
    """Do once what workers do for each other all the time; the last example is for cron.

    stuck: jobs whose worker is gone go back to the queue (requeue does only this), then
    what was due for too long, or runs for too long, fails. retention: ended jobs are
    deleted when they were kept long enough; what they found stays. numbers: the hour
    that is over is summed up, and the queue's depth noted. bell: an embedded Valkey that
    no worker uses is stopped. alerts: the four rules are evaluated, and what fires or is
    over is told as alerts.command, alerts.webhook and alerts.urls say.

    Any number may run at once: they share the work. A worker of another machine is
    watched for 11 s before its jobs are taken away. -q says nothing but errors.
    """
    from plinthctl.domain.reaping import Chore

    wanted = _chores(only or ())
    reaper = shell.services.reaper
    began_s = time.monotonic()
    findings = reaper.rehearse(wanted) if dry_run else reaper.reap(wanted)
    _tell(shell, findings, began_s, dry_run=dry_run)
    if not dry_run and Chore.ALERTS in wanted:
        # Everything else is done and said by now: a sink that hangs holds up nothing.
        sys.stdout.flush()
        shell.services.teller.tell(shell.settings.alerts.timeout.total_seconds())


def _chores(typed: Sequence[str]) -> "frozenset[Chore]":
    from plinthctl.domain.reaping import Chore

    named = {parsing.one_of(Chore, word, "chore") for word in parsing.commas(typed)}
    return frozenset(named or Chore)


def _tell(shell: Shell, found: "Iterator[Finding]", began_s: float, *, dry_run: bool) -> None:
    from plinthctl.domain.reaping import Sum
    from plinthctl.render import reaping

    total = Sum()
    findings = _counted(found, total)
    match shell.output:
        case Output.JSON | Output.NDJSON:
            told = [reaping.finding_object(one) for one in findings]
            took_s = time.monotonic() - began_s
            shell.json(reaping.sum_object(total, told, took_s, dry_run=dry_run))
        case Output.ID:
            shell.stream(f"{one.subject}\n" for one in findings if one.type and one.status)
        case Output.TABLE | Output.WIDE:
            _show(shell, findings, each=_lists(shell, dry_run=dry_run))
            _sum_up(shell, total, time.monotonic() - began_s, dry_run=dry_run)


def _counted(findings: "Iterator[Finding]", total: "Sum") -> "Iterator[Finding]":
    for one in findings:
        total.add(one)
        yield one


def _show(shell: Shell, findings: "Iterator[Finding]", *, each: bool) -> None:
    from plinthctl.render import reaping

    table = reaping.Table(shell.terminal.out_width, shell.services.store.now(), shell.times)
    for one in findings:
        if each:
            shell.show(table.lines(one))


def _lists(shell: Shell, *, dry_run: bool) -> bool:
    """Whether each thing is a line of data; the sum is talk then, else it is the data."""
    return dry_run or shell.output is Output.WIDE


def _sum_up(shell: Shell, total: "Sum", took_s: float, *, dry_run: bool) -> None:
    from plinthctl.render import reaping

    if shell.shared.quiet:
        return
    settings = shell.settings
    rules = reaping.Rules(settings.expiry.to_domain(), settings.retention.to_domain())
    line = reaping.sum_line(total, rules, took_s, dry_run=dry_run)
    if _lists(shell, dry_run=dry_run):
        shell.say(line)
    else:
        shell.show([line])
