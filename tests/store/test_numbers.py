"""Numbers are what the rows say, worked out by other means; percentiles of long windows
within the error that is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.limits import Limits
from plinthctl.domain.rollups import ENOUGH, hour_of
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spread import ERROR
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.watch import Watch
from plinthctl.store import Store, upgrade_store
from plinthctl.store.opening import open_database
from tests.seeding import EMPTY_TYPE, OLD_TYPE, Seeds
from tests.store.acts import NOON, Clock, Timed
from tests.store.by_hand import agrees, percentile, sums

NOW = NOON + timedelta(minutes=17)
JOBS = 10_000
SPAN = timedelta(days=9)
WINDOWS = {
    "an hour": timedelta(hours=1),
    "six hours, exact still": timedelta(hours=6),
    "a day": timedelta(days=1),
    "more than there is": timedelta(days=30),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store whose jobs and roll-ups these tests share; it is always the same moment."""
    url = f"sqlite:///{tmp_path_factory.mktemp('seeded') / 'plinthctl.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_store()
    upgrade_store(url)
    clock = Clock()
    clock.now = NOW
    store = Store(Timed(open_database(url), clock))
    Seeds(NOW, SPAN).sow(store, JOBS)
    Bookkeeper(store, Expiry()).catch_up(at_most=1_000)
    yield store
    store.close()


def snapshot(store: Store, window: timedelta) -> Snapshot:
    return Watch(store, Expiry(), Limits()).snapshot(window)


def test_the_numbers_of_every_window_are_what_the_rows_say(seeded: Store) -> None:
    for window in WINDOWS.values():
        agrees(snapshot(seeded, window), sums(seeded, NOW - window))


def test_a_short_window_is_exact_and_a_long_one_says_its_error(seeded: Store) -> None:
    assert snapshot(seeded, timedelta(hours=6)).error == 0
    assert snapshot(seeded, timedelta(days=1)).error == ERROR


def test_a_type_without_jobs_and_one_that_is_gone_are_told(seeded: Store) -> None:
    types = {one.type: one for one in snapshot(seeded, SPAN).types}
    assert types[EMPTY_TYPE].failure_rate is None
    assert types[OLD_TYPE].completed > 0


def test_normal_is_the_week_without_the_last_day(seeded: Store) -> None:
    until = hour_of(NOW) - timedelta(days=1)
    by_hand = sums(seeded, until - timedelta(days=6), until)
    found = snapshot(seeded, timedelta(hours=1))
    judged = 0
    for numbers in found.types:
        values = by_hand[numbers.type].durations
        assert numbers.normal.guessed is (len(values) < ENOUGH)
        if not numbers.normal.guessed:
            judged += 1
            assert numbers.normal.p95_s == pytest.approx(percentile(values, 95), rel=ERROR)
    assert judged == 4
    for step in found.steps:
        values = by_hand[step.type].steps[step.step]
        assert (step.normal is None) is (len(values) < ENOUGH)


def test_what_is_normal_is_kept_for_the_hour_as_it_would_be_worked_out(seeded: Store) -> None:
    before = snapshot(seeded, timedelta(hours=1))
    Bookkeeper(seeded, Expiry()).keep_normals()
    kept = seeded.kept_normals(hour_of(NOW))
    assert {name for name, step in kept if not step} == {
        one.type for one in before.types if not one.normal.guessed
    }
    assert snapshot(seeded, timedelta(hours=1)).types == before.types
    assert seeded.kept_normals(hour_of(NOW) - timedelta(hours=1)) == {}


def test_rebuilt_roll_ups_are_the_same(seeded: Store) -> None:
    before = snapshot(seeded, SPAN)
    hours = list(Bookkeeper(seeded, Expiry()).rebuild())
    after = snapshot(seeded, SPAN)
    assert (len(hours) > 200, after.types, after.steps) == (True, before.types, before.steps)
