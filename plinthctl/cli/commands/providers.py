"""``plinthctl providers``: how the providers fare, and whether they may be asked."""

from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import providers as provider_names
from plinthctl.cli.options import Output
from plinthctl.cli.registry import command, group
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

app = group(
    "The providers: which may be asked, and which are left alone until they are well.",
    examples=("plinthctl providers list", "plinthctl providers close llm"),
)

Names = Annotated[
    list[str],
    typer.Argument(metavar="PROVIDER…", help="Providers.", autocompletion=provider_names),
]
ReasonOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")]


def list_providers(shell: Shell) -> None:
    """List the providers: who is well, who is left alone and why, how many jobs wait.

    A provider that refuses the key, whose budget is gone or that fails too often opens
    a circuit for that key. Jobs that need it are parked: they do not age and are charged
    no try. One job at a time asks again, after longer and longer waits; when it is
    answered, all go on.
    """
    _print(shell)


def open_(shell: Shell, providers: Names, reason: ReasonOption = None) -> None:
    """Ask a provider nothing any more: jobs that need it are parked.

    Steps that run go on. It lasts until plinthctl providers close. Asking twice is no
    mistake.
    """
    names = _names(providers)
    changed = shell.services.providers.open(names, reason)
    _tell(shell, names, changed, ("is left alone", "was left alone already"))


def close(shell: Shell, providers: Names, reason: ReasonOption = None) -> None:
    """Ask a provider again, at once: what is parked for it goes on.

    While it still fails, the next jobs that ask it fail, and it is left alone again.
    """
    names = _names(providers)
    changed = shell.services.providers.close(names, reason)
    _tell(shell, names, changed, ("may be asked again", "was not left alone"))


def _names(words: "Sequence[str]") -> tuple[str, ...]:
    return tuple(dict.fromkeys(parsing.commas(words)))


def _print(shell: Shell, only: "Sequence[str]" = ()) -> None:
    from plinthctl.render import providers as render

    found = render.lines_of(shell.services.providers.circuits())
    lines = [line for line in found if not only or line[0] in only]
    match shell.output:
        case Output.JSON | Output.NDJSON:
            shell.objects(render.line_object(*line) for line in lines)
        case Output.ID:
            for name in dict.fromkeys(name for name, _ in lines):
                shell.data(name)
        case Output.TABLE | Output.WIDE:
            now = shell.services.store.now()
            shell.show(render.table(lines, now, shell.terminal.out_width))


def _tell(
    shell: Shell, names: "Sequence[str]", changed: "Sequence[bool]", says: tuple[str, str]
) -> None:
    from plinthctl.render import providers as render

    if shell.one_of(*Output) in {Output.TABLE, Output.WIDE}:
        told = zip(names, changed, strict=True)
        shell.show([render.became_line(name, says[0] if new else says[1]) for name, new in told])
    else:
        _print(shell, names)


command(app, "list", examples=("plinthctl providers list", "plinthctl providers list -o json"))(
    list_providers
)
command(
    app,
    "open",
    examples=('plinthctl providers open g2 --reason "their maintenance, until 14:00"',),
)(open_)
command(app, "close", examples=("plinthctl providers close llm",))(close)
