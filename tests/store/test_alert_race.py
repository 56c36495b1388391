"""However many processes evaluate and tell: one alert, and each message taken once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from plinthctl.domain.alert_life import Evaluated, Letter
from plinthctl.domain.alert_rules import Reading
from plinthctl.store import Store, open_store
from plinthctl.store.tables import IS_OPEN, alert_outbox, alerts
from tests.alerting import a_reading
from tests.store.acts import table_rows, write
from tests.store.racers import racers
from tests.store.test_alerts import CALM, DEEP, RATE, evaluate, fired, take


@pytest.fixture
def alone(store_url: str) -> Iterator[Store]:
    """A store that this test shares with its racers only."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def test_racing_evaluators_begin_and_end_one_alert(alone: Store, store_url: str) -> None:
    with racers(store_url, 6) as crew:
        for _ in range(5):
            found = crew.race(_evaluate, [DEEP] * 6)
            assert sum(len(one.fired) for one in found) == 1
            _let_be_below_for(alone, timedelta(minutes=10))
            found = crew.race(_evaluate, [CALM] * 6)
            assert sum(len(one.resolved) for one in found) == 1
    rows = table_rows(alone, alert_outbox)
    assert len(rows) == 5 * 2 * 2  # incidents, sinks, firing and resolved


def _evaluate(store: Store, reading: Reading) -> Evaluated:
    return evaluate(store, reading)


def _let_be_below_for(store: Store, span: timedelta) -> None:
    below = update(alerts).where(IS_OPEN).values(below_since=store.now() - span)
    write(store, lambda tx: tx.execute(below).rowcount)


def test_racing_senders_take_each_message_once(alone: Store, store_url: str) -> None:
    for name in ("market_research", "brief_generation", "option_analysis"):
        fired(alone, a_reading(RATE, job_type=name))
    with racers(store_url, 6) as crew:
        taken = [letter for some in crew.race(_take, [2] * 6) for letter in some]
    assert len(taken) == len({(one.incident.id, one.sink) for one in taken}) == 6


def _take(store: Store, at_most: int) -> list[Letter]:
    return take(store, at_most=at_most)
