"""Waiting for a place: looks that take nothing, until one is free or time is up."""

from collections.abc import Callable
from typing import Any

import pytest

from plinthctl.domain.limits import LOOK_EVERY_S, Limits
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, PlinthError, StoreUnavailable, WrongState
from plinthctl.services.slots import Slots
from plinthctl.services.submit import Submit
from plinthctl.store import Store
from tests.stores import INPUT, a_job

ONE = Limits(user=1)


class Watch:
    """A clock that sleeping moves; ``meanwhile`` happens during the first sleep."""

    def __init__(self, meanwhile: Callable[[], Any] = lambda: None) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._meanwhile = meanwhile

    def sleep(self, seconds: float) -> None:
        if not self.slept:
            self._meanwhile()
        self.slept.append(seconds)
        self.now += seconds


def slots(store: Any, watch: Watch) -> Slots:
    submit = Submit(store, ONE, "ana")
    return Slots(submit, lambda: watch.now, watch.sleep, roll=lambda: 0.5)


def looks(
    store: Any, waiting: list[NewJob], watch: Watch, until: float | None = None
) -> list[PlinthError]:
    return list(slots(store, watch).looks(waiting, until))


def a_holder(store: Store) -> NewJob:
    holder = a_job(user="ana")
    assert store.admit(holder, ONE, "ana", {})
    return holder


def test_a_free_place_is_waited_for_by_nobody(store: Store) -> None:
    watch = Watch()
    assert looks(store, [a_job(user="ana")], watch) == []
    assert watch.slept == []


def test_the_limit_is_told_until_a_place_is_free(store: Store) -> None:
    holder = a_holder(store)
    watch = Watch(lambda: store.request_cancel(holder.id, "ana", None))
    (reason,) = looks(store, [a_job(user="ana")], watch)
    assert isinstance(reason, LimitReached)
    assert reason.details["full"][0]["active"] == [holder.id]
    assert watch.slept == [LOOK_EVERY_S]


def test_a_look_takes_no_place(store: Store) -> None:
    waiting = [a_job(user="ana")]
    looks(store, waiting, Watch())
    assert store.job(waiting[0].id) is None


def test_time_that_is_up_is_the_limits_error(store: Store) -> None:
    a_holder(store)
    watch = Watch()
    with pytest.raises(LimitReached, match="user ana already has 1 of 1") as gave_up:
        looks(store, [a_job(user="ana")], watch, until=5.0)
    assert "No place came free in time" in (gave_up.value.why or "")
    assert watch.slept == [LOOK_EVERY_S, LOOK_EVERY_S, 5.0 - 2 * LOOK_EVERY_S]


def test_a_place_that_comes_free_at_the_last_moment_is_taken(store: Store) -> None:
    holder = a_holder(store)
    watch = Watch(lambda: store.request_cancel(holder.id, "ana", None))
    assert len(looks(store, [a_job(user="ana")], watch, until=LOOK_EVERY_S)) == 1


def test_one_of_many_that_may_come_in_is_enough(store: Store) -> None:
    a_holder(store)
    waiting = [a_job(user="ana"), a_job(user="bo")]
    assert looks(store, waiting, Watch()) == []


def test_what_would_be_refused_for_another_reason_waits_no_longer(store: Store) -> None:
    holder = a_job(user="ana", org="acme", key="k")
    store.admit(holder, ONE, "ana", {})
    same = a_job(user="ana", org="acme", key="k")
    other = a_job(user="ana", org="acme", key="k", input={**INPUT, "company_name": "Other"})
    assert looks(store, [same], Watch()) == []
    assert looks(store, [other], Watch()) == []
    with pytest.raises(WrongState):
        Submit(store, ONE, "ana").admit(other)


class Away:
    """A store that does not answer so many times."""

    def __init__(self, store: Store, times: int) -> None:
        self._store = store
        self._times = times

    def rehearse(self, *asked: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise StoreUnavailable("the store is away")
        return self._store.rehearse(*asked)


def test_a_store_that_is_away_for_a_while_is_told_and_asked_again(store: Store) -> None:
    reasons = looks(Away(store, 2), [a_job(user="ana")], Watch())
    assert [reason.message for reason in reasons] == ["the store is away"] * 2


def test_a_store_that_is_away_when_time_is_up_is_the_error(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        looks(Away(store, 99), [a_job(user="ana")], Watch(), until=5.0)
