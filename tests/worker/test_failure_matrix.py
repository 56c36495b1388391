"""The acceptance tests of contracts/error-classification.md section 7: a matrix of its
16 rows and the four providers, over loopback HTTP with real clients and a real worker.

Requests are counted from the simulator's journal. All cases run at the same time, once;
each test looks at what became of one of them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final

import pytest

from plinthctl.domain.failures import FailureClass, text_for
from plinthctl.domain.job import JobStatus
from plinthctl.domain.retries import G2_SILENT_WAIT_S
from plinthctl.store import Store
from plinthctl.store.tables import job_steps
from tests.envelopes import absent_server, sentry_server
from tests.store.acts import table_rows
from tests.worker.matrix import (
    COMPANY,
    HASTY_S,
    KEY,
    PROVIDERS,
    STEP,
    Order,
    Outcome,
    Stage,
    stage,
)
from tests.worker.states import NEWS, PROFILE, REVIEWS, SCRAPE
from worker.pipelines.prompts.competitor_profile import SYSTEM
from worker.providers import exa, firecrawl, g2

F = FailureClass
DEGRADABLE: Final = frozenset({"exa", "g2"})  # their steps may end without their data
# Of the time limit, the part after which a silent answer is given up.
READ_SHARE: Final = {
    "firecrawl": firecrawl.READ_SHARE,
    "exa": exa.READ_SHARE,
    "g2": g2.READ_SHARE,
    "llm": 1.0,
}
SOON_S: Final = 1.0
# Whatever is late on a busy machine: a claim each second at most, and the machine itself.
SLACK_S: Final = 20.0

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One cell of the matrix, and one more where it has a number."""

    row: int
    says: str
    order: Order
    check: Callable[[Outcome], None]
    hasty: bool = False

    @property
    def name(self) -> str:
        return f"{self.row}. {self.order.provider}: {self.says}"


# -- what is looked at -----------------------------------------------------------------


def completed(one: Outcome) -> None:
    assert one.job.status is JobStatus.COMPLETED, one.job.error
    assert (one.job.error, one.detail.error_detail) == (None, None)


def failed(one: Outcome, kind: FailureClass, retries: int) -> None:
    """It failed for good, said so as UX.md 3.5 has it, and was reported once."""
    record = one.detail.error_detail
    assert record is not None, one.job.status
    assert one.job.status is JobStatus.FAILED
    assert (record["class"], record["provider"]) == (kind.value, one.provider)
    assert (record["step"], record["retries"]) == (STEP[one.provider], retries)
    assert (record["attempt"], record["max_attempts"]) == (retries + 1, 4)
    assert one.job.error is not None
    assert record["message"].rstrip(".") in one.job.error
    assert one.job.error.startswith(_RETRIED[retries])


_RETRIED: Final = {0: "", 1: "Failed after 1 retry: ", 3: "Failed after 3 retries: "}


def reported(one: Outcome, level: str) -> None:
    [event] = one.reports
    record = one.detail.error_detail or {}
    assert (event["event_id"], event["level"]) == (record["sentry_event_id"], level)
    assert event["tags"] == {
        "job_type": one.job.type,
        "error_class": record["class"],
        "step": STEP[one.provider],
        "provider": one.provider,
    }


def ended_without(one: Outcome, kind: FailureClass) -> None:
    """The step ended without its data, and the job's output says so."""
    completed(one)
    assert one.classes[-1] == kind
    assert [warning["step"] for warning in one.warnings] == [STEP[one.provider]]
    assert one.warnings[0]["reason"].endswith(".")
    assert "step_degraded" in one.kinds
    assert one.reports == []


def given_up(one: Outcome, kind: FailureClass, retries: int) -> None:
    """The end of a step whose tries are used up."""
    if one.provider in DEGRADABLE:
        ended_without(one, kind)
    else:
        failed(one, kind, retries)
        reported(one, "warning")


def each_try_is_told(one: Outcome, *classes: FailureClass | None) -> None:
    """In its own row, and as an event of the job's history."""
    assert one.classes == list(classes)
    of_step = [e for e in one.detail.events if e.data.get("step") == STEP[one.provider]]
    tried = [e for e in of_step if e.kind in {"step_failed", "step_done", "step_degraded"}]
    assert [event.data["try"] for event in tried] == list(range(1, len(classes) + 1))
    assert [event.data.get("class") for event in tried] == list(classes)
    assert all(event.data.get("retry_at") for event in tried[:-1])


# -- the rows --------------------------------------------------------------------------


