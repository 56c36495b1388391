"""Where the bell hangs: ``redis.url`` as a checked address, without arq's own settings.

arq's print the password, leave it percent-encoded and check no host name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from plinthctl.errors import BadConfiguration

PORT: Final = 6379
_COMMON: Final = frozenset({"db", "username", "password"})
_TLS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """One server.

    Attributes:
        shown: The address without its password.
        options: What redis-py's connections take, password and all.
        exposed: What is said is readable on the way there.
    """

    shown: str
    options: Mapping[str, Any] = field(repr=False)
    exposed: bool = False


def unix(path: Path) -> Address:
    """The server behind a unix socket."""
    return Address(f"unix://{path}", {"unix_socket_path": str(path)})


def parse(url: str) -> Address:
    """The address in ``redis://``, ``rediss://``, ``valkey://`` or ``unix://`` form.

    User, password and database may stand in their usual places or behind ``?``.

    Raises:
        BadConfiguration: it is none of these; the words show no password.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    query = _query(parts, _COMMON | _TLS if scheme == "rediss" else _COMMON)
    login = _login(parts, query)
    tls = {name: value for name, value in query.items() if name in _TLS}
    if scheme == "unix":
        return _unix(parts, query, login)
    return _tcp(parts, query, login, tls if scheme == "rediss" else None)


def _unix(parts: SplitResult, query: Mapping[str, str], login: Mapping[str, str]) -> Address:
    path = unquote(parts.path)
    if not path or (parts.hostname is not None):
        raise _wrong("names no socket: write unix:///its/absolute/path.sock")
    options = {"unix_socket_path": path, "db": _database(query.get("db", "0")), **login}
    return Address(f"unix://{path}", options)


def _tcp(
    parts: SplitResult,
    query: Mapping[str, str],
    login: Mapping[str, str],
    tls: Mapping[str, str] | None,
) -> Address:
    host, port = _host(parts)
    database = _database(query.get("db") or parts.path.strip("/") or "0")
    options: dict[str, Any] = {"host": host, "port": port, "db": database, **login}
    if tls is not None:
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True, **tls}
    user = f"{login['username']}@" if "username" in login else ""
    name = f"[{host}]" if ":" in host else host
    shown = f"{parts.scheme.lower()}://{user}{name}:{port}/{database}"
    return Address(shown, options, exposed=tls is None and host not in _LOOPBACK)


def _host(parts: SplitResult) -> tuple[str, int]:
    if "," in parts.netloc.rpartition("@")[2]:
        raise _wrong("names several servers; plinthctl speaks to one, no cluster and no sentinels")
    try:
        port = parts.port
    except ValueError:
        raise _wrong("has a port that is no number up to 65535") from None
    if not parts.hostname:
        raise _wrong("names no host")
    return parts.hostname, port or PORT


def _query(parts: SplitResult, known: frozenset[str]) -> dict[str, str]:
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(found.keys() - known):
        raise _wrong(f"has the option {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return found


def _login(parts: SplitResult, query: Mapping[str, str]) -> dict[str, str]:
    given = {
        "username": unquote(parts.username or "") or query.get("username"),
        "password": unquote(parts.password or "") or query.get("password"),
    }
    return {name: value for name, value in given.items() if value}


def _database(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _wrong("names a database that is no number")
    return int(text)


def _wrong(what: str) -> BadConfiguration:
    return BadConfiguration(
        f"redis.url {what}",
        fix="write redis://[user:password@]host[:port][/db], rediss://… for TLS,"
        " unix:///path.sock, or embedded",
    )
