"""A password of Redis shows nowhere: no log, no row, no output, no process list."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from plinthctl.broker.places import place
from plinthctl.domain.liveness import WorkerMode
from plinthctl.settings import load_settings
from plinthctl.settings.secrets import secret_values
from tests.e2e.program import Program, wait_for
from tests.store.acts import everything
from tests.valkeys import Valkey
from worker.logs import Redaction

PASSWORD: Final = "c4n4ry@pw/:7"
WRITTEN: Final = "c4n4ry%40pw%2F%3A7"
SHOWN: Final = re.compile("c4n4ry", re.IGNORECASE)

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def locked(valkey: Valkey) -> Iterator[Valkey]:
    valkey.set("requirepass", PASSWORD)
    yield valkey


def at(program: Program, url: str) -> Program:
    return replace(
        program.afresh, variables={"PLINTHCTL_REDIS_URL": url, "PLINTHCTL_LOG_LEVEL": "debug"}
    )


def _mode(program: Program) -> Any:
    return [(worker.mode, worker.mode_why) for worker in program.store.workers()]


def _command_lines() -> str:
    """Of every process, as `ps` shows them."""
    return "\n".join(_of_process(one) for one in Path("/proc").glob("[0-9]*/cmdline"))


def _of_process(file: Path) -> str:
    try:
        return file.read_text(errors="replace").replace("\0", " ")
    except OSError:  # it has just ended
        return ""


@on_sqlite
def test_a_password_that_opens_shows_nowhere(program: Program, locked: Valkey) -> None:
    here = at(program, f"redis://:{WRITTEN}@127.0.0.1:{locked.port}/0")
    with here.worker():
        wait_for(lambda: _mode(here) == [(WorkerMode.BELL, None)], f"it hears: {here.log()}")
        said = [here.run("submit", "competitor_analysis", *COMPANY, "-v", "--debug", "--wait")]
        said += [here.run("watch", "@last", "-o", "ndjson", "--debug"), here.run("list", "-v")]
        lines = _command_lines()
    assert [done.returncode for done in said] == [0, 0, 0]
    _shows_nowhere(here, said, lines)


@on_sqlite
def test_a_password_that_does_not_open_shows_nowhere(program: Program, locked: Valkey) -> None:
    here = at(program, f"redis://ana:{WRITTEN}x@127.0.0.1:{locked.port}/0")
    why = f"Redis at redis://ana@127.0.0.1:{locked.port}/0 refuses the password"
    with here.worker():
        wait_for(lambda: _mode(here) == [(WorkerMode.STORE, why)], f"it says why: {here.log()}")
        said = [here.run("submit", "competitor_analysis", *COMPANY, "--debug")]
        said += [here.run("watch", "@last", "--debug"), here.run("cancel", "@last", "-v")]
        lines = _command_lines()
    assert why in said[0].stderr
    assert "refuses the password; asking the store for work meanwhile" in here.log()
    _shows_nowhere(here, said, lines)


def _shows_nowhere(program: Program, said: list[Any], lines: str) -> None:
    for done in said:
        assert not SHOWN.search(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr
    assert not SHOWN.search(program.log())
    assert not SHOWN.search(json.dumps(everything(program.store), default=str))
    assert "plinthctl" in lines
    assert not SHOWN.search(lines)


COMPANY: Final = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")


@pytest.mark.parametrize(
    "url",
    [f"redis://:{WRITTEN}@h", f"redis://ana:{WRITTEN}@h/1", f"redis://h?password={WRITTEN}"],
)
def test_no_part_that_holds_it_says_it_of_itself(url: str, tmp_path: Path) -> None:
    settings = load_settings(None, {"PLINTHCTL_REDIS_URL": url}, {}).settings
    assert not SHOWN.search(f"{settings!r} {settings} {settings.redis!r} {place(url, tmp_path)!r}")
    assert set(secret_values(settings)) >= {PASSWORD}
    told = Redaction(secret_values(settings))(f"AUTH {PASSWORD} and {url}")
    assert not SHOWN.search(told)
