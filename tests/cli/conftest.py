"""The program as its users meet it: in this process, in a pipe, on a terminal."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from plinthctl.cli.app import main
from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import NewJob
from plinthctl.settings import load_settings
from plinthctl.store import Store, open_store
from tests import nursery
from tests.nursery import PROGRAM, finished

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S = 60.0
ROOMY = Limits(org=1000, user=1000)


@pytest.fixture(autouse=True)
def _nobodys_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES"):
        monkeypatch.setenv(name, "")  # so that what a test leaves behind is taken away
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")


@dataclass(frozen=True)
class Said:
    """What a call said, and its exit code."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run the program in this process: quick, and off a terminal."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Said(int(code), said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def piped() -> Call:
    """Run the program as a process of its own, with pipes for a terminal."""

    def run(
        *arguments: str, stdin: str | None = None, env: "Mapping[str, str] | None" = None
    ) -> Said:
        environment = {**os.environ, **(env or {})}
        if stdin is None:
            return Said(*finished(nursery.Call(arguments, environment).start, PATIENCE_S))
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def store() -> Iterator[Store]:
    """The store that the program will find."""
    opened = open_store(load_settings(None, os.environ, {}).settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def a_pending_job(store: Store) -> Callable[..., str]:
    """Put a job into the store, beside all limits; its id."""
    made = iter(range(1, 1_000_000))

    def put(company: str = "Acme Corp", org: str = "default", user: str = "ana") -> str:
        number = next(made)
        job_id = new_id(IdPrefix.JOB, 1_763_900_000_000 + number, number.to_bytes(10))
        given = {"company_name": company, "company_url": "https://acme.com"}
        job = NewJob(job_id, "competitor_analysis", 1, org, user, None, given)
        store.admit(job, ROOMY, "ana", {})
        return job_id

    return put
