"""The keys of the tree, and what each source (file, environment, flags) says of them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, SecretStr

from plinthctl.settings.tree import Settings

PREFIX: Final = "PLINTHCTL_"
FILE_SUFFIX: Final = "_file"


class Origin(StrEnum):
    """Where a value came from."""

    DEFAULT = "default"
    FILE = "file"
    ENV = "env"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    Attributes:
        path: As in TOML, such as ``providers.exa.api_key``.
        secret: It may also be named by ``…_file`` and is never shown.
        table: Its value is a table whose own keys are free.
    """

    path: str
    secret: bool
    table: bool

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.path.replace(".", "_").upper()


@dataclass(frozen=True, slots=True)
class Given:
    """A value that somebody has set. ``place`` is a file, a variable or a flag, for
    people; ``base`` is the folder that a relative ``…_file`` is meant from."""

    path: str
    value: Any
    origin: Origin
    place: str
    base: Path = Path()


@cache
def keys() -> Mapping[str, Key]:
    """Every setting by its path, in the order of the tree."""
    return {key.path: key for key in _keys_of(Settings, "")}


def _keys_of(model: type[BaseModel], prefix: str) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys_of(kind, f"{path}.")
        else:
            yield Key(path, secret=_mentions(kind, SecretStr), table=_has_free_keys(kind))


def _mentions(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_mentions(a, wanted) for a in get_args(annotation))


def _has_free_keys(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is Mapping


def settable() -> Mapping[str, Key]:
    """Every path that a source may name, ``…_file`` of the secrets included."""
    files = {f"{k.path}{FILE_SUFFIX}": k for k in keys().values() if k.secret}
    return {**keys(), **files}


def from_table(table: Mapping[str, Any], place: Path) -> Iterator[Given]:
    """What a TOML file sets, one by one; an unknown path is given as it stands."""
    for path, value in _flat(table, ""):
        yield Given(path, value, Origin.FILE, str(place), place.parent)


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and (is_table(path) or (value and path not in settable())):
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def is_table(path: str) -> bool:
    """Whether settings lie below this path."""
    return any(known.startswith(f"{path}.") for known in keys())


def from_environ(environ: Mapping[str, str]) -> Iterator[Given]:
    """What the environment sets. An empty variable sets nothing."""
    for path, key in settable().items():
        variable = PREFIX + path.replace(".", "_").upper()
        if text := environ.get(variable):
            value = _table(text) if key.table else text
            yield Given(path, value, Origin.ENV, f"${variable}")


def _table(text: str) -> Any:
    # A table in one variable is written as TOML writes it in one line: {acme = 9}.
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def from_overrides(overrides: Mapping[str, Any]) -> Iterator[Given]:
    """What flags set, by path. None: the flag was not given."""
    for path, value in overrides.items():
        if value is not None:
            yield Given(path, value, Origin.FLAG, "the command line")
