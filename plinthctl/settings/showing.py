"""The settings in force, one by one, as they may be shown: no part of a secret is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from plinthctl.settings.load import Loaded
from plinthctl.settings.sources import Origin, keys
from plinthctl.settings.tree import Settings

_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_TICK: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting. ``value`` is a JSON value, durations as they are written in a
    configuration; None: it is unset. Of a secret it says only that it is set, and where."""

    key: str
    value: Any
    origin: Origin
    secret: bool


def shown(loaded: Loaded) -> Iterator[Shown]:
    """Every setting, in the order of the tree."""
    defaults = Settings()
    for key in keys().values():
        origin = loaded.origins[key.path]
        value = _at(loaded.settings, key.path)
        # A default was never a secret: it stands in the documentation.
        hidden = key.secret and value != _at(defaults, key.path)
        told = f"set ({origin})" if hidden else _plain(value)
        yield Shown(key.path, told, origin, key.secret)


def _at(settings: Any, path: str) -> Any:
    for name in path.split("."):
        settings = getattr(settings, name)
    return settings


def _plain(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case timedelta():
            return duration(value)
        case StrEnum():
            return value.value
        case Path():
            return str(value)
        case BaseModel():
            return value.model_dump(exclude_none=True)
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case _:
            return value


def duration(span: timedelta) -> str:
    """A duration as configurations write it: ``30s``, ``1h30m``, ``7d``; whole
    milliseconds."""
    left, parts = span // _TICK, []
    for unit, ms in _UNITS:
        count, left = divmod(left, ms)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
