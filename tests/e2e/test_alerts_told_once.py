"""Four reaps and three workers at once, in processes of their own: one incident, told once
when it fires and once when it is over."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from plinthctl.domain.acts import Act
from plinthctl.store import Store
from plinthctl.store.tables import IS_OPEN, alerts
from tests.e2e.program import Program, wait_for
from tests.store.acts import admitted, write
from tests.telling.ear import Ear, listening

IDLE = ("--types", "market_research")  # there is no job of it
REAPS = 4
REAP = ("reap", "--only", "alerts", "-q")
TYPE = "competitor_analysis"


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening() as one:
        yield one


@pytest.fixture
def watched(program: Program, ear: Ear) -> Program:
    alerts_of = {"QUEUE_DEPTH_THRESHOLD": "1", "WEBHOOK": ear.url, "TIMEOUT": "30s"}
    variables = {f"PLINTHCTL_ALERTS_{name}": value for name, value in alerts_of.items()}
    return replace(program, variables={**program.variables, **variables})


def test_one_incident_is_told_once_whoever_evaluates(watched: Program, ear: Ear) -> None:
    store = watched.store
    for _ in range(2):
        admitted(store)
    with ExitStack() as stack:
        for number in range(3):
            stack.enter_context(watched.worker("--name", f"w{number}", *IDLE))
        reap_at_once(watched)
        (one,) = store.open_alerts()
        assert told(ear.hears(1)) == [("firing", one.id)]
        wait_for(lambda: len(store.workers()) == 3, "three workers")
        be_over(store)
        reap_at_once(watched)
        assert told(ear.hears(2)) == [("firing", one.id), ("resolved", one.id)]
        wait_for(lambda: is_noted(store), "both are noted")
    assert len(ear.heard) == 2
    (row,) = store.alert_history(None, None)
    assert [(m.what, m.tries, m.told_at is not None) for m in row.told] == [
        ("firing", 1, True),
        ("resolved", 1, True),
    ]


def is_noted(store: Store) -> bool:
    (row,) = store.alert_history(None, None)
    return all(message.told_at for message in row.told)


def told(heard: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["event"], one["incident"]) for one in heard]


def reap_at_once(program: Program) -> None:
    """Four of them, begun together."""
    with ThreadPoolExecutor(REAPS) as pool:
        ended = list(pool.map(program.run, *zip(*[REAP] * REAPS, strict=True)))
    assert [(one.returncode, one.stderr) for one in ended] == [(0, "")] * REAPS


def be_over(store: Store) -> None:
    """The queue is short, and has been for 10 minutes."""
    store.pause_intake(TYPE, Act("ana", "pause"))
    since = store.now() - timedelta(minutes=10)
    write(store, lambda tx: tx.execute(update(alerts).where(IS_OPEN).values(below_since=since)))
