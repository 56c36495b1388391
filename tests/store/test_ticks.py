"""Progress inside steps: raised in bulk, without an event, for whoever still holds the job."""

from collections.abc import Iterator

import pytest

from plinthctl.domain.news import PROGRESS, News, unheard
from plinthctl.domain.runs import Tick
from plinthctl.store import Store
from tests.store.acts import (
    admitted,
    advance,
    complete,
    done,
    everything,
    job_row,
    kinds,
    put_back,
    running,
)


@pytest.fixture
def heard(store: Store) -> Iterator[list[News]]:
    """All that the store has told since the test began."""
    found: list[News] = []
    store.listen(found.extend)
    yield found
    store.listen(unheard)


def test_ticks_raise_the_progress_of_their_jobs_and_are_no_events(store: Store) -> None:
    one, other, third = (running(store) for _ in range(3))
    before = {job.id: kinds(store, job.id) for job in (one, other, third)}
    assert store.tick([Tick(one.id, one.token, 55), Tick(other.id, other.token, 66)]) == 2
    found = {job.id: job_row(store, job.id)["progress"] for job in (one, other, third)}
    assert found == {one.id: 55, other.id: 66, third.id: 30}
    assert {job.id: kinds(store, job.id) for job in (one, other, third)} == before


def test_followers_are_told_to_look(store: Store, heard: list[News]) -> None:
    job = running(store)
    seq = job_row(store, job.id)["event_seq"]
    heard.clear()
    store.tick([Tick(job.id, job.token, 55)])
    assert [(one.job_id, one.kind, one.seq) for one in heard] == [(job.id, PROGRESS, seq)]
    assert not heard[0].delivers


def test_progress_never_falls(store: Store) -> None:
    job = running(store)
    assert store.tick([Tick(job.id, job.token, 55)]) == 1
    assert store.tick([Tick(job.id, job.token, 54), Tick(job.id, job.token, 55)]) == 0
    store.apply(advance(job, done("scrape-website")))
    assert job_row(store, job.id)["progress"] == 55


def test_a_tick_of_who_has_lost_the_job_or_ended_it_says_nothing(store: Store) -> None:
    lost, ended = running(store), running(store)
    store.apply(put_back(lost))
    store.apply(complete(ended))
    before = everything(store)
    ticks = [Tick(lost.id, lost.token, 99), Tick(ended.id, ended.token - 1, 99)]
    assert store.tick([*ticks, Tick(admitted(store), 0, 99)]) == 0
    after = everything(store)
    for table in ("job_events", "job_ends"):
        new = [row for row in after[table] if row not in before[table]]
        assert {row.get("kind") for row in new} <= {"submitted"}
    assert [job_row(store, one)["progress"] for one in (lost.id, ended.id)] == [
        row["progress"] for one in (lost.id, ended.id) for row in before["jobs"] if row["id"] == one
    ]


def test_no_ticks_are_no_trouble(store: Store) -> None:
    assert store.tick([]) == 0
