"""The address in ``redis.url``: what is read, what is refused, and that no password is shown."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plinthctl.broker.address import SOCKET_PATH_BYTES, Address, parse, unix
from plinthctl.errors import BadConfiguration, ExitCode

CANARY = "c4n4ry"
TLS: dict[str, Any] = {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}


def at(host: str = "h", port: int = 6379, db: int = 0, **more: Any) -> dict[str, Any]:
    return {"host": host, "port": port, "db": db, **more}


@pytest.mark.parametrize(
    ("url", "shown", "options"),
    [
        pytest.param("redis://h", "redis://h:6379/0", at(), id="a host alone"),
        pytest.param("redis://h:7/3", "redis://h:7/3", at(port=7, db=3), id="port and database"),
        pytest.param("redis://h/", "redis://h:6379/0", at(), id="an empty path is database 0"),
        pytest.param("redis://h?db=4", "redis://h:6379/4", at(db=4), id="the database behind ?"),
        pytest.param("redis://h/1?db=2", "redis://h:6379/2", at(db=2), id="behind ? wins"),
        pytest.param("valkey://h", "valkey://h:6379/0", at(), id="valkey:// is the same"),
        pytest.param("REDIS://H", "redis://h:6379/0", at(), id="capitals"),
        pytest.param("redis://[::1]:7", "redis://[::1]:7/0", at("::1", 7), id="IPv6"),
        pytest.param(
            "redis://ana:pw@h", "redis://ana@h:6379/0", at(username="ana", password="pw"), id="user"
        ),
        pytest.param(
            "redis://:p%40s%3As%2F%23%25@h",
            "redis://h:6379/0",
            at(password="p@s:s/#%"),
            id="a password is decoded",
        ),
        pytest.param(
            "redis://h?username=ana&password=p%26w",
            "redis://ana@h:6379/0",
            at(username="ana", password="p&w"),
            id="user and password behind ?",
        ),
        pytest.param(
            f"redis://{CANARY}@h",
            "redis://h:6379/0",
            at(username=CANARY),
            id="a user alone is not shown: it may be a password in the wrong place",
        ),
        pytest.param("rediss://h", "rediss://h:6379/0", at(**TLS), id="TLS checks the host's name"),
        pytest.param(
            "unix:///run/v.sock",
            "unix:///run/v.sock",
            {"unix_socket_path": "/run/v.sock", "db": 0},
            id="a unix socket",
        ),
        pytest.param(
            "unix://ana:pw@/run/a%20b.sock?db=2",
            "unix:///run/a b.sock",
            {"unix_socket_path": "/run/a b.sock", "db": 2, "username": "ana", "password": "pw"},
            id="a unix socket with everything",
        ),
    ],
)
def test_an_address_is_read(url: str, shown: str, options: dict[str, Any]) -> None:
    address = parse(url)
    assert (address.shown, address.options) == (shown, options)


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("redis://db.example", True),
        ("rediss://db.example", False),
        ("redis://127.0.0.1", False),
        ("redis://localhost", False),
        ("redis://[::1]", False),
        ("unix:///run/v.sock", False),
    ],
)
def test_whether_others_on_the_way_can_read_along(url: str, exposed: bool) -> None:
    assert parse(url).exposed is exposed


REFUSED = [
    pytest.param("http://h", "no scheme that plinthctl knows", id="another scheme"),
    pytest.param("", "no scheme", id="nothing"),
    pytest.param("redis://", "names no host", id="no host"),
    pytest.param("redis:h", "names no host", id="slashes forgotten"),
    pytest.param("redis://a..b", "names no host", id="a host with an empty part"),
    pytest.param("redis://" + "a" * 64, "names no host", id="a host with too long a part"),
    pytest.param("redis://a b", "names no host", id="a host with a space"),
    pytest.param("redis://[::1", "is no address", id="half an IPv6 address"),
    pytest.param("redis://h:66666", "a port that is no number", id="a port above 65535"),
    pytest.param("redis://h:0", "a port that is no number", id="port 0"),
    pytest.param("redis://h:no", "a port that is no number", id="a port that is a word"),
    pytest.param("redis://::1", "a port that is no number", id="IPv6 without brackets"),
    pytest.param(f"redis://:{CANARY}/x@h", "a port that is no", id="a / in the password"),
    pytest.param(f"redis://:x#{CANARY}@h", "holds a #", id="a # in the password"),
    pytest.param(f"redis://:x?{CANARY}@h", "an option behind ?", id="a ? in the password"),
    pytest.param(f"redis://:%ff{CANARY}@h", "no UTF-8", id="a code that is no UTF-8"),
    pytest.param(f"redis://:{CANARY}\udcff@h", "cannot be shown", id="bytes of another encoding"),
    pytest.param(f"redis://:{CANARY}\n@h", "cannot be shown", id="a line's end"),
    pytest.param(f"redis://:{CANARY}℀@h", "is no address", id="what would become another host"),
    pytest.param("redis://h/one", "a database that is no number", id="a database by name"),
    pytest.param("redis://h/-1", "a database that is no number", id="a database below 0"),
    pytest.param("redis://h/²", "a database that is no number", id="a raised digit"),
    pytest.param("redis://h/" + "9" * 5000, "a database", id="a number that nobody can read"),
    pytest.param("unix:///v.sock?db=", "a database that is no number", id="an empty database"),
    pytest.param("redis://h?protocol=3", "none of db, password, username", id="an option"),
    pytest.param("redis://h?ssl_ca_certs=/ca", "none of db", id="certificates without TLS"),
    pytest.param("rediss://h?ssl_cert_reqs=none", "none of db, password, ssl_ca", id="no checks"),
    pytest.param("redis://a:1,b:2", "several servers", id="a cluster's nodes"),
    pytest.param(f"redis://:{CANARY}@a,b/0", "several servers", id="a sentinel's, with password"),
    pytest.param("unix://v.sock", "names no socket", id="a socket by a relative path"),
    pytest.param("unix:v.sock", "names no socket", id="a socket without slashes"),
    pytest.param("unix://", "names no socket", id="no socket"),
    pytest.param("unix:///a%00b", "names no socket", id="a zero in a path"),
    pytest.param("unix:///" + "a" * SOCKET_PATH_BYTES, "is longer than", id="too long a path"),
    pytest.param(
        "rediss://h?ssl_ca_certs=/no/ca.pem", "ssl_ca_certs cannot be used: no such", id="no CA"
    ),
    pytest.param("rediss://h?ssl_certfile=/no/a.pem", "ssl_certfile cannot", id="no certificate"),
    pytest.param("rediss://h?ssl_keyfile=/no/a.pem", "ssl_certfile cannot", id="a key alone"),
]


@pytest.mark.parametrize(("url", "told"), REFUSED)
def test_what_is_no_address_is_told_with_what_to_write(url: str, told: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        parse(url)
    error = refused.value
    assert error.exit_code is ExitCode.MISCONFIGURED
    assert error.message.startswith("redis.url ")
    assert told in error.message
    assert "redis://[user:password@]host[:port][/db]" in (error.fix or "")
    assert CANARY not in f"{error!r} {error} {error.why} {error.fix} {error.details}"
    assert error.__suppress_context__ or error.__context__ is None


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    (file := tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(BadConfiguration, match="ssl_ca_certs cannot be used: it holds no cert"):
        parse(f"rediss://h?ssl_ca_certs={file}")


@given(st.text())
@example("redis://" + "\x00")
@example("redis://h:" + "9" * 5000)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for url in (text, f"redis://{text}", f"unix:///{text}", f"rediss://u:{text}@h/0"):
        try:
            assert isinstance(parse(url), Address)
        except BadConfiguration as error:
            assert error.__suppress_context__ or error.__context__ is None


@given(st.text(min_size=8, alphabet=st.characters(codec="ascii", categories=["L", "N"])))
def test_no_password_is_shown(password: str) -> None:
    for url in (f"redis://ana:{password}@host.example", f"unix:///a.sock?password={password}"):
        address = parse(url)
        assert address.options["password"] == password
        assert password not in f"{address!r} {address} {address.shown}"


def test_a_socket_of_our_own_needs_no_url() -> None:
    address = unix(Path("/run/v.sock"))
    assert (address.shown, address.exposed) == ("unix:///run/v.sock", False)
    assert address.options == {"unix_socket_path": "/run/v.sock"}
