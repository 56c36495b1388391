"""What a look at an installation concludes, from what was seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plinthctl.domain.asked import ASKED
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.checkup import (
    BellFacts,
    Check,
    Level,
    Provider,
    Screen,
    StoreFacts,
    bell_check,
    clock_check,
    config_check,
    keys_check,
    provider,
    providers_check,
    screen_check,
    store_check,
    sweeps_check,
    workers_check,
)
from plinthctl.domain.circuits import Circuit, CircuitState, Reason
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.views import WorkerView

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORE = StoreFacts("SQLite 3.53.0", "sqlite:////x.db", 2, 2, 0.004, (3, 53, 0), "wal")
BELL = BellFacts("redis://127.0.0.1:6379/0", policy="noeviction", took_s=0.001)
SCREEN = Screen(140, 40, "utf-8", "truecolor", dumb=False)


def a_worker(silent_s: float = 1.0, mode: WorkerMode | None = WorkerMode.BELL) -> WorkerView:
    return WorkerView("wrk_1", "host-7", "here", 1, (), 10, NOON, NOON, silent_s, mode)


def verdict(check: Check, level: Level, said: str, fix: str | None) -> None:
    assert check.level is level
    assert said in check.said
    assert check.fix == fix


def test_a_configuration_says_which_and_who_may_read_it() -> None:
    verdict(config_check("/c.toml", 0o600), Level.OK, "/c.toml (0600)", None)
    verdict(config_check(None, None), Level.OK, "no file", None)


@pytest.mark.parametrize(
    ("changes", "level", "said", "fix"),
    [
        pytest.param(
            {}, Level.OK, "SQLite 3.53.0, sqlite:////x.db, schema 2, 4ms", None, id="fine"
        ),
        pytest.param(
            {"schema": 1}, Level.FAILED, "schema 1, this plinthctl needs 2", "plinthctl db upgrade",
            id="behind",
        ),
        pytest.param(
            {"schema": None}, Level.FAILED, "no schema", "plinthctl db upgrade", id="none"
        ),
        pytest.param(
            {"schema": 3}, Level.FAILED, "schema 3", "python -m pip install --upgrade plinthctl",
            id="ahead",
        ),
        pytest.param(
            {"sqlite": (3, 40, 1)}, Level.WARNING, "can lose a commit",
            "python -m pip install 'pysqlite3>=0.6.1'", id="a SQLite that can lose commits",
        ),
        pytest.param({"read_s": 0.7}, Level.WARNING, "700ms", "plinthctl doctor -v", id="slow"),
        pytest.param(
            {"sqlite": None, "tls": False}, Level.WARNING, "no TLS", "export PGSSLMODE=verify-full",
            id="readable on its way",
        ),
        pytest.param({"sqlite": None, "tls": True}, Level.OK, "TLS", None, id="encrypted"),
    ],
)  # fmt: skip
def test_a_store(changes: dict[str, Any], level: Level, said: str, fix: str | None) -> None:
    verdict(store_check(replace(STORE, **changes)), level, said, fix)


@pytest.mark.parametrize(
    ("facts", "level", "said", "fix"),
    [
        pytest.param(BELL, Level.OK, "no TLS, maxmemory-policy noeviction", None, id="fine"),
        pytest.param(replace(BELL, tls=True), Level.OK, "1ms, TLS", None, id="over TLS"),
        pytest.param(
            BellFacts(None, embedded=True), Level.OK, "the first worker", None, id="no worker yet"
        ),
        pytest.param(
            replace(BELL, trouble="refuses connections"), Level.FAILED,
            "Redis at redis://127.0.0.1:6379/0 refuses connections",
            "export PLINTHCTL_REDIS_URL=embedded", id="down",
        ),
        pytest.param(
            replace(BELL, trouble="does not answer", embedded=True), Level.FAILED,
            "does not answer", "plinthctl reap", id="our own is frozen",
        ),
        pytest.param(
            replace(BELL, embedded=True, orphan=True), Level.WARNING, "no worker uses it",
            "plinthctl reap", id="an orphan",
        ),
        pytest.param(
            replace(BELL, exposed=True), Level.WARNING, "readable on its way",
            'export PLINTHCTL_REDIS_URL="rediss:${PLINTHCTL_REDIS_URL#*:}"', id="without TLS",
        ),
        pytest.param(
            replace(BELL, policy="allkeys-lru", client="redis-cli -h r -p 6379"), Level.WARNING,
            "it may forget deliveries",
            "redis-cli -h r -p 6379 CONFIG SET maxmemory-policy noeviction", id="it evicts",
        ),
        pytest.param(replace(BELL, policy=None), Level.OK, "1ms", None, id="it does not say"),
    ],
)  # fmt: skip
def test_a_bell(facts: BellFacts, level: Level, said: str, fix: str | None) -> None:
    verdict(bell_check(facts, configured_in_env=True), level, said, fix)


def test_an_address_in_a_file_is_mended_there() -> None:
    check = bell_check(replace(BELL, exposed=True), configured_in_env=False)
    assert check.fix == 'sed -i "s,redis://,rediss://," "$(plinthctl config path)"'


@pytest.mark.parametrize(
    ("workers", "level", "said", "fix"),
    [
        pytest.param([], Level.WARNING, "none runs", "plinthctl worker", id="none"),
        pytest.param([a_worker()], Level.OK, "1 alive: host-7 (told by Redis)", None, id="one"),
        pytest.param(
            [replace(a_worker(mode=WorkerMode.STORE), mode_why="Redis is away")], Level.OK,
            "host-7 (asks the store: Redis is away)", None, id="without a bell",
        ),
        pytest.param(
            [a_worker(240.0)], Level.WARNING, "the last heartbeat was 4m ago", "plinthctl worker",
            id="all silent",
        ),
        pytest.param(
            [a_worker(), a_worker(40.0)], Level.WARNING, "1 silent", "plinthctl reap",
            id="one of two is silent",
        ),
    ],
)  # fmt: skip
def test_workers(workers: list[WorkerView], level: Level, said: str, fix: str | None) -> None:
    verdict(workers_check(workers), level, said, fix)


@pytest.mark.parametrize(
    ("ago", "level", "said"),
    [
        pytest.param({}, Level.WARNING, "never ran; expected each minute", id="nobody ever"),
        pytest.param({"reap": 12}, Level.OK, "ran 12s ago", id="just now"),
        pytest.param({"reap": 22 * 60}, Level.WARNING, "ran 22m ago", id="long ago"),
        pytest.param(
            {"reap": 22 * 60, "sweep": 30},
            Level.OK,
            "ran 22m ago; a worker swept 30s ago",
            id="workers do it",
        ),
        pytest.param({"sweep": 181}, Level.WARNING, "a worker swept 3m ago", id="they did"),
    ],
)
def test_sweeps(ago: dict[str, float], level: Level, said: str) -> None:
    due = {name: NOON - timedelta(seconds=s) + timedelta(minutes=1) for name, s in ago.items()}
    check = sweeps_check(due, NOON, reap="reap", sweep="sweep", program="/opt/x/plinthctl")
    line = "(crontab -l 2>/dev/null; echo '* * * * *  /opt/x/plinthctl reap -q') | crontab -"
    verdict(check, level, said, line if level is Level.WARNING else None)


@pytest.mark.parametrize(
    ("ahead_s", "level", "said"),
    [
        pytest.param(None, Level.OK, "this machine's", id="a file has no clock of its own"),
        pytest.param(0.1, Level.OK, "0.1s behind the store's", id="a little"),
        pytest.param(-3.0, Level.WARNING, "3.0s ahead of the store's", id="too far"),
    ],
)
def test_the_clock(ahead_s: float | None, level: Level, said: str) -> None:
    fix = "sudo timedatectl set-ntp true" if level is Level.WARNING else None
    verdict(clock_check(ahead_s), level, said, fix)


ASK = "read -rs PLINTHCTL_PROVIDERS_{0}_API_KEY && export PLINTHCTL_PROVIDERS_{0}_API_KEY"


@pytest.mark.parametrize(
    ("missing", "model", "level", "fix"),
    [
        pytest.param((), "m", Level.OK, None, id="all keys"),
        pytest.param(("g2",), "m", Level.WARNING, ASK.format("G2"), id="one that may be missing"),
        pytest.param(("g2", "llm"), "m", Level.FAILED, ASK.format("LLM"), id="one that may not"),
        pytest.param(
            ("llm",),
            None,
            Level.FAILED,
            ASK.format("LLM") + " PLINTHCTL_PROVIDERS_LLM_MODEL=gpt-5.4-mini",
            id="nor a model",
        ),
    ],
)
def test_keys_by_name_only(
    missing: tuple[str, ...], model: str | None, level: Level, fix: str | None
) -> None:
    providers = [
        Provider(name, name not in missing, (f"no {name}",), essential=name == "llm")
        for name in ("llm", "g2")
    ]
    said = f"no {missing[0]}" if missing == ("g2",) else "llm"
    verdict(keys_check(providers, live=True, model=model), level, said, fix)


@pytest.mark.parametrize(
    ("name", "consequence", "essential"),
    [
        pytest.param("llm", "competitor_analysis fails at generate-profile", True, id="it writes"),
        pytest.param(
            "g2",
            "competitor_analysis: get-reviews goes without its data",
            False,
            id="it may degrade",
        ),
    ],
)
def test_what_happens_without_a_key_is_what_the_catalogue_says(
    name: str, consequence: str, essential: bool
) -> None:
    found = provider(name, has_key=False)
    assert consequence in found.without
    assert found.essential is essential


def test_without_a_firecrawl_key_pages_are_read_all_the_same() -> None:
    providers = [Provider("llm", True, ()), provider("firecrawl", has_key=False)]
    said = "llm ✓  firecrawl missing (the direct reader is used)"
    verdict(keys_check(providers, live=True, model="m"), Level.OK, said, None)


def test_a_provider_that_is_left_alone_is_a_warning_with_who_waits() -> None:
    down = Circuit("llm", "k", CircuitState.OPEN, Reason.AUTH_REFUSED, None, NOON, NOON, parked=9)
    found = providers_check([down, replace(down, provider="exa", state=CircuitState.CLOSED)])
    assert (found.level, found.fix) == (Level.WARNING, "plinthctl providers close llm")
    assert found.said == "llm is left alone (auth refused), 9 jobs parked"
    assert providers_check([]).level is Level.OK


def test_the_steps_that_ask_a_provider_exist() -> None:
    steps = {(kind.name, step.name) for kind in JOB_TYPES.values() for step in kind.steps}
    assert set(ASKED) <= steps


def test_simulated_providers_need_no_key() -> None:
    verdict(keys_check([], live=False, model=None), Level.OK, "simulated", None)


@pytest.mark.parametrize(
    ("screen", "level", "said", "fix"),
    [
        pytest.param(SCREEN, Level.OK, "140x40, utf-8, truecolor", None, id="fine"),
        pytest.param(None, Level.OK, "a pipe", None, id="no terminal"),
        pytest.param(
            replace(SCREEN, encoding="ascii"), Level.WARNING, "ASCII",
            "export LC_ALL=C.UTF-8 PYTHONUTF8=1", id="an encoding without our marks",
        ),
        pytest.param(
            replace(SCREEN, colours=None, dumb=True), Level.WARNING, "no colour",
            "export TERM=xterm-256color", id="dumb",
        ),
        pytest.param(
            replace(SCREEN, columns=50), Level.WARNING, "top wants 60x16",
            r"printf '\033[8;24;80t'", id="small",
        ),
    ],
)  # fmt: skip
def test_a_terminal(screen: Screen | None, level: Level, said: str, fix: str | None) -> None:
    verdict(screen_check(screen), level, said, fix)
