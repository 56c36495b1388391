"""The answer to a COMMIT is lost: each change can be asked for again, and once is all.

The change is cut off before its commit or after it; nobody who asks can tell.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.failures import Failure, FailureClass, Usage
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.results import NewResult, Provenance, ResultKind
from plinthctl.domain.runs import (
    Advance,
    Answer,
    Cancelled,
    Change,
    ClaimedJob,
    Complete,
    Fail,
    PutBack,
    Shown,
    StepEnd,
    TryRecord,
)
from plinthctl.domain.steps import StepStatus
from plinthctl.errors import OutcomeUnknown
from plinthctl.store import Store
from tests.chaos.cutting import Cutter, When, cut_store
from tests.chaos.histories import detail_of, ended_once, is_dense, kinds, what_is_there
from tests.stores import a_job, a_worker, an_id

LATER = datetime(2100, 1, 1, tzinfo=UTC)
STEP = "scrape-website"
SHOWN = Shown(40, "search-news", "Searching for news…", 1)
BAD = Failure(FailureClass.PROVIDER_UNAVAILABLE, "Firecrawl is not available.", "firecrawl", 503)
Cut = tuple[Store, Cutter]


@pytest.fixture
def cut(store_url: str) -> Iterator[Cut]:
    with cut_store(store_url) as both:
        yield both


def _tried(failure: Failure | None = None) -> TryRecord:
    now = datetime.now(UTC)
    return TryRecord(1, 0, now, now + timedelta(seconds=1), Usage(calls=1), failure)


def _done() -> StepEnd:
    return StepEnd(STEP, StepStatus.DONE, _tried(), output={"markdown": "Acme"})


def _profile() -> NewResult:
    made = Provenance((), "m", "1", Usage(), simulated=True)
    return NewResult(an_id(IdPrefix.PROFILE), ResultKind.PROFILE, "Acme", {"name": "Acme"}, made)


def _advance(job: ClaimedJob) -> Change:
    return Advance(job.id, job.token, SHOWN, _done())


def _put_off(job: ClaimedJob) -> Change:
    ended = StepEnd(STEP, StepStatus.WAITING, _tried(BAD), retry_at=LATER)
    return PutBack(job.id, job.token, JobEvent.WAIT, SHOWN, ended, LATER)


def _release(job: ClaimedJob) -> Change:
    return PutBack(job.id, job.token, JobEvent.RELEASE, SHOWN)


def _complete(job: ClaimedJob) -> Change:
    return Complete(job.id, job.token, _done(), {"competitor_profile_id": "x"}, (_profile(),))


def _fail(job: ClaimedJob) -> Change:
    return Fail(job.id, job.token, STEP, _tried(BAD), BAD.message, {"class": "x"})


def _cancelled(job: ClaimedJob) -> Change:
    return Cancelled(job.id, job.token)


def _claimed(store: Store) -> ClaimedJob:
    worker, job = a_worker(), a_job()
    store.register(worker)
    store.admit(job, Limits(), "ana", {})
    [claimed] = store.claim(worker.id, ["competitor_analysis"], 1)
    return claimed


CHANGES = pytest.mark.parametrize(
    ("make", "word", "status", "told"),
    [
        pytest.param(_advance, "step_done", JobStatus.RUNNING, "step_done", id="a step's end"),
        pytest.param(_put_off, "step_failed", JobStatus.PENDING, "waiting", id="a wait"),
        pytest.param(_release, "released", JobStatus.PENDING, "released", id="a release"),
        pytest.param(
            _complete, "INSERT INTO job_ends", JobStatus.COMPLETED, "completed", id="completion"
        ),
        pytest.param(_fail, "INSERT INTO job_ends", JobStatus.FAILED, "failed", id="a failure"),
        pytest.param(
            _cancelled, "INSERT INTO job_ends", JobStatus.CANCELLED, "cancelled", id="a cancel"
        ),
    ],
)
WHEN = pytest.mark.parametrize("when", list(When))


@WHEN
@CHANGES
def test_a_change_asked_for_again_is_made_once(
    cut: Cut,
    make: Callable[[ClaimedJob], Change],
    word: str,
    status: JobStatus,
    told: str,
    when: When,
) -> None:
    store, cutter = cut
    job = _claimed(store)
    if make is _cancelled:
        store.request_cancel(job.id, "ana", None)
    change = make(job)
    cutter.arm(word, when)
    with pytest.raises(OutcomeUnknown):
        store.apply(change)
    unanswered = what_is_there(store, job.id)
    expected = Answer.CANCELLED if make is _cancelled else Answer.HELD
    assert store.apply(change, again=True) is expected
    assert store.apply(change, again=True) is expected
    assert (what_is_there(store, job.id) == unanswered) == (when is When.AFTER)
    _is_made_once(store, job, status, told)


def _is_made_once(store: Store, job: ClaimedJob, status: JobStatus, told: str) -> None:
    found = detail_of(store, job.id)
    is_dense(found)
    assert found.job.status is status
    assert kinds(found)[-1] == told
    assert kinds(found).count(told) == 1
    assert len(found.results) == (status is JobStatus.COMPLETED)
    assert [len(step.history) for step in found.steps if step.history] in ([], [1])
    if found.job.ended:
        ended_once(found)


@WHEN
def test_a_claim_whose_answer_was_lost_is_on_the_roll_and_can_be_given_back(
    cut: Cut, when: When
) -> None:
    store, cutter = cut
    worker, job = a_worker(), a_job()
    store.register(worker)
    store.admit(job, Limits(), "ana", {})
    cutter.arm("claimed", when)
    with pytest.raises(OutcomeUnknown):
        store.claim(worker.id, ["competitor_analysis"], 1)
    roll = store.on_roll(worker.id)
    assert [entry.job_id for entry in roll] == ([job.id] if when is When.AFTER else [])
    for entry in roll:
        change = PutBack(entry.job_id, entry.token, JobEvent.RELEASE, SHOWN)
        assert store.apply(change) is Answer.HELD
    [claimed] = store.claim(worker.id, ["competitor_analysis"], 1)
    assert (claimed.id, claimed.token) == (job.id, len(roll) + 1)
    assert all(step.tries == 0 for step in claimed.board.values())


@WHEN
def test_a_submit_whose_answer_was_lost_makes_one_job(cut: Cut, when: When) -> None:
    store, cutter = cut
    job = a_job(org="acme", key="k")
    cutter.arm("submitted", when)
    with pytest.raises(OutcomeUnknown):
        store.admit(job, Limits(org=1), "ana", {})
    assert store.admit(job, Limits(org=1), "ana", {})
    assert kinds(detail_of(store, job.id)) == ["submitted"]
