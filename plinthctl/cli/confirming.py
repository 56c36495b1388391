"""Asking a person before much is changed, and only where there is one."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.errors import ExitCode, UsageError

NUMBER_FROM: Final = 21  # jobs: a "y" is typed too easily, their number is not
NAMED: Final = 3

# What every command takes that changes several jobs.
Reason = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Why; kept in the history and the audit.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")]


def some_jobs(ids: Sequence[str]) -> str:
    """``37 jobs (7Q2K9M4T 7Q2KB8X1 7Q2KC03D and 34 more)``."""
    names = " ".join(short(job_id) for job_id in ids[:NAMED])
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"{len(ids):,} {'job' if len(ids) == 1 else 'jobs'} ({names}{more})"


def confirm(shell: Shell, what: str, number: int) -> None:
    """Go on only if somebody at a terminal says so. ``what`` is to be done to so
    many jobs; to none needs no question.

    Raises:
        UsageError: there is nobody to ask; names ``--yes``.
        typer.Exit: they said no.
    """
    if not number:
        return
    if not shell.terminal.can_ask:
        raise UsageError(
            f"nobody is there to be asked: {what}?",
            fix="the same with --yes; with --dry-run it only says what it would do",
        )
    if not _agreed(what, number):
        shell.say("nothing was changed")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _agreed(what: str, number: int) -> bool:
    from plinthctl.cli.prompts import read_answer

    if number < NUMBER_FROM:
        return (read_answer(f"{what}? [y/N] ") or "").lower() in {"y", "yes"}
    return (read_answer(f"{what}? Type {number} to go on: ") or "").replace(",", "") == str(number)
