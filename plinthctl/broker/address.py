"""Where the bell hangs: ``redis.url`` as a checked address, without arq's own settings.

arq's print the password, leave it percent-encoded and check no host name.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from plinthctl.errors import BadConfiguration

PORT: Final = 6379
SOCKET_PATH_BYTES: Final = 103 if sys.platform == "darwin" else 107  # the kernel's, less a zero
_DATABASE_DIGITS: Final = 9  # as many as every server can read
_SCHEMES: Final = frozenset({"redis", "rediss", "valkey", "unix"})
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
        BadConfiguration: it is none of these, or names a file of certificates that
            cannot be read; the words show no password.
    """
    parts = _parts(url)
    query = _query(parts, _COMMON | _TLS if parts.scheme == "rediss" else _COMMON)
    login = _login(parts, query)
    if parts.scheme == "unix":
        return _unix(parts, query, login)
    tls = {name: value for name, value in query.items() if name in _TLS}
    return _tcp(parts, query, login, tls if parts.scheme == "rediss" else None)


def _parts(url: str) -> SplitResult:
    # Of what follows # nothing is read, and what cannot be shown is dropped: rather than
    # to connect with half a password, ask for it to be written %23.
    if not url.isprintable():
        raise _wrong("holds a character that cannot be shown")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _wrong("is no address: its host cannot be read") from None
    if parts.scheme not in _SCHEMES:
        raise _wrong("begins with no scheme that plinthctl knows")
    if "#" in url:
        raise _wrong("holds a #, which is written %23")
    return parts


def _unix(parts: SplitResult, query: Mapping[str, str], login: Mapping[str, str]) -> Address:
    path = _decoded(parts.path)
    if not path.startswith("/") or "\0" in path or parts.hostname is not None:
        raise _wrong("names no socket: write unix:///its/absolute/path.sock")
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        raise _wrong(f"names a socket whose path is longer than {SOCKET_PATH_BYTES} bytes")
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
        _check_files(tls)
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True, **tls}
    # A user alone is often a password in the wrong place.
    user = f"{login['username']}@" if login.keys() >= {"username", "password"} else ""
    name = f"[{host}]" if ":" in host else host
    shown = f"{parts.scheme}://{user}{name}:{port}/{database}"
    return Address(shown, options, exposed=tls is None and host not in _LOOPBACK)


def _check_files(tls: Mapping[str, str]) -> None:
    if not tls:
        return
    from plinthctl.broker import certificates

    if (why := certificates.trouble(tls)) is not None:
        raise _wrong(f"names certificates, but {why}")


def _host(parts: SplitResult) -> tuple[str, int]:
    if "," in parts.netloc.rpartition("@")[2]:
        raise _wrong("names several servers; plinthctl speaks to one, no cluster and no sentinels")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _wrong("has a port that is no number from 1 to 65535")
    if not parts.hostname or not _is_host(parts.hostname):
        raise _wrong("names no host")
    return parts.hostname, port or PORT


def _is_host(name: str) -> bool:
    try:
        return bool(name.encode("idna")) and not any(c.isspace() for c in name)
    except UnicodeError:  # parts of it are empty or too long
        return False


def _query(parts: SplitResult, known: frozenset[str]) -> dict[str, str]:
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    if found.keys() - known:  # not shown: it may be the rest of a password that holds a ?
        raise _wrong(f"has an option behind ? that is none of {', '.join(sorted(known))}")
    return found


def _login(parts: SplitResult, query: Mapping[str, str]) -> dict[str, str]:
    given = {
        "username": _decoded(parts.username or "") or query.get("username"),
        "password": _decoded(parts.password or "") or query.get("password"),
    }
    return {name: value for name, value in given.items() if value}


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _wrong("holds %-codes that are no UTF-8") from None


def _database(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DATABASE_DIGITS):
        raise _wrong("names a database that is no number")
    return int(text)


def _wrong(what: str) -> BadConfiguration:
    return BadConfiguration(
        f"redis.url {what}",
        fix="write redis://[user:password@]host[:port][/db], rediss://… for TLS,"
        " unix:///path.sock, or embedded; in a password write %3A for :, %2F for /, %3F for ?,"
        " %23 for #, %40 for @ and %25 for %",
    )
