"""What a retry by hand keeps, where it goes on, and when it must fail again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.catalog import JOB_TYPES, JobType, job_type
from plinthctl.domain.failures import EndCode, FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.restart import Start, fails_again, restart
from plinthctl.domain.retries import POLICIES
from plinthctl.domain.steps import ENDED, NEW, StepState, StepStatus, startable
from plinthctl.errors import UsageError

ANALYSIS = job_type("competitor_analysis")
SITE, NEWS, REVIEWS = "scrape-website", "search-news", "get-reviews"
PROFILE, SAVE = "generate-profile", "save-results"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DONE, DEGRADED, WAITING = StepStatus.DONE, StepStatus.DEGRADED, StepStatus.WAITING


def board(**states: StepStatus) -> dict[str, StepState]:
    return {name.replace("_", "-"): StepState(status) for name, status in states.items()}


GATHERED = board(scrape_website=DONE, search_news=DONE, get_reviews=DONE)
WRITTEN = {**GATHERED, **board(generate_profile=DONE)}


@pytest.mark.parametrize(
    ("stored", "start", "kept", "dropped", "resumes_at"),
    [
        pytest.param({}, Start(), [], [], [SITE, NEWS, REVIEWS], id="nothing stored: all of it"),
        pytest.param(
            board(scrape_website=DONE, search_news=WAITING),
            Start(),
            [SITE],
            [],
            [NEWS, REVIEWS],
            id="the first unfinished steps, side by side",
        ),
        pytest.param(GATHERED, Start(), [SITE, NEWS, REVIEWS], [], [PROFILE], id="the only one"),
        pytest.param(
            WRITTEN,
            Start(from_step=NEWS),
            [SITE, REVIEWS],
            [NEWS, PROFILE],
            [NEWS],
            id="from a step: it and what needs it, which is not its neighbours",
        ),
        pytest.param(
            WRITTEN,
            Start(from_step=PROFILE),
            [SITE, NEWS, REVIEWS],
            [PROFILE],
            [PROFILE],
            id="from a late step: what it needs is kept",
        ),
        pytest.param(
            GATHERED,
            Start(from_step=SAVE),
            [SITE, NEWS, REVIEWS],
            [],
            [PROFILE],
            id="from a step that was never reached: from the first unfinished one",
        ),
        pytest.param(
            WRITTEN,
            Start(fresh=True),
            [],
            [SITE, NEWS, REVIEWS, PROFILE],
            [SITE, NEWS, REVIEWS],
            id="fresh: nothing is kept",
        ),
    ],
)
def test_a_retry_keeps_and_resumes(
    stored: dict[str, StepState],
    start: Start,
    kept: list[str],
    dropped: list[str],
    resumes_at: list[str],
) -> None:
    found = restart(ANALYSIS, stored, start)
    assert (list(found.kept), list(found.dropped)) == (kept, dropped)
    assert list(found.resumes_at) == resumes_at


def test_what_has_ended_without_its_data_is_kept_and_named() -> None:
    stored = {**GATHERED, **board(get_reviews=DEGRADED)}
    assert restart(ANALYSIS, stored, Start()).without_data == (REVIEWS,)
    assert restart(ANALYSIS, stored, Start(from_step=REVIEWS)).without_data == ()


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        pytest.param("serch-news", "did you mean search-news?", id="a misspelt step"),
        pytest.param("plan-queries", None, id="a step of another type"),
    ],
)
def test_an_unknown_step_is_an_error_that_names_them_all(typed: str, near: str | None) -> None:
    with pytest.raises(UsageError, match="competitor_analysis has no step") as refused:
        restart(ANALYSIS, {}, Start(from_step=typed))
    assert refused.value.why == near
    assert refused.value.fix == f"one of: {', '.join([SITE, NEWS, REVIEWS, PROFILE, SAVE])}"


@given(kind=st.sampled_from(list(JOB_TYPES.values())), data=st.data())
def test_what_is_kept_has_all_it_needs_and_what_resumes_may_start(
    kind: JobType, data: st.DataObject
) -> None:
    names = [step.name for step in kind.steps]
    # Only what a run leaves: a step has begun when all that it needs has ended, and
    # with the last one the job has completed.
    stored: dict[str, StepState] = {}
    for step in kind.steps[:-1]:
        if all(stored.get(need, NEW).status in ENDED for need in step.needs):
            status = data.draw(st.sampled_from([None, WAITING, DONE, DEGRADED]))
            stored |= {step.name: StepState(status)} if status else {}
    start = data.draw(
        st.sampled_from([Start(), Start(fresh=True), *(Start(from_step=n) for n in names)])
    )
    found = restart(kind, stored, start)
    left = {name: stored[name] for name in found.kept}
    for step in kind.steps:
        assert step.name not in left or set(step.needs) <= set(left)
    assert found.resumes_at == tuple(s.name for s in startable(kind.steps, left, NOON))
    assert found.resumes_at
    assert start.from_step not in left


def test_a_retry_must_fail_again_after_just_those_failures_that_are_never_retried() -> None:
    hopeless = {code for code in FailureClass if fails_again(JobStatus.FAILED, code)}
    assert hopeless == {code for code, policy in POLICIES.items() if policy.retries == 0}


@pytest.mark.parametrize("code", [None, *EndCode, "of an older version"])
def test_other_ends_need_not_repeat(code: str | None) -> None:
    assert fails_again(JobStatus.FAILED, code) is None


def test_what_was_cancelled_need_not_fail_again() -> None:
    assert fails_again(JobStatus.CANCELLED, FailureClass.INVALID_INPUT) is None
