"""Lists are read page by page, whatever changes meanwhile."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery, Sort
from plinthctl.services import listing
from plinthctl.services.listing import Listing, Total
from plinthctl.store import Store
from tests.store.acts import NO_LIMITS
from tests.stores import a_job

FIVE = [f"job_01KAVJ5N00000000000000000{n}" for n in range(5)]
ALL = JobQuery(limit=None)


@pytest.fixture
def lists(store: Store, monkeypatch: pytest.MonkeyPatch) -> Listing:
    """Five jobs, in pages of two ids of one job each."""
    monkeypatch.setattr(listing, "IDS_A_PAGE", 2)
    monkeypatch.setattr(listing, "JOBS_A_PAGE", 1)
    for n, job_id in enumerate(FIVE):
        store.admit(a_job(id=job_id, org="even" if n % 2 == 0 else "odd"), NO_LIMITS, "ana", {})
    return Listing(store, Expiry())


def sizes(pages: Iterator[tuple[object, ...]]) -> list[int]:
    return [len(page) for page in pages]


@pytest.mark.parametrize(
    ("limit", "ids", "jobs"),
    [
        pytest.param(None, [2, 2, 1], [1, 1, 1, 1, 1], id="all"),
        pytest.param(1, [1], [1], id="fewer than a page"),
        pytest.param(2, [2], [1, 1], id="just a page"),
        pytest.param(3, [2, 1], [1, 1, 1], id="more than a page"),
        pytest.param(9, [2, 2, 1], [1, 1, 1, 1, 1], id="more than there are"),
    ],
)
def test_pages_hold_as_many_as_were_asked_for(
    lists: Listing, limit: int | None, ids: list[int], jobs: list[int]
) -> None:
    query = JobQuery(limit=limit)
    assert sizes(lists.ids(query)) == ids
    assert sizes(lists.jobs(query)) == sizes(lists.details(query)) == jobs


@pytest.mark.parametrize("sort", Sort)
def test_every_job_is_listed_once_in_every_order(lists: Listing, sort: Sort) -> None:
    for reverse in (False, True):
        query = JobQuery(limit=None, sort=sort, reverse=reverse)
        ids = [job_id for page in lists.ids(query) for job_id in page]
        details = [whole.job.id for page in lists.details(query) for whole in page]
        assert details == ids
        assert sorted(ids) == FIVE


def test_what_changes_between_two_pages_is_seen_and_nothing_comes_twice(
    lists: Listing, store: Store
) -> None:
    pages = lists.jobs(JobQuery(statuses=frozenset({JobStatus.PENDING}), limit=None))
    assert next(pages)[0].id == FIVE[4]
    store.admit(a_job(id="job_01KAVJ5N00000000000000000Z"), NO_LIMITS, "ana", {})
    store.request_cancel(FIVE[3], "ana", None)  # its id was read with the first page
    assert [[job.id for job in page] for page in pages] == [[], [FIVE[2]], [FIVE[1]], [FIVE[0]]]


def test_jobs_are_stuck_by_the_configured_clocks(store: Store) -> None:
    store.admit(a_job(id=FIVE[0]), NO_LIMITS, "ana", {})
    stuck = JobQuery(stuck=True)
    in_no_time = Listing(store, Expiry(pending_for=timedelta(microseconds=1)))
    assert list(in_no_time.ids(stuck)) == [(FIVE[0],)]
    assert list(Listing(store, Expiry()).ids(stuck)) == []


def test_counting_stops_where_nobody_needs_the_number(
    lists: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lists.total(ALL) == lists.recent() == Total(5, exact=True)
    monkeypatch.setattr(listing, "COUNTED", 3)
    assert lists.total(ALL) == Total(4, exact=False)
    assert lists.total(ALL, shown=4) == Total(5, exact=False)
    assert lists.total(JobQuery(orgs=("even",))) == Total(3, exact=True)


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        pytest.param(
            {"--org": JobQuery(orgs=("even",)), "--user": JobQuery(users=("nobody",))},
            "--user",
            id="the one that excludes all",
        ),
        pytest.param({"--org": JobQuery(orgs=("none",))}, "--org", id="the only one"),
        pytest.param(
            {"--org": JobQuery(orgs=("none",)), "--user": JobQuery(users=("nobody",))},
            None,
            id="neither alone is to blame",
        ),
    ],
)
def test_the_filter_that_is_too_much_is_named(
    lists: Listing, filters: dict[str, JobQuery], named: str | None
) -> None:
    assert lists.too_much(filters) == named
