"""What has happened to jobs since somebody looked, one contract for both databases."""

import threading

import pytest

from plinthctl.domain.views import JobNews
from plinthctl.store import Store
from tests.store.acts import admitted, advance, done, kinds, running
from tests.stores import an_id


def seqs(news: tuple[JobNews, ...]) -> dict[str, list[int]]:
    return {one.job.id: [event.seq for event in one.events] for one in news}


def test_a_job_that_is_new_to_somebody_comes_without_its_events(store: Store) -> None:
    job = running(store)
    (only,) = store.news({job.id: None})
    assert (only.job.id, only.job.event_seq, only.events) == (job.id, 2, ())


def test_later_events_come_in_order_with_the_job_as_it_is_then(store: Store) -> None:
    job = running(store)
    store.apply(advance(job, done("scrape-website"), "generate-profile"))
    (only,) = store.news({job.id: 1})
    assert [event.kind for event in only.events] == kinds(store, job.id)[1:]
    assert [event.seq for event in only.events] == list(range(2, only.job.event_seq + 1))
    assert (only.job.event_seq, only.job.progress) == (4, 50)


@pytest.mark.parametrize("known", [2, 7], ids=["all of it", "more than there is"])
def test_whoever_knows_everything_gets_the_job_alone(store: Store, known: int) -> None:
    job = running(store)
    assert seqs(store.news({job.id: known})) == {job.id: []}


def test_each_job_is_told_from_where_it_is_known(store: Store) -> None:
    first, second = running(store), running(store)
    new = admitted(store)
    found = store.news({first.id: 0, second.id: 1, new: None})
    assert seqs(found) == {first.id: [1, 2], second.id: [2], new: []}


def test_what_is_not_there_is_left_out(store: Store) -> None:
    job = admitted(store)
    assert seqs(store.news({an_id(): None, job: 0, an_id(): 3})) == {job: [1]}
    assert store.news({}) == ()


def test_many_jobs_are_asked_for_at_once(store: Store) -> None:
    jobs = [admitted(store) for _ in range(450)]
    assert seqs(store.news(dict.fromkeys(jobs, 0))) == {job: [1] for job in jobs}


def test_a_job_and_its_events_are_of_one_moment(store: Store) -> None:
    """However fast things happen, the newest event is the one that the job counts."""
    job, over = running(store), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            store.apply(advance(job, None, "generate-profile"))

    going = threading.Thread(target=go_on)
    going.start()
    try:
        for _ in range(50):
            (only,) = store.news({job.id: 0})
            assert [e.seq for e in only.events] == list(range(1, only.job.event_seq + 1))
        assert only.job.event_seq > 2
    finally:
        over.set()
        going.join()
