"""What is read of jobs, one contract for both databases."""

from datetime import timedelta
from typing import Any

import pytest

from plinthctl.domain.steps import StepStatus
from plinthctl.store import Store
from tests.store.acts import (
    ADDING,
    NOON,
    Clock,
    a_decision,
    admitted,
    advance,
    complete,
    degraded,
    done,
    running,
    waiting,
)

FIRST = "job_01KAVJ5N0000000000000000AA"
SECOND = "job_01KAVJ5N0000000000000000BA"
OTHER = "job_01ZZZZZZ00000000000WXYZ0BA"


@pytest.fixture
def three(store: Store) -> Store:
    for job in (FIRST, SECOND, OTHER):
        admitted(store, id=job)
    return store


@pytest.mark.parametrize(
    ("part", "found"),
    [
        pytest.param(FIRST, [FIRST], id="a whole id"),
        pytest.param("000000AA", [FIRST], id="its last 8"),
        pytest.param("00AA", [FIRST], id="its last 4"),
        pytest.param("01KA", [FIRST, SECOND], id="a beginning that two have"),
        pytest.param("job_01KA", [FIRST, SECOND], id="a beginning with its prefix"),
        pytest.param("01KAVJ5N0000000000000000B", [SECOND], id="a long beginning"),
        pytest.param("00BA", [SECOND], id="an end that looks like another's"),
        pytest.param("YZ0B", [], id="a middle is neither"),
        pytest.param("01KAVJ5N1", [], id="a beginning that none has"),
        pytest.param("%BA_", [], id="no pattern is understood"),
        pytest.param("wrk_01KA", [], id="another kind of id"),
    ],
)
def test_ids_are_found_by_what_an_operator_types(three: Store, part: str, found: list[str]) -> None:
    assert sorted(three.find_ids(part, 10)) == found


def test_no_more_ids_are_found_than_asked_for(three: Store) -> None:
    assert len(three.find_ids("01KA", 1)) == 1


def test_the_newest_job_of_a_user(store: Store) -> None:
    admitted(store, id=FIRST, org="acme", user="ana")
    admitted(store, id=SECOND, org="acme", user="ana")
    admitted(store, id=OTHER, org="acme", user="bo")
    assert store.newest_of("acme", "ana") == SECOND
    assert store.newest_of("other", "ana") is None


def test_the_place_in_line_counts_those_that_are_due_before(timed: Store, clock: Clock) -> None:
    first, second = admitted(timed), admitted(timed, available_at=NOON + timedelta(seconds=1))
    views = [timed.job(job) for job in (first, second)]
    assert [timed.place_in_line(view) for view in views if view] == [1, 2]


def test_the_line_has_the_due_jobs_in_the_order_of_their_claims(timed: Store, clock: Clock) -> None:
    later = admitted(timed, available_at=NOON + timedelta(seconds=2))
    first = admitted(timed)
    admitted(timed, available_at=NOON + timedelta(seconds=9))
    running(timed)
    clock.move(seconds=3)
    assert timed.line(9) == (first, later)
    assert timed.line(1) == (first,)


def test_a_job_that_is_not_there_is_none(store: Store) -> None:
    assert store.job(FIRST) is None
    assert store.detail(FIRST) is None
    assert store.decision("dec_0") is None


def test_a_decision_is_read_as_it_was_written(store: Store) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    assert store.decision(decision.id) == decision


def test_a_detail_has_every_step_with_its_tries(store: Store) -> None:
    job = running(store)
    later = NOON + timedelta(seconds=9)
    store.apply(advance(job, waiting("scrape-website", later), "scrape-website"))
    store.apply(advance(job, done("scrape-website", number=2)))
    store.apply(advance(job, degraded("search-news")))
    detail = store.detail(job.id, events=True)
    assert detail is not None
    by_name = {step.name: step for step in detail.steps}
    assert list(by_name) == [
        "scrape-website",
        "search-news",
        "get-reviews",
        "generate-profile",
        "save-results",
    ]
    scraped, news = by_name["scrape-website"], by_name["search-news"]
    assert [(one.number, one.failure_class) for one in scraped.history] == [
        (1, "network_timeout"),
        (2, None),
    ]
    assert (scraped.status, scraped.tries) == (StepStatus.DONE, 1)
    assert (news.status, news.reason) == (StepStatus.DEGRADED, "no key")
    assert len(detail.events) == detail.job.event_seq


def test_a_detail_has_its_events_only_where_asked(store: Store) -> None:
    job = running(store)
    detail = store.detail(job.id)
    assert detail is not None and detail.events == ()


def test_a_detail_is_of_one_moment(store: Store) -> None:
    """A change between two of its queries is not seen by the second."""
    from plinthctl.store import reads
    from tests.store.acts import read

    job = running(store)

    def read_while_it_ends(tx: Any) -> Any:
        before = reads.by_id(tx, job.id)
        store.apply(complete(job))
        return before, reads.detail(tx, job.id, events=True)

    before, detail = read(store, read_while_it_ends)
    assert detail.job.status == before.status == "running"
    assert (detail.output, detail.results, len(detail.events)) == (None, (), before.event_seq)
    after = store.job(job.id)
    assert after is not None and after.status == "completed"