def waits_as_asked(least_s: float) -> Callable[[Outcome], None]:
    def check(one: Outcome) -> None:
        completed(one)
        each_try_is_told(one, F.RATE_LIMITED, None)
        assert len(one.requests_of(1)) == 1
        assert least_s <= one.pause_s <= least_s + SLACK_S
        assert "waiting" in one.kinds  # the job was pending: the slot was free meanwhile

    return check


def waits_for_g2s_minute(one: Outcome) -> None:
    assert (one.job.status, one.classes) == (JobStatus.PENDING, [F.RATE_LIMITED])
    wait_s = (one.job.available_at - one.tries[0].ended_at).total_seconds()
    assert G2_SILENT_WAIT_S <= wait_s <= G2_SILENT_WAIT_S + SLACK_S
    assert one.job.worker is None
    assert "G2 is limiting requests, next try in" in (one.job.status_message or "")


def is_asked_once(kind: FailureClass, level: str = "error") -> Callable[[Outcome], None]:
    def check(one: Outcome) -> None:
        assert len(one.requests) == 1
        failed(one, kind, 0)
        reported(one, level)
        assert one.job.error == text_for(kind, one.provider)

    return check


def goes_without_at_once(kind: FailureClass) -> Callable[[Outcome], None]:
    def check(one: Outcome) -> None:
        assert len(one.requests) == 1
        ended_without(one, kind)

    return check


def is_read_at_the_second_try(one: Outcome) -> None:
    completed(one)
    each_try_is_told(one, F.PARSE_ERROR, None)
    assert len(one.requests_of(1)) == 1
    assert one.reports == []
    if one.provider == "llm":
        first, second = (tried.usage for tried in one.tries)
        assert first.output_tokens and second.output_tokens
        assert one.step.cost.output_tokens == first.output_tokens + second.output_tokens
        # The simulator counts what it was sent: the second prompt says what was wrong.
        assert first.input_tokens and second.input_tokens
        assert second.input_tokens > first.input_tokens


def is_unreadable_twice(one: Outcome) -> None:
    each_try_is_told(one, F.PARSE_ERROR, F.PARSE_ERROR)
    assert len(one.requests) == 2
    given_up(one, F.PARSE_ERROR, 1)


def is_the_users_fault(words: str) -> Callable[[Outcome], None]:
    def check(one: Outcome) -> None:
        assert len(one.requests) == 1
        failed(one, F.INVALID_INPUT, 0)
        assert (one.detail.error_detail or {})["user_fault"] is True
        assert words in (one.job.error or "")
        assert one.reports == []

    return check


def never_answers(one: Outcome) -> None:
    each_try_is_told(one, *[F.NETWORK_TIMEOUT] * 4)
    assert len(one.requests) == 4
    took_s = (one.tries[-1].ended_at - one.tries[0].started_at).total_seconds()
    assert 4 * HASTY_S * READ_SHARE[one.provider] <= took_s <= 4 * HASTY_S + SLACK_S
    if one.provider in DEGRADABLE:
        ended_without(one, F.NETWORK_TIMEOUT)
    else:
        failed(one, F.NETWORK_TIMEOUT, 3)


def drips_until_the_deadline(one: Outcome) -> None:
    completed(one)
    each_try_is_told(one, F.NETWORK_TIMEOUT, None)
    first = one.tries[0]
    took_s = (first.ended_at - first.started_at).total_seconds()
    assert HASTY_S <= took_s <= HASTY_S + SLACK_S
    assert [call.end for call in one.requests_of(1)] == ["aborted"]


def says_that_reviews_are_missing(one: Outcome) -> None:
    assert len(one.requests) == 1
    ended_without(one, F.QUOTA_EXHAUSTED)
    assert one.warnings == [{"step": REVIEWS, "reason": "Reviews are not in our G2 plan."}]


def does_not_wait_an_hour(one: Outcome) -> None:
    assert len(one.requests) == 1
    assert "waiting" not in one.kinds
    if one.provider in DEGRADABLE:
        ended_without(one, F.RATE_LIMITED)
        return
    failed(one, F.RATE_LIMITED, 0)
    assert (one.detail.error_detail or {})["retry_after_s"] == 3600
    assert "asks to wait 3600 s; try again after " in (one.job.error or "")


def ends_cancelled_while_it_waits(one: Outcome) -> None:
    assert one.job.status is JobStatus.CANCELLED
    assert one.cancelled_at is not None and one.job.completed_at is not None
    assert (one.job.completed_at - one.cancelled_at).total_seconds() < SOON_S
    assert (one.classes, one.reports) == ([F.RATE_LIMITED], [])
    assert len(one.requests) == 1


def ends_as_ever(one: Outcome) -> None:
    assert len(one.requests) == 1
    failed(one, F.AUTH_FAILURE, 0)
    assert one.job.error == text_for(F.AUTH_FAILURE, one.provider)
    assert one.reports == []  # nobody was there to hear of it


