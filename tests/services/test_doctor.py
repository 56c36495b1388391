"""An installation looked at: real stores, a real Redis, and each of them away."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from plinthctl.domain.checkup import CHECK_WITHIN_S, Check, Level
from plinthctl.services.doctor import Doctor
from plinthctl.services.reap import REAP
from plinthctl.settings import load_settings
from plinthctl.store import Store, open_store
from plinthctl.wiring import place
from tests.store.acts import registered
from tests.stores import Postgres
from tests.valkeys import Valkey

NAMES = ["config", "store", "bell", "workers", "reap", "alerts"]
NAMES += ["providers", "clock", "keys", "terminal"]
Examine = Callable[..., dict[str, Check]]

HOLD = """
import sys
from pathlib import Path
from plinthctl.store.turnstile import Turnstile
with Turnstile(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def examine() -> Examine:
    """The checks by their names; variables are given in lower case."""

    def look(**variables: str) -> dict[str, Check]:
        environ = {f"PLINTHCTL_{name.upper()}": value for name, value in variables.items()}
        load = lambda: load_settings(None, environ, {})  # noqa: E731
        began_s = time.monotonic()
        found = list(Doctor(load, place, None, "plinthctl").examine())
        assert time.monotonic() - began_s < CHECK_WITHIN_S + 1
        assert [check.name for check in found] == NAMES
        assert [c for c in found if c.level in {Level.WARNING, Level.FAILED} and not c.fix] == []
        return {check.name: check for check in found}

    return look


def test_a_new_machine_is_well_and_nothing_is_made_on_it(examine: Examine, tmp_path: Path) -> None:
    path = tmp_path / "data" / "new.db"
    checks = examine(database_url=f"sqlite:///{path}")
    assert {check.level for check in checks.values()} <= {Level.OK, Level.WARNING, Level.UNKNOWN}
    assert f"{path} is made when it is first used" in checks["store"].said
    assert checks["workers"].fix == "plinthctl worker"
    assert not path.parent.exists()


def test_a_store_in_use_is_described(examine: Examine, store: Store, store_url: str) -> None:
    registered(store, name="host-7")
    store.note_duty(REAP, timedelta(minutes=1))
    checks = examine(database_url=store_url)
    levels = {name: checks[name].level for name in ("store", "workers", "reap", "clock")}
    assert set(levels.values()) == {Level.OK}, checks
    server = "SQLite 3." if store_url.startswith("sqlite") else "PostgreSQL "
    assert checks["store"].said.startswith(server)
    assert "schema" in checks["store"].said
    assert "host-7" in checks["workers"].said
    assert checks["reap"].said.startswith("ran 0s ago")


def test_a_schema_that_is_behind_is_told_and_left_alone(
    examine: Examine, store_url: str, store: Store
) -> None:
    behind = text("UPDATE alembic_version SET version_num = '0001'")
    store._database.write(lambda tx: tx.execute(behind).rowcount)
    checks = examine(database_url=store_url)
    assert checks["store"].level is Level.FAILED
    assert "schema 1, this plinthctl needs" in checks["store"].said
    assert checks["store"].fix == "plinthctl db upgrade"
    assert {checks[name].level for name in ("workers", "reap", "alerts", "clock")} == {
        Level.UNKNOWN
    }


def test_a_database_without_a_schema_is_told(examine: Examine, postgres: Postgres) -> None:
    checks = examine(database_url=postgres.new_database())
    assert "no schema" in checks["store"].said
    assert checks["store"].fix == "plinthctl db upgrade"


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        pytest.param("127.0.0.1:1", "sudo systemctl start postgresql", id="of this machine"),
        pytest.param(
            "nowhere.invalid:5433", "pg_isready -h nowhere.invalid -p 5433", id="of another"
        ),
    ],
)
def test_a_database_that_is_away_stops_no_other_check(
    examine: Examine, host: str, fix: str
) -> None:
    checks = examine(database_url=f"postgresql://ana:secret@{host}/plinth")
    assert checks["store"].level is Level.FAILED
    assert "secret" not in str(checks)
    assert checks["store"].fix == fix
    assert checks["keys"].level is Level.OK
    assert checks["workers"].said == "not known: the store cannot say"


