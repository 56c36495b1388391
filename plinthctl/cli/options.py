"""The options that every command takes, declared once."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer

from plinthctl.cli.complete import job_ids
from plinthctl.render.times import TimeStyle

OUTPUT_VARIABLE: Final = "PLINTHCTL_OUTPUT"
COLOR_VARIABLE: Final = "PLINTHCTL_COLOR"
TIME_VARIABLE: Final = "PLINTHCTL_TIME"
_PANEL: Final = "Output and configuration"

Group = TypeVar("Group")

JobArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The whole id, its last 8 characters, any unique part of 4, or @last.",
        autocompletion=job_ids,
    ),
]


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
        Color,
        typer.Option(
            "--color", help="When to colour.", envvar=COLOR_VARIABLE, rich_help_panel=_PANEL
        ),
    ] = Color.AUTO
    time: Annotated[
        TimeStyle | None,
        typer.Option(
            "--time", help="How times are written.", envvar=TIME_VARIABLE, rich_help_panel=_PANEL
        ),
    ] = None
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Refuse every change.", rich_help_panel=_PANEL)
    ] = False
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No talk on stderr.", rich_help_panel=_PANEL)
    ] = False
    verbose: Annotated[
        bool,
        typer.Option(
            "-v", "--verbose", help="Say how long store and Redis take.", rich_help_panel=_PANEL
        ),
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
    ones, so that they can be given after the subcommand; it calls ``entry``.

    A parameter whose type is a dataclass stands for the options that its fields
    are, as `Shared` is one: several commands may take the same.
    """
    own = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
    groups = {p.name: kind for p in own if (kind := _group(p)) is not None}
    shared = _options_of(Shared)
    if not long_output:
        shared[0] = shared[0].replace(annotation=_ONLY_SHORT)

    def command(**values: Any) -> None:
        given = _taken(Shared, values)
        grouped = {name: _taken(kind, values) for name, kind in groups.items()}
        entry(given, {**values, **grouped})

    spread = [option for parameter in own for option in _spread(parameter)]
    signature = inspect.Signature([*spread, *shared])
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    command.__name__ = run.__name__
    command.__doc__ = run.__doc__
    return command


def _group(parameter: inspect.Parameter) -> type[Any] | None:
    kind = parameter.annotation
    return kind if isinstance(kind, type) and is_dataclass(kind) else None


def _spread(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    kind = _group(parameter)
    if kind is None:
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    return _options_of(kind)


def _options_of(kind: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name]
        )
        for f in fields(kind)
    ]


def _taken(kind: type[Group], values: dict[str, Any]) -> Group:
    """The group of options that was given, taken out of all values."""
    return kind(**{f.name: values.pop(f.name) for f in fields(kind)})  # type: ignore[arg-type]
