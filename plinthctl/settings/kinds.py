"""The kinds of values that settings have, each read strictly and refused in our words."""

import re
import shlex
from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import durationpy
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from plinthctl.domain.retries import MAX_TRIES

_DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?[a-zµμ]+)+")
_PASSWORD_OPTION: Final = re.compile(r"(?:^|&)password=([^&]+)")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_DATABASES: Final = frozenset({"sqlite", "postgresql"})
_SHORTEST_REFRESH: Final = timedelta(seconds=0.5)
_BELLS: Final = frozenset({"redis", "rediss", "unix", "valkey"})

Value = TypeVar("Value")


def read_duration(value: Any) -> timedelta:
    """A duration as people write it: ``30s``, ``5m``, ``1h30m``, ``7d``.

    Raises:
        ValueError: no unit, an unknown one, or no duration at all.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if not isinstance(value, str) or _NUMBER.fullmatch(text):
        raise ValueError("needs a unit, such as 30s, 5m or 7d")
    if not _DURATION.fullmatch(text):
        raise ValueError("is not a duration, such as 30s, 5m, 1h30m or 7d")
    try:
        return durationpy.from_str(text)
    except ValueError:
        raise ValueError("is not a duration, such as 30s, 5m, 1h30m or 7d") from None


def _above_zero(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("must be longer than nothing")
    return value


def _not_too_often(value: timedelta) -> timedelta:
    if value < _SHORTEST_REFRESH:
        raise ValueError(f"is below {_SHORTEST_REFRESH.total_seconds():g}s")
    return value


def _no_truth_value(value: Value) -> Value:
    # To Python `true` is the number 1.
    if isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004 - pydantic reads ValueErrors
    return value


def web_base(value: str) -> str:
    """An http(s) base address without its last slash; private hosts are allowed.

    Raises:
        ValueError: another scheme, no host, credentials, a query or a fragment.
    """
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is not an http(s) address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http(s) address")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("may not hold a user name, a query or a fragment")
    return value.rstrip("/")


def _database(value: SecretStr) -> SecretStr:
    scheme = _scheme(value)
    if scheme.partition("+")[0] not in _DATABASES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if not _is_readable(value.get_secret_value()):
        raise ValueError("is no address: its port is no number, or a character cannot be shown")
    return value


def _is_readable(address: str) -> bool:
    try:
        _ = urlsplit(address).port
    except ValueError:
        return False
    return address.isprintable()


def _bell(value: SecretStr) -> SecretStr:
    if value.get_secret_value() != "embedded" and _scheme(value) not in _BELLS:
        raise ValueError("must be embedded or begin with redis://, rediss://, unix:// or valkey://")
    return value


def _command_line(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError("is no command: a quote is not closed") from None
    if not words:
        raise ValueError("names no program")
    return value


def _hook(value: SecretStr) -> SecretStr:
    address = value.get_secret_value()
    if _scheme(value) not in {"http", "https"} or not _is_readable(address):
        raise ValueError("is not an http(s) address")
    return value


def _pushes(value: SecretStr) -> SecretStr:
    words = value.get_secret_value().split()
    if not words or not all("://" in word for word in words):
        raise ValueError("is not an address of Apprise, such as mailto://… or slack://…")
    return value


def _scheme(value: SecretStr) -> str:
    scheme, mark, _ = value.get_secret_value().partition("://")
    return scheme.lower() if mark else ""


def holds_password(url: str) -> bool:
    """Whether an address has a password in it; one that cannot be read is taken to."""
    try:
        return urlsplit(url).password is not None or "password=" in urlsplit(url).query
    except ValueError:
        return True


def passwords_in(url: str) -> tuple[str, ...]:
    """The passwords in an address, as they are written and as they are meant."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    written = [parts.password or "", *_PASSWORD_OPTION.findall(parts.query)]
    return tuple(one for word in written if word for one in (word, unquote(word)))


Whole = Annotated[int, BeforeValidator(_no_truth_value)]
Number = Annotated[float, BeforeValidator(_no_truth_value), Field(allow_inf_nan=False)]
Count = Annotated[Whole, Field(ge=0)]
Slots = Annotated[Whole, Field(ge=1, le=1000)]
RetryCount = Annotated[Whole, Field(ge=0, le=MAX_TRIES - 1)]
Amount = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Factor = Annotated[Number, Field(gt=0)]
Temperature = Annotated[Number, Field(ge=0, le=2)]
Word = Annotated[str, Field(min_length=1)]
Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Span = Annotated[Duration, AfterValidator(_above_zero)]
Refresh = Annotated[Duration, AfterValidator(_not_too_often)]
WebBase = Annotated[str, AfterValidator(web_base)]
# Addresses may hold a password, so they are kept like one.
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
BellUrl = Annotated[SecretStr, AfterValidator(_bell)]
CommandLine = Annotated[str, AfterValidator(_command_line)]
# Whoever knows these may post in somebody's name.
HookUrl = Annotated[SecretStr, AfterValidator(_hook)]
PushUrls = Annotated[SecretStr, AfterValidator(_pushes)]
