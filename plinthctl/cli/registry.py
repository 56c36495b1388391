"""How a function becomes a command: its help, its panel, its shared options."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import typer

from plinthctl.cli.options import Shared, with_shared
from plinthctl.cli.shell import Shell

JOBS: Final = "Jobs"
RUN: Final = "Run"

Run = Callable[..., None]


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
            sys.stdout.write(context.get_help() + "\n")

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
            with Shell(shared) as shell:
                run(shell, **values)

        app.command(name, help=_help(run, examples), rich_help_panel=panel)(
            with_shared(run, entry, long_output=long_output)
        )
        return run

    return register


def _help(run: Run, examples: Sequence[str]) -> str:
    summary, *more = inspect.cleandoc(run.__doc__ or "").split("\n\n")
    flat = (part.replace("\n", " ") for part in more)
    return _paragraphs(summary.replace("\n", " "), examples, *flat)


def _paragraphs(summary: str, examples: Sequence[str], *more: str) -> str:
    return "\n\n".join([summary, _plain("\n".join(examples)), *map(_plain, more)])


def _plain(text: str) -> str:
    # Help is parsed as markup, and examples hold brackets.
    return text.replace("[", r"\[")
