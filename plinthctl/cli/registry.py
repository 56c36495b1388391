"""How a function becomes a command: its help, its panel, its shared options."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from plinthctl.cli.menu import JOBS, LIVE, RUN
from plinthctl.cli.options import Shared, with_shared

if TYPE_CHECKING:
    from plinthctl.cli.shell import Shell

__all__ = ["JOBS", "LIVE", "RUN", "command", "command_over", "group", "show_help"]

HELP_OPTIONS: Final = {"help_option_names": ["-h", "--help"]}

Run = Callable[..., None]


def show_help(context: typer.Context) -> None:
    """Print the help of a command, as ``--help`` does."""
    sys.stdout.write(context.get_help() + "\n")


def group(about: str, *, examples: Sequence[str]) -> typer.Typer:
    """A group of commands, which shows its help when none of them is named."""
    app = typer.Typer(
        help=_paragraphs(about, examples),
        rich_markup_mode="rich",
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def root(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            show_help(context)

    return app


def command(
    app: typer.Typer,
    name: str,
    *,
    panel: str | None = None,
    examples: Sequence[str],
    long_output: bool = True,
) -> Callable[[Run], Run]:
    """Register a function whose first parameter is the `Shell` as a command.

    Its docstring's first paragraph is the summary; ``examples`` come next.
    ``long_output`` False: ``--output`` means something else to it, ``-o`` does not.
    """

    def register(run: Run) -> Run:
        def entry(shared: Shared, values: Mapping[str, Any]) -> None:
            with _shell(shared) as shell:
                run(shell, **values)

        app.command(name, help=_help(run, examples), rich_help_panel=panel)(
            with_shared(run, entry, long_output=long_output)
        )
        return run

    return register


def command_over(
    app: typer.Typer, name: str, *, panel: str, examples: Sequence[str]
) -> Callable[[Run], typer.Typer]:
    """Register a function as a command with commands under it, whose place is
    returned: the function runs when none of them is named."""

    def register(run: Run) -> typer.Typer:
        def entry(shared: Shared, values: Mapping[str, Any]) -> None:
            with _shell(shared) as shell:
                run(shell, **values)

        under = typer.Typer(rich_markup_mode="rich", context_settings=HELP_OPTIONS)
        app.add_typer(
            under,
            name=name,
            callback=_unless_others(with_shared(run, entry)),
            invoke_without_command=True,
            help=_help(run, examples),
            rich_help_panel=panel,
        )
        return under

    return register


def _shell(shared: Shared) -> "Shell":
    # Not loaded to show help.
    from plinthctl.cli.shell import Shell

    return Shell(shared)


def _unless_others(run: Run) -> Run:
    """The same function, which does nothing where a command under it is named."""

    def alone(context: typer.Context, **values: Any) -> None:
        if context.invoked_subcommand is None:
            run(**values)

    own = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    signature = inspect.signature(run)
    parameters = [own, *signature.parameters.values()]
    alone.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    alone.__annotations__ = {p.name: p.annotation for p in parameters}
    return alone


def _help(run: Run, examples: Sequence[str]) -> str:
    summary, *more = inspect.cleandoc(run.__doc__ or "").split("\n\n")
    flat = (part.replace("\n", " ") for part in more)
    return _paragraphs(summary.replace("\n", " "), examples, *flat)


def _paragraphs(summary: str, examples: Sequence[str], *more: str) -> str:
    return "\n\n".join([summary, _plain("\n".join(examples)), *map(_plain, more)])


def _plain(text: str) -> str:
    # Help is parsed as markup, and examples hold brackets.
    return text.replace("[", r"\[")
