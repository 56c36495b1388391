"""The options that every command takes, declared once."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import typer

from plinthctl.cli.render.times import TimeStyle

OUTPUT_VARIABLE: Final = "PLINTHCTL_OUTPUT"
_PANEL: Final = "Output and configuration"


class Output(StrEnum):
    """The shapes of what a command says on stdout."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    NDJSON = "ndjson"
    ID = "id"


class Color(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def _output(*names: str) -> Any:
    return typer.Option(
        *names, help="Shape of stdout.", envvar=OUTPUT_VARIABLE, rich_help_panel=_PANEL
    )


_ONLY_SHORT: Final = Annotated[Output | None, _output("-o")]


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared options of one call."""

    output: Annotated[Output | None, _output("-o", "--output")] = None
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="PATH", help="Configuration file.", rich_help_panel=_PANEL
        ),
    ] = None
    color: Annotated[
        Color, typer.Option("--color", help="When to colour.", rich_help_panel=_PANEL)
    ] = Color.AUTO
    time: Annotated[
        TimeStyle | None,
        typer.Option("--time", help="How times are written.", rich_help_panel=_PANEL),
    ] = None
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No talk on stderr.", rich_help_panel=_PANEL)
    ] = False
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Say more on stderr.", rich_help_panel=_PANEL)
    ] = False
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the trace of an error.", rich_help_panel=_PANEL),
    ] = False


def with_shared(
    run: Callable[..., None],
    entry: Callable[[Shared, Mapping[str, Any]], None],
    *,
    long_output: bool = True,
) -> Callable[..., None]:
    """A function with the parameters of ``run`` (all but its first) and the shared
    ones, so that they can be given after the subcommand; it calls ``entry``."""
    own = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
    hints = get_type_hints(Shared, include_extras=True)
    if not long_output:
        hints["output"] = _ONLY_SHORT
    shared = [
        inspect.Parameter(
            f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name]
        )
        for f in fields(Shared)
    ]

    def command(**values: Any) -> None:
        entry(Shared(**{f.name: values.pop(f.name) for f in fields(Shared)}), values)

    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    command.__signature__ = inspect.Signature([*keyword_only, *shared])  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in [*own, *shared]}
    command.__name__ = run.__name__
    command.__doc__ = run.__doc__
    return command
