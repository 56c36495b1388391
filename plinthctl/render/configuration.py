"""The settings in force: as a table, and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from plinthctl.render.jsons import line
from plinthctl.render.sheet import Lines, columns, words
from plinthctl.settings import Loaded, Origin
from plinthctl.settings.showing import Shown


def table(settings: Sequence[Shown], width: int | None, *, origin: bool) -> Lines:
    """One setting a line; the value is last, since it may hold spaces."""
    header = ("KEY", *(("ORIGIN",) if origin else ()), "VALUE")
    rows = [[words(one.key), *([_origin(one)] if origin else []), _value(one)] for one in settings]
    return columns(header, rows, width)


def _origin(one: Shown) -> Text:
    return words((one.origin.value, "dim" if one.origin is Origin.DEFAULT else "bold"))


def _value(one: Shown) -> Text:
    if one.value is None:
        return Text("unset", "dim")
    return words(one.value if isinstance(one.value, str) else line(one.value))


def setting_object(one: Shown) -> dict[str, Any]:
    """One setting as JSON; a secret's value says only whether it is set, and where."""
    return {
        "key": one.key,
        "value": one.value,
        "origin": one.origin.value,
        "secret": one.secret,
    }


def checked_object(loaded: Loaded) -> dict[str, Any]:
    """A configuration without a mistake."""
    origins = [origin.value for origin in loaded.origins.values()]
    return {
        "path": None if loaded.path is None else str(loaded.path),
        "valid": True,
        "set": {"file": origins.count("file"), "env": origins.count("env")},
    }


def checked_line(told: dict[str, Any]) -> Text:
    """The same for people."""
    where = told["path"] or "no file"
    counts = f"{told['set']['file']} set there, {told['set']['env']} by the environment"
    return words(("✓ ", "green"), f"{where}: no mistake; {counts}")