def is_reported_to_nobody(one: Outcome) -> None:
    completed(one)
    assert one.classes == [F.RATE_LIMITED, None]
    assert one.reports == []


def is_reported(one: Outcome) -> None:
    """Whose words are then looked for in all that was sent and logged."""
    failed(one, F.AUTH_FAILURE, 0)
    reported(one, "error")


# -- the cases -------------------------------------------------------------------------


def fault(provider: str, name: str, **options: Any) -> Order:
    return Order(provider, [(name, options)])


def often(provider: str, name: str, times: int) -> Order:
    return Order(provider, [(name, {"times": times})])


def _in_s(seconds: float) -> str:
    """That time as an HTTP date."""
    return formatdate(time.time() + seconds, usegmt=True)


UNREADABLE: Final = {**dict.fromkeys(PROVIDERS, "broken_json"), "llm": "prose"}


def cases() -> Iterator[Case]:
    """Every cell of the matrix that says something."""
    for one in PROVIDERS:
        order = fault(one, "rate_limited", retry_after=2)
        yield Case(1, "429 for 2 s, then well", order, waits_as_asked(2.0))
    yield from _own_forms()
    for one in PROVIDERS:
        order = fault(one, "unauthorized")
        yield Case(3, "401 is asked once", order, is_asked_once(F.AUTH_FAILURE))
    for one in ("firecrawl", "llm"):
        order = fault(one, "no_credits")
        yield Case(4, "no money is asked once", order, is_asked_once(F.QUOTA_EXHAUSTED))
    for one in PROVIDERS:
        order = fault(one, UNREADABLE[one])
        yield Case(5, "unreadable, then well", order, is_read_at_the_second_try)
    order = fault("llm", "length")
    yield Case(5, "cut short, then given more room", order, is_read_at_the_second_try)
    for one in PROVIDERS:
        order = often(one, UNREADABLE[one], 2)
        yield Case(6, "unreadable twice is final", order, is_unreadable_twice)
    missing = is_the_users_fault("The website acme.com does not exist.")
    yield Case(7, "no such host", fault("firecrawl", "no_such_host"), missing)
    missing = is_the_users_fault("does not exist (404).")
    yield Case(7, "no such page", fault("firecrawl", "target_404"), missing)
    for one in PROVIDERS:
        order = often(one, "timeout", 4)
        yield Case(8, "never answers: 1 and 3 tries", order, never_answers, hasty=True)
    for one in PROVIDERS:
        order = fault(one, "drip")
        yield Case(9, "drips until the deadline", order, drips_until_the_deadline, hasty=True)
    order = fault("exa", "no_key")
    yield Case(10, "402 without a key", order, is_asked_once(F.AUTH_FAILURE))
    order = fault("exa", "no_credits")
    yield Case(10, "402 without credits", order, goes_without_at_once(F.QUOTA_EXHAUSTED))
    for name in ("not_in_plan", "no_access"):
        yield Case(11, f"403 {name}", fault("g2", name), says_that_reviews_are_missing)
    for one in PROVIDERS:
        order = fault(one, "rate_limited", retry_after=3600)
        yield Case(12, "429 for an hour fails at once", order, does_not_wait_an_hour)
    for one in PROVIDERS:
        order = Order(one, [("rate_limited", {"retry_after": 60})], cancel=True)
        yield Case(13, "cancelled while it waits", order, ends_cancelled_while_it_waits)
    for one in PROVIDERS:
        order = fault(one, "unauthorized")
        yield Case(14, "401 while Sentry is away", order, ends_as_ever, hasty=True)
    for one in PROVIDERS:
        order = fault(one, "rate_limited", retry_after=0)
        yield Case(15, "429, then well, is no report", order, is_reported_to_nobody)
    for one in PROVIDERS:
        order = fault(one, "unauthorized")
        yield Case(16, "a report holds nobody's words", order, is_reported)


def _own_forms() -> Iterator[Case]:
    """Row 2: how long in the words of each."""
    order = fault("firecrawl", "rate_limited", retry_after_text=3)
    yield Case(2, "429 with 3 s in its text", order, waits_as_asked(3.0))
    order = fault("exa", "rate_limited", retry_after=_in_s(6))
    yield Case(2, "429 with an HTTP date", order, waits_as_asked(1.0))
    order = Order("g2", [("blocked", {})], waits=True)
    yield Case(2, "blocked without a word: a minute", order, waits_for_g2s_minute)
    order = fault("llm", "rate_limited", retry_after_ms=2500)
    yield Case(2, "429 with milliseconds", order, waits_as_asked(2.5))


