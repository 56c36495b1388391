"""Failure groups from stored rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import DEFAULT_EXPIRY
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.restart import Start
from plinthctl.domain.runs import Fail
from plinthctl.errors import NotFound
from plinthctl.services.groups import Groups
from plinthctl.services.listing import Listing
from plinthctl.store import Store
from tests.store.acts import (
    HALF,
    NO_LIMITS,
    NOON,
    advance,
    job_row,
    registered,
    running,
    set_job,
    tried,
    waiting,
)

SEARCH = "search-news"


def failed(store: Store, message: str, step: str = SEARCH, **values: str) -> str:
    job = running(store, **values)
    try_ = tried(fails=FailureClass.PROVIDER_UNAVAILABLE)
    assert try_.failure is not None
    told = replace(try_, failure=replace(try_.failure, message=message))
    record = {"provider": "exa", "step": step, "message": message}
    store.apply(Fail(job.id, job.token, step, told, f"Failed after 3 retries: {message}", record))
    return job.id


@pytest.fixture
def groups(store: Store) -> Groups:
    return Groups(store)


def test_jobs_that_failed_alike_are_one_group(store: Store, groups: Groups) -> None:
    first = failed(store, "Request req_1a2b3c4d5e failed after 12 s.", org="acme")
    last = failed(store, "Request req_99aa88bb77cc failed after 3 minutes.", org="bolt")
    other = failed(store, "Request req_1a2b3c4d5e failed after 12 s.", "scrape-website")
    one, two = groups.found().groups
    assert one.ids == (last, first)
    assert (one.failed, one.trying, one.orgs) == (2, 0, ("acme", "bolt"))
    assert one.cause.message == "Request # failed after <time>."
    assert one.first_at == job_row(store, first)["completed_at"]
    assert one.last_at == job_row(store, last)["completed_at"]
    assert two.ids == (other,)


def test_a_job_that_was_retried_has_left_its_group(store: Store, groups: Groups) -> None:
    job = failed(store, "Gone.")
    (group,) = groups.found().groups
    store.retry(job, Start(), Act("bo", "retry"), NO_LIMITS, {})
    assert groups.found().groups == ()
    with pytest.raises(NotFound, match=group.id):
        groups.named([group.id])


def test_a_job_that_tries_again_is_in_the_group_of_its_last_failed_try(
    store: Store, groups: Groups
) -> None:
    job = running(store)
    store.apply(advance(job, waiting(SEARCH, NOON), shown=replace(HALF, attempt=2)))
    (group,) = groups.found().groups
    assert (group.failed, group.trying, group.ids) == (0, 1, (job.id,))
    assert group.cause.step == SEARCH


def test_tries_before_a_retry_by_hand_count_no_more(store: Store, groups: Groups) -> None:
    job = failed(store, "Gone.")
    store.retry(job, Start(), Act("bo", "retry"), NO_LIMITS, {})
    again = store.claim_one(registered(store), job)
    assert again is not None
    set_job(store, job, attempt=2)
    assert groups.found().groups == ()


def test_a_window_and_a_bound_are_kept(store: Store, groups: Groups) -> None:
    for _ in range(3):
        failed(store, "Gone.")
    assert groups.found(store.now() + timedelta(minutes=1)).groups == ()
    failed_, trying = store.troubles(None, 2)
    assert (len(failed_), len(trying)) == (2, 0)


def test_a_list_of_a_group_has_its_jobs_alone(store: Store, groups: Groups) -> None:
    wanted = failed(store, "Gone.")
    failed(store, "Elsewhere.")
    (group,) = (one for one in groups.found().groups if wanted in one.ids)
    listing = Listing(store, DEFAULT_EXPIRY)
    query = JobQuery(groups=(group.id,))
    assert [job.id for page in listing.jobs(query) for job in page] == [wanted]
    assert listing.total(query).at_least == 1
    assert list(listing.ids(JobQuery(groups=("g00000000",)))) == []


def test_a_group_whose_jobs_nobody_has_looked_for_is_empty(store: Store) -> None:
    failed(store, "Gone.")
    assert store.jobs(JobQuery(groups=("g00000000",))) == ()
