"""``plinthctl decision option``: what there is to choose between."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinthctl.cli.complete import decision_ids
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plinthctl.domain.decisions import Option

app = group(
    "A decision's options: what there is to choose between.",
    examples=("plinthctl decision option add 7Q2K9M4T Zeta",),
)

Decision = Annotated[
    str,
    typer.Argument(
        metavar="DECISION",
        help="Its whole id, the last 8 characters, or any unique part of 4.",
        autocompletion=decision_ids,
    ),
]


def typed_option(typed: str) -> dict[str, Any]:
    """``NAME[=TEXT]`` as the fields of a draft."""
    name, says, text = typed.partition("=")
    return {"name": name, "description": text if says else None}


def add(
    shell: Shell,
    decision: Decision,
    option: Annotated[
        str, typer.Argument(metavar="NAME[=TEXT]", help="The option, and what there is to say.")
    ],
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")
    ] = None,
) -> None:
    """Give a decision one more option.

    Exit 4 when it has one by this name.
    """
    from plinthctl.domain.drafts import option_draft_of

    draft = option_draft_of(typed_option(option), fix="plinthctl decision option add --help")
    kept = shell.services.decisions
    added = kept.add_option(kept.resolve(decision), draft, reason)
    if shell.output in {Output.JSON, Output.NDJSON}:
        _print(shell, [added])
    elif shell.output is Output.ID or shell.shared.quiet or not shell.terminal.out_is_tty:
        shell.data(added.id)
    else:
        _say_added(shell, added)


def _say_added(shell: Shell, added: "Option") -> None:
    from plinthctl.domain.ids import short
    from plinthctl.render.sheet import words

    name = (short(added.id), "bold")
    shell.say(words(("✓ ", "green"), "option added   ", name, f"   {added.name}"))


def list_options(shell: Shell, decision: Decision) -> None:
    """List a decision's options, in its order."""
    kept = shell.services.decisions
    _print(shell, kept.one(kept.resolve(decision)).options)


def _print(shell: Shell, found: "Sequence[Option]") -> None:
    from dataclasses import asdict

    from plinthctl.render import decisions

    if shell.output is Output.ID:
        shell.stream(f"{one.id}\n" for one in found)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.objects(asdict(one) for one in found)
    elif found:
        shell.show(decisions.options(found, shell.terminal.out_width))
    else:
        shell.say("no options (add one: plinthctl decision option add)")


command(
    app,
    "add",
    examples=(
        "plinthctl decision option add 7Q2K9M4T Zeta",
        'plinthctl decision option add 7Q2K9M4T "Nova=the one with the solar panel"',
    ),
)(add)
command(
    app,
    "list",
    examples=(
        "plinthctl decision option list 7Q2K9M4T",
        "plinthctl decision option list 7Q2K9M4T -o id",
    ),
)(list_options)
