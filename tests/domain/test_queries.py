"""Queries are narrowed by one another, never widened."""

from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery, Sort, all_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
FAILED = frozenset({JobStatus.FAILED})


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        pytest.param([], JobQuery(), id="nothing asked: all jobs"),
        pytest.param(
            [JobQuery(types=("a", "b")), JobQuery(types=("b", "c"))],
            JobQuery(types=("b",)),
            id="what both allow",
        ),
        pytest.param(
            [JobQuery(statuses=ACTIVE), JobQuery(orgs=("acme",))],
            JobQuery(statuses=ACTIVE, orgs=("acme",)),
            id="one says nothing of it: the other decides",
        ),
        pytest.param(
            [JobQuery(statuses=ACTIVE), JobQuery(statuses=FAILED), JobQuery(statuses=FAILED)],
            JobQuery(statuses=FAILED, nothing=True),
            id="what excludes each other fits no job, whatever follows",
        ),
        pytest.param(
            [
                JobQuery(created_since=NOON, created_until=LATER),
                JobQuery(created_since=LATER, created_until=NOON),
            ],
            JobQuery(created_since=LATER, created_until=NOON),
            id="the later beginning, the earlier end",
        ),
        pytest.param(
            [JobQuery(words=("a", "b"), stuck=True), JobQuery(words=("b", "c"))],
            JobQuery(words=("a", "b", "c"), stuck=True),
            id="every word, each once",
        ),
    ],
)
def test_a_job_must_fit_them_all(queries: list[JobQuery], expected: JobQuery) -> None:
    assert all_of(queries) == expected


@pytest.mark.parametrize(
    ("sort", "falls"),
    [
        pytest.param(Sort.CREATED, True, id="the newest first"),
        pytest.param(Sort.AGE, False, id="the oldest first"),
        pytest.param(Sort.DURATION, True, id="the longest first"),
        pytest.param(Sort.STATUS, True, id="running before completed"),
    ],
)
def test_a_list_begins_with_the_most_unless_reversed(sort: Sort, falls: bool) -> None:
    assert JobQuery(sort=sort).descending is falls
    assert JobQuery(sort=sort, reverse=True).descending is not falls
