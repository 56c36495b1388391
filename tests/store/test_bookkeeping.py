"""Hours are summed up once they are over, minutes are sampled, by one at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.limits import Limits
from plinthctl.domain.rollups import KEPT_FOR, SAMPLES_KEPT_FOR
from plinthctl.errors import ReadOnly
from plinthctl.services.bookkeeping import HOURS_AT_ONCE, Bookkeeper
from plinthctl.services.watch import Watch
from plinthctl.store import Store
from plinthctl.store.tables import rollups, samples
from tests.store.acts import (
    NOON,
    TYPE,
    Clock,
    admitted,
    complete,
    everything,
    running,
    table_rows,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def keeper(timed: Store) -> Bookkeeper:
    return Bookkeeper(timed, Expiry())


def hours(store: Store) -> list[str]:
    return sorted({f"{row['hour_at']:%d %H:%M}" for row in table_rows(store, rollups)})


def test_an_hour_is_summed_up_two_minutes_after_its_end(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    clock.move(minutes=61)
    assert keeper.catch_up() == 0
    clock.move(minutes=1)
    assert keeper.catch_up() == 1
    assert keeper.catch_up() == 0
    assert hours(timed) == ["01 12:00"]
    (whole,) = table_rows(timed, rollups, step="")
    assert (whole["type"], whole["created"], whole["completed"]) == (TYPE, 1, 1)


def test_hours_in_which_nothing_happened_are_left_out(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    clock.move(days=3)
    admitted(timed)
    clock.move(hours=2)
    assert keeper.catch_up() == 2
    assert hours(timed) == ["01 12:00", "04 12:00"]


def test_after_a_long_time_without_some_are_caught_up_with_at_a_time(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    for _ in range(HOURS_AT_ONCE + 3):
        admitted(timed)
        clock.move(hours=1)
    clock.move(minutes=2)
    assert [keeper.catch_up(), keeper.catch_up(), keeper.catch_up()] == [HOURS_AT_ONCE, 3, 0]


def test_the_duties_are_one_keepers_at_a_time(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    clock.move(hours=2)
    keeper.in_turn()
    before = everything(timed)
    Bookkeeper(timed, Expiry()).in_turn()
    assert everything(timed) == before
    assert hours(timed) == ["01 12:00"]


def test_each_minute_has_one_sample_and_a_fresh_screen_its_history(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    admitted(timed)
    timed.pause_intake("market_research", Act("ana", "pause"))
    admitted(timed, type="market_research")  # held back: nobody can take it
    for _ in range(8):  # 20 s apart, from noon to 12:02:20
        keeper.in_turn()
        clock.move(seconds=20)
    found = table_rows(timed, samples)
    assert [(f"{row['at']:%M:%S}", row["depth"]) for row in found] == [
        ("00:00", 1),
        ("01:00", 1),
        ("02:00", 1),
    ]
    admitted(timed)
    depth = Watch(timed, Expiry(), Limits()).snapshot().depth
    assert depth.values[-4:] == (None, 1.0, 1.0, 2.0)


def test_what_was_kept_long_enough_goes_and_its_counts_stay(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    keeper.in_turn()
    clock.move(hours=2)
    keeper.in_turn()
    before = timed.totals()
    clock.now = NOON + SAMPLES_KEPT_FOR + HOUR
    timed.forget_numbers()
    assert [f"{row['at']:%H:%M}" for row in table_rows(timed, samples)] == ["14:00"]
    for _ in range(2):  # and a second time adds nothing
        clock.now = NOON + KEPT_FOR + 2 * HOUR
        timed.forget_numbers()
        assert hours(timed) == ["01 00:00"]  # of 1970
        assert timed.totals() == before


def test_a_purge_takes_nothing_from_what_was_created(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    clock.move(hours=2)
    keeper.catch_up()
    clock.move(days=31)
    assert timed.purge(Retention()) == 1
    timed.roll_up(NOON)
    assert table_rows(timed, rollups, step="")[0]["created"] == 1
    assert list(keeper.rebuild()) == [NOON]  # from the ends, which are never purged
    assert table_rows(timed, rollups, step="")[0]["created"] == 1
    assert timed.totals()[TYPE].created == 1


def test_two_that_are_at_the_same_hour_do_it_once(
    timed: Store, keeper: Bookkeeper, clock: Clock
) -> None:
    timed.apply(complete(running(timed)))
    clock.move(hours=2)
    with ThreadPoolExecutor(4) as keepers:
        list(keepers.map(timed.roll_up, [NOON] * 8))
    assert len(table_rows(timed, rollups, step="")) == 1


def test_read_only_rebuilds_nothing(timed: Store) -> None:
    with pytest.raises(ReadOnly):
        list(Bookkeeper(timed, Expiry(), read_only=True).rebuild())
