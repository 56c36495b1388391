"""``plinthctl decision``: what is being decided, and what was gathered for it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinthctl.cli import parsing, streams
from plinthctl.cli.commands import decision_exchange, decision_option
from plinthctl.cli.complete import decision_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from plinthctl.domain.archive import DecisionQuery
    from plinthctl.domain.decisions import DecisionContext

MOST = 1_000_000  # far above what anybody decides; --all has no limit

app = group(
    "Decisions: keep them, and see what jobs have gathered for them.",
    examples=('plinthctl decision add "Where to grow" --option East --option West',),
)


def add(
    shell: Shell,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is decided, in a few words.")],
    question: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The question to be answered.")
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(metavar="TEXT|@FILE", help="What one must know; Markdown. @- reads stdin."),
    ] = None,
    criteria: Annotated[
        list[str] | None,
        typer.Option(
            "--criterion",
            metavar="NAME[=WEIGHT[:BETTER]]",
            help="What counts, how much (0 to 1) and which way is good. Repeatable.",
        ),
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME[=TEXT]", help="What to choose. Repeatable."),
    ] = None,
    org: Annotated[str | None, typer.Option(help="The organisation that decides.")] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")
    ] = None,
) -> None:
    """Keep a decision, so that jobs can work for it."""
    from plinthctl.domain.drafts import draft_of

    given = {
        "title": title,
        "question": question,
        "context": _context(context),
        "criteria": [_criterion(typed) for typed in criteria or ()],
        "options": [decision_option.typed_option(typed) for typed in options or ()],
        "org": org,
    }
    draft = draft_of(given, fix="plinthctl decision add --help")
    decision = shell.services.decisions.add(draft, reason)
    with streams.after(f"{decision.id} is kept all the same: plinthctl decision show"):
        _print_added(shell, decision)


def _context(typed: str | None) -> str | None:
    return parsing.read(typed[1:]) if typed and typed.startswith("@") else typed


def _criterion(typed: str) -> dict[str, Any]:
    name, weighs, rest = typed.partition("=")
    if not weighs:
        return {"name": name}
    weight, says, better = rest.partition(":")
    try:
        return {"name": name, "weight": float(weight), "better": better if says else None}
    except ValueError:
        raise UsageError(
            f'--criterion "{typed}": "{weight}" is not a weight',
            fix="a number from 0 to 1: --criterion price=0.4, or --criterion price=0.4:lower",
        ) from None


def _print_added(shell: Shell, decision: "DecisionContext") -> None:
    from plinthctl.render import decisions, jsons

    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(jsons.decision_object(decision))
    elif shell.output is Output.ID or shell.shared.quiet or not shell.terminal.out_is_tty:
        shell.data(decision.id)
    else:
        shell.say(*decisions.added_lines(decision))


def list_decisions(
    shell: Shell,
    org: Annotated[str | None, typer.Option(help="Of this organisation.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """List decisions, newest first."""
    from plinthctl.domain.archive import DecisionQuery

    query = DecisionQuery(org=org, limit=None if everything else limit)
    found = list(shell.services.decisions.each(query))
    _print_all(shell, found)
    _comment(shell, len(found), query)


def _print_all(shell: Shell, found: "list[DecisionContext]") -> None:
    from plinthctl.render import decisions, jsons

    if shell.output is Output.ID:
        shell.stream(f"{one.id}\n" for one in found)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.objects(jsons.decision_object(one) for one in found)
    elif found:
        width, now = shell.terminal.out_width, shell.services.store.now()
        wide = shell.output is Output.WIDE
        shell.show(decisions.table(found, now, width, shell.times, wide=wide))


def _comment(shell: Shell, shown: int, query: "DecisionQuery") -> None:
    if shown == query.limit and (total := shell.services.decisions.count(query)) > shown:
        shell.say(f"{shown} of {total} shown; --all for the rest")
    if not shown and shell.output in {Output.TABLE, Output.WIDE}:
        whose = "that organisation has no decisions" if query.org else "no decisions"
        shell.say(f"{whose} (make one: plinthctl decision add)")


def show(
    shell: Shell,
    decision: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The whole id, its last 8 characters, or any unique part of 4.",
            autocompletion=decision_ids,
        ),
    ],
) -> None:
    """Show a decision, and all that jobs have gathered for it."""
    from plinthctl.render import decisions, jsons

    kept = shell.services.decisions
    detail = kept.detail(kept.resolve(decision))
    if shell.output is Output.ID:
        shell.data(detail.decision.id)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(jsons.gathered_object(detail))
    else:
        shell.show(decisions.sheet(detail, shell.terminal.out_width, shell.times))


command(
    app,
    "add",
    examples=(
        'plinthctl decision add "Which sensor to buy" --criterion price=0.4:lower '
        '--criterion range --option Zeta --option "Nova=the one with the solar panel"',
        'plinthctl decision add "Where to grow" --question "East or West?" --context @notes.md',
    ),
)(add)
command(
    app,
    "list",
    examples=("plinthctl decision list", "plinthctl decision list --org acme --all -o ndjson"),
)(list_decisions)
command(
    app,
    "show",
    examples=(
        "plinthctl decision show 7Q2K9M4T",
        "plinthctl decision show 7Q2K9M4T -o json | jq '.results[].title'",
    ),
)(show)
decision_exchange.add_to(app)
app.add_typer(decision_option.app, name="option")
