"""No secret shows anywhere: one run of the whole program with a canary for each.

Every secret setting has a distinctive value that is really used: four services that take
only their own key, a PostgreSQL and a Redis with a password, a Sentry. Then every command
there is runs, in its forms, well and badly, with `--debug` and `-v`; and all that was
shown, logged, stored, sent, exported or left behind is searched.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from plinthctl.domain.liveness import WorkerMode
from plinthctl.store import Store, open_store
from tests.canaries import MARK, SECRETS, Sieve, canary, command_lines, files_with, variable
from tests.cli.conftest import Call, call
from tests.cli.every_command import ENTRIES, World, populate
from tests.e2e.program import COMPANY, Program, wait_for
from tests.envelopes import SentryServer, sentry_server
from tests.store.acts import everything
from tests.stores import Postgres
from tests.valkeys import Valkey
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

__all__ = ["call"]

KEYS: Final = tuple(path for path in SECRETS if path.endswith(".api_key"))
ALERTS: Final = tuple(path for path in SECRETS if path.startswith("alerts."))
LOUD: Final = ("--debug", "-v")
SUBMIT: Final = ("submit", "competitor_analysis", *COMPANY, "--wait")


@dataclass
class Run:
    """A program whose every secret is a canary, and what it shows."""

    program: Program
    services: Mapping[str, SimulatorProcess]
    sentry: SentryServer
    valkey: Valkey
    sieve: Sieve

    def says(self, place: str, *words: str) -> None:
        done = self.program.run(*words)
        self.sieve.add(place, done.stdout + done.stderr)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Mapping[str, SimulatorProcess]]:
    """Each provider behind a port of its own, where only its own key is taken."""
    with ExitStack() as stack:
        yield {
            path: stack.enter_context(
                SimulatorProcess.start(tmp_path / f"journal-{path}", speed=1000, key=canary(path))
            )
            for path in KEYS
        }


@pytest.fixture
def run(
    services: Mapping[str, SimulatorProcess],
    postgres: Postgres,
    valkey: Valkey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    valkey.set("requirepass", canary("redis.url"))
    url = postgres.new_store().replace("://postgres:@", f"://postgres:{canary('database.url')}@")
    assert MARK in url
    home = tmp_path / "home"
    home.mkdir()
    with sentry_server(canary("sentry.dsn")) as sentry:
        variables = _variables(services, sentry, valkey, url, tmp_path)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        store = open_store(url)
        program = Program(store, url, None, home, variables=variables, forks=False)
        yield Run(replace(program, store=store), services, sentry, valkey, Sieve())
        store.close()


def _variables(
    services: Mapping[str, SimulatorProcess],
    sentry: SentryServer,
    valkey: Valkey,
    database_url: str,
    folder: Path,
) -> dict[str, str]:
    """Every secret, half of them by the file that holds it."""
    values = {path: canary(path) for path in KEYS}
    values |= {path: f"http://127.0.0.1:1/hooks/{canary(path)}" for path in ALERTS}
    values["database.url"] = database_url
    values["redis.url"] = f"redis://:{canary('redis.url')}@127.0.0.1:{valkey.port}/0"
    values["sentry.dsn"] = sentry.dsn
    assert set(values) == set(SECRETS), "say of the new secret where it goes"
    in_files = {path: value for n, (path, value) in enumerate(values.items()) if n % 2}
    given = {variable(path): value for path, value in values.items() if path not in in_files}
    given |= files_with(folder / "secrets", in_files)
    given |= {"PLINTHCTL_DATABASE_URL": database_url}
    given.pop("PLINTHCTL_DATABASE_URL_FILE", None)
    for path, service in services.items():
        name = path.split(".")[1]
        given[f"PLINTHCTL_PROVIDERS_{name.upper()}_BASE_URL"] = f"{service.url}/{_BASES[name]}"
    given["PLINTHCTL_PROVIDERS_LLM_MODEL"] = "simulated-model"
    given["PLINTHCTL_LOG_LEVEL"] = "debug"
    return given


_BASES: Final = {"firecrawl": "firecrawl", "exa": "exa", "g2": "g2", "llm": "llm/v1"}


@pytest.mark.timeout(300)  # on a busy machine; a fourth of a minute on a quiet one
def test_no_secret_shows_anywhere(run: Run, call: Call, tmp_path: Path) -> None:
    with command_lines() as lines:
        _work(run)
        _every_command(run, call, tmp_path)
        _broken_settings(run, call, tmp_path)
    # The services' own lines are not the program's: that is where they are told their key.
    ours = [line for line in lines if "worker.simulator" not in line]
    run.sieve.add("command lines", "\n".join(ours))
    run.sieve.add("envelopes", run.sentry.raw)
    run.sieve.add("database", json.dumps(everything(run.program.store), default=str))
    run.sieve.add_files("left behind", tmp_path, but=tmp_path / "secrets")
    _is_honest(run)
    found = run.sieve.found()
    assert not found, "\n".join(found)


def _work(run: Run) -> None:
    """Jobs that complete, that fail and that are retried, with a worker that tells all."""
    llm = SimulatorControl(run.services["providers.llm.api_key"].url)
    with run.program.worker("-v"):
        wait_for(lambda: _mode(run.program.store) == [WorkerMode.BELL], run.program.log())
        run.sieve.add("bell", _kept_in(run.valkey))
        run.says("completes", *SUBMIT, "-o", "json", *LOUD)
        llm.fault("llm", "wrong_shape")
        run.says("reads at the second try", *SUBMIT, *LOUD)
        llm.fault("llm", "unauthorized")
        run.says("fails", *SUBMIT, *LOUD)
        run.sentry.wait_for(1)
        run.says("doctor beside a worker", "doctor", "-o", "json", *LOUD)
    run.sieve.add("worker's log", run.program.log())


def _mode(store: Store) -> list[Any]:
    return [worker.mode for worker in store.workers()]


def _kept_in(valkey: Valkey) -> str:
    with valkey.client(password=canary("redis.url")) as client:
        return repr([(name, client.type(name), client.dump(name)) for name in client.keys("*")])


def _every_command(run: Run, call: Call, folder: Path) -> None:
    """Each as it does its work, as a table and as JSON; and as it makes no sense."""
    names = {**populate(run.program.store), "folder": str(folder)}
    for path, entry in ENTRIES.items():  # another test holds that none is missing there
        world = World(names)
        forms = [(), ("-o", "json")] if entry.shape else [()]
        for form in forms:
            said = call(*world.typed(path, (*entry.good, *form)), *LOUD)
            run.sieve.add(f"{' '.join((*path, *form))}", said.out + said.err)
        said = call(*world.typed(path, entry.wrong), "--debug")
        run.sieve.add(f"{' '.join(path)}, wrongly", said.out + said.err)


BROKEN: Final[Mapping[str, Callable[[str], str]]] = {
    "a wrong type": lambda word: f'[providers.exa]\napi_key = ["{word}"]\n',
    "an unknown key": lambda word: f'[providers.exa]\napi_keyy = "{word}"\n',
    "no TOML": lambda word: f'[providers.exa]\napi_key = "{word}\n',
    "a store of another kind": lambda word: f'[database]\nurl = "mysql://u:{word}@h/d"\n',
    "a store that is away": lambda word: (
        f'[database]\nurl = "postgresql://u:{word}@127.0.0.1:1/d?connect_timeout=1"\n'
    ),
    "a bell of another kind": lambda word: f'[redis]\nurl = "amqp://u:{word}@h/0"\n',
    "a bell that is away": lambda word: f'[redis]\nurl = "redis://:{word}@127.0.0.1:1/0"\n',
    "a DSN that is none": lambda word: f'[sentry]\ndsn = "https://sentry.example/{word}"\n',
    "two values": lambda word: (
        f'[providers.exa]\napi_key = "{word}"\napi_key_file = "{word}.key"\n'
    ),
}


def _broken_settings(run: Run, call: Call, folder: Path) -> None:
    """What the program says of a configuration that holds a secret and is wrong."""
    kept = folder / "secrets"
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("PLINTHCTL_")]:
            patch.delenv(name)
        for what, text in BROKEN.items():
            config = kept / "broken.toml"
            config.write_text(text(canary("providers.exa.api_key")))
            config.chmod(0o600)
            for words in (("config", "show"), ("doctor",), ("list",)):
                said = call(*words, "--config", str(config), "--debug")
                run.sieve.add(f"{what}: {' '.join(words)}", said.out + said.err)
            config.chmod(0o644)
            said = call("config", "validate", "--config", str(config), "--debug")
            run.sieve.add(f"{what}, for all to read", said.out + said.err)


def _is_honest(run: Run) -> None:
    """The run did what it should have shown secrets in, had it leaked any."""
    for place in ("completes", "reads at the second try"):
        assert "Competitor profile ready" in run.sieve.places[place]
    assert '"simulated": false' in run.sieve.places["completes"]
    assert "refused our credentials" in run.sieve.places["fails"]
    assert "Traceback" in "".join(run.sieve.places.values())
    assert sys.executable in run.sieve.places["command lines"]
    assert len(run.sentry.events) == 1
    for service in run.services.values():
        assert service.journal.stat().st_size > 0
    empty = [place for place, text in run.sieve.places.items() if not text.strip()]
    assert [place for place in empty if "left behind" not in place] == []


@pytest.mark.parametrize("path", SECRETS)
def test_the_sieve_finds_what_it_should(path: str) -> None:
    sieve = Sieve()
    sieve.add("somewhere", f"before {canary(path).upper()} behind")
    sieve.add("elsewhere", canary(path)[:-2])
    assert [one.partition(" in ")[0] for one in sieve.found()] == [path, "part of one"]
