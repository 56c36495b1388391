"""``plinthctl decision export`` and ``import``: decisions from store to store."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinthctl.cli import exporting, files, parsing
from plinthctl.cli.complete import decision_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.errors import Conflict, UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from plinthctl.domain.archive import Added
    from plinthctl.services.decisions import Incoming


def add_to(app: typer.Typer) -> None:
    """Register both commands."""
    command(
        app,
        "export",
        examples=(
            "plinthctl decision export 7Q2K9M4T > sensor.json",
            "plinthctl decision export --all --to backup/",
            "plinthctl decision export 7Q2K9M4T | plinthctl decision import - --config other.toml",
        ),
    )(export)
    command(
        app,
        "import",
        examples=(
            "plinthctl decision import sensor.json",
            'echo \'{"title": "Where to grow"}\' | plinthctl decision import -',
        ),
    )(import_)


def export(
    shell: Shell,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]", help="Decisions; - reads ids from stdin.", autocompletion=decision_ids
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All decisions.")] = False,
    to: exporting.To = None,
    force: exporting.Force = False,
) -> None:
    """Write decisions, with all that was gathered for them, as JSON.

    One is an object, several an array; -o ndjson is a line each. In a folder, each
    has a file of its own, named by its id.
    """
    suffix = exporting.suffix(shell)
    chosen = _chosen(shell, ids or (), everything=everything)
    if to is not None and files.is_folder(to):
        for decision_id in chosen:
            pieces = _pieces(shell, [decision_id], one=True)
            exporting.hand_out(shell, pieces, to, f"{decision_id}.{suffix}", force=force)
    else:
        one = len(chosen) == 1 and not everything
        exporting.hand_out(shell, _pieces(shell, chosen, one=one), to, "", force=force)


def _chosen(shell: Shell, typed: Sequence[str], *, everything: bool) -> list[str]:
    from plinthctl.domain.archive import DecisionQuery

    kept = shell.services.decisions
    if everything == bool(typed):
        raise UsageError(
            "name decisions, or --all" + (", not both" if typed else ""),
            fix="plinthctl decision list",
        )
    if everything:
        return [decision.id for decision in kept.each(DecisionQuery(limit=None))]
    return [kept.resolve(part) for part in parsing.ids(typed)]


def _pieces(shell: Shell, ids: Sequence[str], *, one: bool) -> Iterator[str]:
    from plinthctl.render import jsons

    objects = (jsons.gathered_object(shell.services.decisions.detail(found)) for found in ids)
    lines = shell.output is Output.NDJSON
    if one and not lines:
        return (f"{jsons.dumps(value)}\n" for value in objects)
    return jsons.pieces(objects, lines=lines)


def import_(
    shell: Shell,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="What export wrote, or JSON of your own.")
    ],
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")
    ] = None,
) -> None:
    """Keep decisions that were exported, with what was gathered for them.

    Ids are kept where they are given. What is there already with the same content
    stays; exit 4 when the store has other content by one of the ids.

    All of it is checked before any of it is kept. A field that is left out is made:
    only the title is needed.
    """
    from plinthctl.domain.drafts import MAX_FILE_BYTES, drafts_in

    kept = shell.services.decisions
    drafts = drafts_in(parsing.read(file, MAX_FILE_BYTES))
    incoming = [kept.incoming(draft) for draft in drafts]
    told = [_take_in(shell, one, reason, alone=len(incoming) == 1) for one in incoming]
    if shell.output is Output.JSON:
        shell.json(told)
    if any(one["skipped"] for one in told):
        raise typer.Exit(Conflict.exit_code)


def _take_in(shell: Shell, one: "Incoming", reason: str | None, *, alone: bool) -> dict[str, Any]:
    try:
        told = _told(one, added=shell.services.decisions.take_in(one, reason))
    except Conflict as error:
        if alone:
            raise
        told = _told(one, skipped=f"{error.message} ({error.why})")
    _tell(shell, told)
    return told


def _told(
    one: "Incoming", *, added: "Added | None" = None, skipped: str | None = None
) -> dict[str, Any]:
    return {
        "id": one.decision.id,
        "title": one.decision.title,
        "added": added is not None and added.decision,
        "results": len(one.results),
        "results_added": added.results if added else 0,
        "skipped": skipped,
    }


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
            shell.show([_line(told, whole=not shell.terminal.out_is_tty)])


def _line(told: dict[str, Any], *, whole: bool) -> "Text":
    from plinthctl.render.sheet import words

    name = (told["id"] if whole else short(told["id"]), "bold")
    if told["skipped"]:
        return words(("– ", "dim"), name, f" skipped: {told['skipped']}")
    became = "added" if told["added"] else "was there"
    results = f"{told['results_added']} of {told['results']} results added"
    with_results = f", {results}" if told["results"] else ""
    return words(("✓ ", "green"), name, f" {became}{with_results}   {told['title']}")
