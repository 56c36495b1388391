"""``plinthctl cancel``: stop jobs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import job_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.errors import WrongState

if TYPE_CHECKING:
    from rich.text import Text


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "cancel",
        panel=JOBS,
        examples=(
            "plinthctl cancel 7Q2K9M4T",
            'plinthctl cancel 7Q2K9M4T 7Q2KF1HS --reason "wrong company"',
            "plinthctl list --status pending -o id | plinthctl cancel -",
        ),
    )(cancel)


def cancel(
    shell: Shell,
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID…", help="Jobs; - reads ids from stdin.", autocompletion=job_ids),
    ],
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the job's history.")
    ] = None,
) -> None:
    """Stop jobs; their finished steps are kept.

    A pending job ends at once, a running one as soon as its worker hears of it.
    Exit 4 when one of them had ended already; the others are cancelled all the same.
    """
    browse = shell.services.browse
    jobs = [browse.resolve(typed) for typed in parsing.ids(ids)]
    told = [_cancel(shell, job_id, reason) for job_id in jobs]
    if shell.output is Output.JSON:
        shell.json(told)
    if trouble := shell.services.ringer.trouble:
        shell.warn(f"{trouble.message}; workers and watchers find it in the store")
    if any(one["skipped"] for one in told):
        raise typer.Exit(WrongState.exit_code)


def _cancel(shell: Shell, job_id: str, reason: str | None) -> dict[str, Any]:
    before = shell.services.browse.job(job_id)
    skipped: str | None = None
    try:
        shell.services.steer.cancel(job_id, reason)
    except WrongState as error:
        skipped = error.message.removeprefix(f"{short(job_id)} is ")
    after = shell.services.browse.job(job_id)
    told: dict[str, Any] = {"id": job_id, "status": after.status.value, "phase": after.phase.value}
    told |= {"skipped": skipped, "was": before.status.value}
    _tell(shell, told)
    return told


def _tell(shell: Shell, told: dict[str, Any]) -> None:
    match shell.output:
        case Output.NDJSON:
            shell.json(told)
        case Output.ID:
            if not told["skipped"]:
                shell.data(told["id"])
        case Output.JSON:
            pass
        case _:
            shell.show([_line(told)])


def _line(told: dict[str, Any]) -> "Text":
    from plinthctl.cli.render.sheet import words

    name = (short(told["id"]), "bold")
    if told["skipped"]:
        return words(("– ", "dim"), name, f" skipped: {told['skipped']}")
    if told["phase"] == "cancelling":
        return words(
            ("✓ ", "green"), name, " cancelling: its worker stops it; finished steps are kept"
        )
    return words(("✓ ", "green"), name, f" cancelled (was {told['was']})")