CASES: Final = tuple(cases())
# Rows of section 7, and of each provider how many cases. What is missing has no such
# answer: only Firecrawl is asked about a host, only Exa pays by request, only G2 has plans;
# no money is row 10 for Exa and row 11 for G2.
GRID: Final = {
    #   Firecrawl, Exa, G2, LLM
    1: (1, 1, 1, 1),
    2: (1, 1, 1, 1),
    3: (1, 1, 1, 1),
    4: (1, 0, 0, 1),
    5: (1, 1, 1, 2),
    6: (1, 1, 1, 1),
    7: (2, 0, 0, 0),
    8: (1, 1, 1, 1),
    9: (1, 1, 1, 1),
    10: (0, 2, 0, 0),
    11: (0, 0, 2, 0),
    12: (1, 1, 1, 1),
    13: (1, 1, 1, 1),
    14: (1, 1, 1, 1),
    15: (1, 1, 1, 1),
    16: (1, 1, 1, 1),
}
NUMBER_OF_CASES: Final = 57


def test_the_matrix_has_every_row_and_its_fixed_number_of_cases() -> None:
    counted = Counter((case.row, case.order.provider) for case in CASES)
    grid = {row: tuple(counted[row, one] for one in PROVIDERS) for row in range(1, 17)}
    assert grid == GRID
    assert len(CASES) == sum(map(sum, GRID.values())) == NUMBER_OF_CASES
    assert len({case.name for case in CASES}) == NUMBER_OF_CASES


# -- all at once -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Stage, Mapping[str, Outcome]]]:
    folder = tmp_path_factory.mktemp("matrix")
    usual = [case for case in CASES if not case.hasty]
    hasty = [case for case in CASES if case.hasty]
    with sentry_server() as sentry, stage(folder, sentry, absent_server()) as here:
        outcomes = here.play([case.order for case in usual], [case.order for case in hasty])
        names = [case.name for case in (*usual, *hasty)]
        yield here, dict(zip(names, outcomes, strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case_ends_as_section_7_says(
    case: Case, played: tuple[Stage, Mapping[str, Outcome]]
) -> None:
    case.check(played[1][case.name])


def _own_words(store: Store, one: Outcome) -> Mapping[str, list[str]]:
    """What each provider said, or was told, in the run of a job that completed."""
    rows = table_rows(store, job_steps, job_id=one.job.id)
    said = {row["step"]: row["output"] for row in rows}
    reviews = said[REVIEWS]["reviews"]
    return {
        "firecrawl": said[SCRAPE]["markdown"].split("\n\n")[1:],
        "exa": [hit["title"] for hit in said[NEWS]] + [hit["text"] for hit in said[NEWS]],
        "g2": [text for one in reviews for text in (one["liked"], one["attribution"])],
        "llm": [SYSTEM[:60], said[PROFILE]["profile"]["summary"]["text"]],
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_of_what_a_provider_was_told_or_said_is_in_a_report_or_in_the_log(
    provider: str, played: tuple[Stage, Mapping[str, Outcome]]
) -> None:
    here, outcomes = played
    told = here.sentry.raw + here.log.getvalue()
    assert "job_" in told and STEP[provider] in told
    some = outcomes["5. llm: unreadable, then well"]
    words = [KEY, COMPANY, *filter(None, _own_words(here.usual.store, some)[provider])]
    assert len(words) > 3
    assert [word for word in words if word in told] == []


def test_a_report_names_no_organisation_and_no_user(
    played: tuple[Stage, Mapping[str, Outcome]],
) -> None:
    here, outcomes = played
    for one in outcomes.values():
        assert one.job.org not in here.sentry.raw
        assert one.job.user not in here.sentry.raw


def test_only_final_failures_are_reported_and_each_once(
    played: tuple[Stage, Mapping[str, Outcome]],
) -> None:
    here, outcomes = played
    reported_jobs = Counter(event["extra"]["jobId"] for event in here.sentry.events)
    assert set(reported_jobs.values()) == {1}
    ended = {one.job.id: one.job.status for one in outcomes.values()}
    assert {ended[job_id] for job_id in reported_jobs} == {JobStatus.FAILED}


def test_the_text_of_each_end_is_what_users_are_shown(
    played: tuple[Stage, Mapping[str, Outcome]],
) -> None:
    unreadable = played[1]["6. llm: unreadable twice is final"].job
    assert unreadable.error == "Failed after 1 retry: The answer of the LLM could not be read."
    slow = played[1]["8. firecrawl: never answers: 1 and 3 tries"].job
    assert slow.error == "Failed after 3 retries: Firecrawl did not answer in time."