def test_a_server_that_never_answers_takes_2_s(examine: Examine) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        checks = examine(
            database_url=f"postgresql://ana@127.0.0.1:{port}/x",
            redis_url=f"redis://127.0.0.1:{port}/0",
        )
    assert checks["store"].said == "did not answer within 2 s"
    assert "does not answer" in checks["bell"].said


@contextmanager
def _turn_held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGSTOP)
    yield holder
    os.kill(holder.pid, signal.SIGCONT)
    holder.communicate("")


def test_a_writer_that_was_stopped_is_named(examine: Examine, sqlite_url: str) -> None:
    open_store(sqlite_url).close()
    with _turn_held(Path(sqlite_url.removeprefix("sqlite:///"))) as holder:
        checks = examine(database_url=sqlite_url)
        reading_only = examine(database_url=sqlite_url, read_only="true")
    assert checks["store"].level is Level.FAILED
    assert f"process {holder.pid} (stopped) is writing" in checks["store"].said
    assert checks["store"].fix == f"kill -CONT {holder.pid}"
    assert reading_only["store"].level is Level.OK


def test_a_file_that_is_no_store_is_told(examine: Examine, tmp_path: Path) -> None:
    (path := tmp_path / "no.db").write_text("no database at all, but long enough to be one" * 50)
    checks = examine(database_url=f"sqlite:///{path}")
    assert checks["store"].level is Level.FAILED
    assert "damaged, or not a store" in checks["store"].said


def test_an_older_journal_is_seen(examine: Examine, sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    assert "journal delete" in examine(database_url=sqlite_url)["store"].said


# The bell


def test_a_redis_is_described(examine: Examine, valkey: Valkey) -> None:
    check = examine(redis_url=valkey.tcp_url)["bell"]
    assert check.level is Level.OK
    assert valkey.tcp_url in check.said
    assert "no TLS, maxmemory-policy noeviction" in check.said


def test_one_that_forgets_is_warned_of(examine: Examine, valkey: Valkey) -> None:
    valkey.set("maxmemory-policy", "allkeys-lru")
    check = examine(redis_url=valkey.url)["bell"]
    assert check.level is Level.WARNING
    assert check.fix == (f"redis-cli -s {valkey.socket} CONFIG SET maxmemory-policy noeviction")


def test_one_that_is_away_is_told(examine: Examine) -> None:
    check = examine(redis_url="redis://:secret@127.0.0.1:1/0")["bell"]
    assert check.level is Level.FAILED
    assert check.said == "Redis at redis://127.0.0.1:1/0 refuses connections"
    assert check.fix == "export PLINTHCTL_REDIS_URL=embedded"


def test_an_address_that_makes_no_sense_is_told(examine: Examine) -> None:
    check = examine(redis_url="redis://a,b/0")["bell"]
    assert check.level is Level.FAILED
    assert "several servers" in check.said


# Configuration and keys


def test_a_wrong_configuration_leaves_the_rest_unknown(examine: Examine) -> None:
    checks = examine(limits_org="many", expiry_pending="5")
    assert checks["config"].level is Level.FAILED
    assert "limits.org" in checks["config"].said
    assert "expiry.pending" in checks["config"].said
    assert checks["config"].fix == "plinthctl config validate"
    assert {checks[name].level for name in NAMES[1:-1]} == {Level.UNKNOWN}
    assert checks["terminal"].level is Level.OK


def test_a_file_of_secrets_that_others_can_read_says_how_to_close_it(tmp_path: Path) -> None:
    (path := tmp_path / "c.toml").write_text('[providers.exa]\napi_key = "sk-CANARY"\n')
    path.chmod(0o644)
    doctor = Doctor(lambda: load_settings(path, {}, {}), place, None, "plinthctl")
    check = next(doctor.examine())
    assert check.fix == f"chmod 600 {path}"
    assert "CANARY" not in check.said


def test_missing_keys_are_named_and_no_key_is(examine: Examine) -> None:
    checks = examine(providers_exa_api_key="sk-CANARY", database_url="sqlite:////proc/no/x.db")
    assert checks["keys"].level is Level.FAILED
    assert "exa ✓" in checks["keys"].said
    assert "llm missing" in checks["keys"].said
    assert "CANARY" not in str(checks)
