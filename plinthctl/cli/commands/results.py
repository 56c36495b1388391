"""``plinthctl results``: what jobs have found, after they are gone, too."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from plinthctl.cli import exporting, parsing
from plinthctl.cli.complete import decision_ids, result_ids, result_kinds
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.archive import ResultQuery
    from plinthctl.domain.results import ResultKind
    from plinthctl.domain.views import ResultHead

Found = TypeVar("Found", bound="ResultHead")

_FILTERS: Final = "Which results"
MOST: Final = 1_000_000  # at once on a terminal; --all has no limit

app = group(
    "Results: profiles, evidence, analyses and briefs, with their sources.",
    examples=("plinthctl results list --since 7d", "plinthctl results show 7Q2K9M4T"),
)

Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        "--kind",
        metavar="K,…",
        help="Of these kinds: profile, evidence, analysis, brief.",
        rich_help_panel=_FILTERS,
        autocompletion=result_kinds,
    ),
]
Decision = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="For this decision.",
        rich_help_panel=_FILTERS,
        autocompletion=decision_ids,
    ),
]
Org = Annotated[str | None, typer.Option(help="Of this organisation.", rich_help_panel=_FILTERS)]
Since = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="Made since: 1h, 7d or a time.", rich_help_panel=_FILTERS),
]
Until = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Made before.", rich_help_panel=_FILTERS)
]


def _query(
    shell: Shell,
    kinds: list[str] | None,
    decision: str | None,
    org: str | None,
    since: str | None,
    until: str | None,
) -> "ResultQuery":
    from plinthctl.domain.archive import ResultQuery

    now = datetime.now(UTC)
    return ResultQuery(
        kinds=frozenset(_kind(word) for word in parsing.commas(kinds or ())),
        org=org,
        decision=None if decision is None else shell.services.decisions.resolve(decision),
        since=None if since is None else parsing.moment(since, "--since", now),
        until=None if until is None else parsing.moment(until, "--until", now),
        limit=None,
    )


def _kind(typed: str) -> "ResultKind":
    from plinthctl.domain.results import KIND_WORDS

    if typed not in KIND_WORDS:
        raise parsing.no_such("kind of result", typed, list(KIND_WORDS))
    return KIND_WORDS[typed]


def list_results(
    shell: Shell,
    kinds: Kinds = None,
    decision: Decision = None,
    org: Org = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """List results, newest first."""
    query = _query(shell, kinds, decision, org, since, until)
    query = query if everything else replace(query, limit=limit)
    shown = _print(shell, query)
    _comment(shell, shown, query)


def _print(shell: Shell, query: "ResultQuery") -> int:
    """Print what fits; how many there were."""
    from plinthctl.render import archive, jsons

    found, told = shell.services.results, Counter[str]()
    match shell.output:
        case Output.ID:
            shell.stream(f"{one.id}\n" for one in _counted(found.heads(query), told))
        case Output.JSON | Output.NDJSON:
            shell.objects(jsons.result_object(one) for one in _counted(found.each(query), told))
        case Output.TABLE | Output.WIDE:
            heads = list(_counted(found.heads(query), told))
            width, now = shell.terminal.out_width, shell.services.store.now()
            wide = shell.output is Output.WIDE
            shell.show(archive.table(heads, now, width, shell.times, wide=wide))
    return told.total()


def _counted(found: Iterable[Found], told: "Counter[str]") -> Iterator[Found]:
    for one in found:
        told[one.kind] += 1
        yield one


def _comment(shell: Shell, shown: int, query: "ResultQuery") -> None:
    if shown == query.limit and (total := shell.services.results.count(query)) > shown:
        shell.say(f"{shown} of {total} shown; --all for the rest")
    if not shown and shell.output in {Output.TABLE, Output.WIDE}:
        filtered = replace(query, limit=None) != type(query)(limit=None)
        shell.say("no results match" if filtered else "no results (jobs leave some when they end)")


def show(
    shell: Shell,
    result: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The whole id, its last 8 characters, or any unique part of 4.",
            autocompletion=result_ids,
        ),
    ],
) -> None:
    """Show a result: what it says, on which sources, written by which model."""
    from plinthctl.render import jsons
    from plinthctl.render.results import result_sheet

    found = shell.services.results
    one = found.one(found.resolve(result))
    if shell.output is Output.ID:
        shell.data(one.id)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(jsons.result_object(one))
    else:
        shell.show(result_sheet(one, shell.terminal.out_width, shell.times))


def export(
    shell: Shell,
    kinds: Kinds = None,
    decision: Decision = None,
    org: Org = None,
    since: Since = None,
    until: Until = None,
    to: exporting.To = None,
    force: exporting.Force = False,
) -> None:
    """Write all results that fit as JSON, newest first.

    An array, or with -o ndjson a line each. In a folder, the file is named by the
    moment: results-20261124T090000Z.json.
    """
    from plinthctl.render import jsons

    suffix = exporting.suffix(shell)
    query = _query(shell, kinds, decision, org, since, until)
    objects = (jsons.result_object(one) for one in shell.services.results.each(query))
    pieces = jsons.pieces(objects, lines=shell.output is Output.NDJSON)
    name = f"results-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{suffix}"
    exporting.hand_out(shell, pieces, to, name, force=force)


command(
    app,
    "list",
    examples=(
        "plinthctl results list --since 7d",
        "plinthctl results list --type profile,brief --decision 7Q2K9M4T",
        "plinthctl results list --all -o ndjson | jq -r .title",
    ),
)(list_results)
command(
    app,
    "show",
    examples=(
        "plinthctl results show 7Q2K9M4T",
        "plinthctl results show 7Q2K9M4T -o json | jq .sources",
    ),
)(show)
command(
    app,
    "export",
    examples=(
        "plinthctl results export --type evidence --org acme > evidence.json",
        "plinthctl results export --since 2026-11-01 --to exports/ -o ndjson",
    ),
)(export)
