"""Every secret that is set, in each form in which somebody else's words might repeat it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from plinthctl.settings.kinds import passwords_in
from plinthctl.settings.sources import keys
from plinthctl.settings.tree import Settings

# The address of a store or a bell is shown without its password.
_SHOWN_IN_PART: Final = frozenset({"database.url", "redis.url"})


def secret_values(settings: Settings) -> tuple[str, ...]:
    """The values that no log and no message may hold, whatever secrets there are."""
    found = dict.fromkeys(
        form
        for key in keys().values()
        if key.secret
        for value in _values(_at(settings, key.path))
        for form in _forms(value, in_part=key.path in _SHOWN_IN_PART)
    )
    return tuple(form for form in found if form)


def _at(settings: Any, path: str) -> Any:
    for name in path.split("."):
        settings = getattr(settings, name)
    return settings


def _values(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case Mapping():
            for one in value.values():
                yield from _values(one)
        case list() | tuple():
            for one in value:
                yield from _values(one)


def _forms(value: str, *, in_part: bool) -> Iterator[str]:
    yield from passwords_in(value)
    if in_part:
        return
    yield value
    yield unquote(value)
    yield from _parts(value)


def _parts(value: str) -> Iterator[str]:
    """What a library may repeat of an address: its user, which is a DSN's key, and its
    path, which is a webhook's."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return
    if parts.hostname:
        yield parts.username or ""
        yield parts.path.strip("/") if "/" in parts.path.strip("/") else ""
        yield parts.query
