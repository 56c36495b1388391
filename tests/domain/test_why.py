"""Why a job is where it is: each cause from the facts that make it, and what helps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from plinthctl.domain.circuits import ANY_KEY, Circuit, CircuitState, Reason
from plinthctl.domain.expiry import DEFAULT_EXPIRY
from plinthctl.domain.failures import EndCode, FailureClass, Usage
from plinthctl.domain.job import JobStatus
from plinthctl.domain.pauses import ALL, Pause
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import (
    AuditView,
    EventView,
    JobDetail,
    JobView,
    StepView,
    TryView,
    WorkerView,
)
from plinthctl.domain.why import Cause, Explanation, Facts, explain
from tests.cli.samples import NOW, a_detail, a_job, ago, completed, failed, pending

TYPE: Final = "competitor_analysis"
USUAL_S: Final = (30.0, 90.0)


def a_worker(name: str = "host-7", **changes: Any) -> WorkerView:
    """A worker of ten places, two of them used, that reported two seconds ago."""
    worker = WorkerView(
        id=name,
        name=name,
        host="host",
        pid=7,
        types=(TYPE,),
        slots=10,
        started_at=ago(600),
        beat_at=ago(2),
        silent_s=2.0,
        running=2,
    )
    return replace(worker, **changes)


def a_try(number: int = 1, found: str = FailureClass.RATE_LIMITED) -> TryView:
    """A failed try of a call to Exa."""
    said = "Exa is limiting requests; try again in a minute."
    return TryView(number, 0, ago(20), ago(18), found, "exa", said, Usage(calls=1))


def waiting_step(retry_in_s: float) -> StepView:
    retry_at = NOW + timedelta(seconds=retry_in_s)
    step = StepView("search-news", StepStatus.WAITING, 1, retry_at, ago(20), ago(18))
    return replace(step, history=(a_try(),))


def facts(job: JobView, detail: dict[str, Any] | None = None, **changes: Any) -> Facts:
    given = {"workers": (a_worker(),), "pauses": (), "place": 1, **changes}
    return Facts(a_detail(job, **(detail or {})), usual_s=USUAL_S, clocks=DEFAULT_EXPIRY, **given)


def failure(found: str, provider: str = "exa") -> Facts:
    record = {"class": found, "provider": provider, "step": "search-news", "message": "No such."}
    steps = (replace(waiting_step(0), history=(a_try(1, found), a_try(2, found))),)
    return facts(failed(error_code=found), {"error_detail": record, "steps": steps})


def later(job: JobView, seconds: float) -> JobView:
    return replace(job, available_at=NOW + timedelta(seconds=seconds))


FULL: Final = a_worker(running=10)
PAUSED_TYPE: Final = Pause(TYPE, ago(60), "bo", "too dear")
REFUSES: Final = Circuit("exa", "k1", CircuitState.OPEN, Reason.AUTH_REFUSED, "No.", ago(60), NOW)
HELD: Final = Circuit("exa", ANY_KEY, CircuitState.OPEN, Reason.BY_HAND, "x", ago(60), None)
RECOVERED: Final = (EventView(4, ago(3), "recovered", None, {}),)
CANCELLED: Final = replace(failed(error=None), status=JobStatus.CANCELLED)
BY_ANA: Final = (AuditView(ago(5), "ana", "cancel", "wrong company", {}, {}),)
WITHOUT: Final = (StepView("get-reviews", StepStatus.DEGRADED, 0, None, ago(9), ago(8), "no key"),)
ASKED: Final = ago(4)
HELPS_WORKER: Final = "plinthctl worker"
WATCH: Final = "plinthctl watch 7Q2K9M4T"
RETRY: Final = "plinthctl retry 7Q2K9M4T"
CANCEL: Final = "plinthctl cancel 7Q2K9M4T"
OUTPUT: Final = "plinthctl show 7Q2K9M4T --output"
EVENTS: Final = "plinthctl show 7Q2K9M4T --events"

CASES: Final[list[tuple[str, Facts, Cause, str | None]]] = [
    ("its type is paused", facts(pending(), pauses=(PAUSED_TYPE,)),
     Cause.PAUSED, f"plinthctl resume {TYPE}"),
    ("all intake is paused", facts(pending(), pauses=(replace(PAUSED_TYPE, scope=ALL),)),
     Cause.PAUSED, "plinthctl resume --all"),
    ("paused and no worker alive", facts(pending(), pauses=(PAUSED_TYPE,), workers=()),
     Cause.PAUSED, f"plinthctl resume {TYPE}"),
    ("a provider refuses the key", facts(replace(pending(), parked="exa"), circuits=(REFUSES,)),
     Cause.PARKED, "plinthctl providers close exa"),
    ("an operator holds it back", facts(replace(pending(), parked="exa"), circuits=(HELD,)),
     Cause.PARKED, "plinthctl providers close exa"),
    ("given back after two losses", facts(later(pending(), 27), {"events": RECOVERED}),
     Cause.WORKER_WAS_LOST, WATCH),
    ("a step is tried again later", facts(later(pending(), 8), {"steps": (waiting_step(8),)}),
     Cause.BACKING_OFF, WATCH),
    ("it was submitted for later", facts(later(pending(), 600), {"steps": ()}),
     Cause.SCHEDULED, f"{WATCH} --timeout none"),
    ("no worker has ever reported", facts(pending(), workers=()), Cause.NO_WORKER, HELPS_WORKER),
    ("the only worker is silent", facts(pending(), workers=(a_worker(silent_s=40.0),)),
     Cause.NO_WORKER, HELPS_WORKER),
    ("workers run other types only", facts(pending(), workers=(a_worker(types=("x",)),)),
     Cause.NO_WORKER_FOR_TYPE, f"plinthctl worker --types {TYPE}"),
    ("all places are taken", facts(pending(), workers=(FULL,), place=6),
     Cause.IN_LINE, HELPS_WORKER),
    ("far behind in the line", facts(pending(), workers=(FULL,), place=None),
     Cause.IN_LINE, HELPS_WORKER),
    ("a worker has room", facts(pending()), Cause.ABOUT_TO_START, WATCH),
    ("due again after a back-off", facts(pending(), {"steps": (waiting_step(-1),)}),
     Cause.ABOUT_TO_START, WATCH),
    ("a cancel was just asked for", facts(a_job(cancel_requested_at=ago(1))),
     Cause.CANCELLING, WATCH),
    ("a cancel is not answered", facts(a_job(cancel_requested_at=ASKED)),
     Cause.CANCELLING, CANCEL),
    ("its worker is silent", facts(a_job(), workers=(a_worker(silent_s=16.0),)),
     Cause.WORKER_SILENT, "plinthctl reap"),
    ("its worker is unknown", facts(a_job(), workers=()), Cause.WORKER_SILENT, "plinthctl reap"),
    ("it runs for eleven minutes", facts(a_job(started_at=ago(660))),
     Cause.TOO_LONG, "plinthctl reap"),
    ("a step waits beside others", facts(a_job(), {"steps": (waiting_step(8),)}),
     Cause.STEP_WAITS, WATCH),
    ("it takes longer than usual", facts(a_job(started_at=ago(91))), Cause.SLOW, CANCEL),
    ("it takes as long as usual", facts(a_job(started_at=ago(90))), Cause.ON_COURSE, WATCH),
    ("it expired in the queue", failure(EndCode.EXPIRED_IN_QUEUE), Cause.EXPIRED_IN_QUEUE, RETRY),
    ("it expired running", failure(EndCode.EXPIRED_RUNNING), Cause.EXPIRED_RUNNING, RETRY),
    ("its worker died thrice", failure(EndCode.WORKER_LOST), Cause.WORKER_LOST, EVENTS),
    ("the key was refused", failure(FailureClass.AUTH_FAILURE),
     Cause.KEY_REJECTED, "plinthctl doctor"),
    ("the budget is used up", failure(FailureClass.QUOTA_EXHAUSTED), Cause.QUOTA_USED_UP, RETRY),
    ("its input is wrong", failure(FailureClass.INVALID_INPUT), Cause.INPUT_AT_FAULT, None),
    ("the content was declined", failure(FailureClass.CONTENT_REFUSED),
     Cause.CONTENT_REFUSED, None),
    ("no answer could be read", failure(FailureClass.PARSE_ERROR, "llm"),
     Cause.ANSWER_UNREADABLE, RETRY),
    ("the provider limits us", failure(FailureClass.RATE_LIMITED),
     Cause.PROVIDER_IN_TROUBLE, RETRY),
    ("the provider is away", failure(FailureClass.PROVIDER_UNAVAILABLE),
     Cause.PROVIDER_IN_TROUBLE, RETRY),
    ("the provider does not answer", failure(FailureClass.NETWORK_TIMEOUT),
     Cause.PROVIDER_IN_TROUBLE, RETRY),
    ("nobody knows", failure(FailureClass.UNKNOWN), Cause.UNKNOWN_FAILURE, EVENTS),
    ("somebody cancelled it", facts(CANCELLED, {"audits": BY_ANA}), Cause.CANCELLED, RETRY),
    ("parts of it are missing", facts(completed(), {"steps": WITHOUT}), Cause.DEGRADED, OUTPUT),
    ("it completed", facts(completed(), {"steps": ()}), Cause.COMPLETED, OUTPUT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "cause", "command"), [pytest.param(*case, id=name) for name, *case in CASES]
)
def test_the_cause_and_what_helps(given: Facts, cause: Cause, command: str | None) -> None:
    found = explain(given)
    assert (found.cause, found.command) == (cause, command)
    assert found.evidence or found.otherwise
    assert found.sentence.endswith(".")


def test_every_cause_has_a_case() -> None:
    assert {cause for _, _, cause, _ in CASES} == set(Cause)


def test_where_nothing_helps_it_says_why() -> None:
    helpless = [found for _, given, _, _ in CASES if (found := explain(given)).command is None]
    assert helpless
    assert all(found.otherwise for found in helpless)


def said(found: Explanation) -> str:
    return " ".join((found.sentence, *found.evidence))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(
            facts(pending(), workers=()), "it expires in 4m24s", id="until when it may wait"
        ),
        pytest.param(
            facts(pending(available_at=ago(400)), workers=()), "the next sweep", id="too late"
        ),
        pytest.param(
            facts(pending(), workers=(FULL, a_worker("b", running=10)), place=21),
            "21st in line; it expires in 4m24s. 20 of 20 places of 2 workers are taken "
            "about 2m until its turn",
            id="when its turn is likely to come",
        ),
        pytest.param(
            facts(later(pending(), 8), {"steps": (waiting_step(8),)}),
            "search-news, try 1: rate_limited: Exa is limiting requests",
            id="each try",
        ),
        pytest.param(
            facts(CANCELLED, {"audits": BY_ANA}), "ana cancelled it. because: wrong company",
            id="who and why",
        ),
        pytest.param(
            facts(a_job(started_at=ago(91))), "generate-profile has run for", id="in which step"
        ),
        pytest.param(failure(FailureClass.AUTH_FAILURE, "llm"), "The LLM refused", id="whose key"),
    ],
)  # fmt: skip
def test_the_evidence_says(given: Facts, words: str) -> None:
    assert words in said(explain(given))


def test_a_job_of_an_unknown_status_message_is_explained_without_steps() -> None:
    bare = JobDetail(a_job(), {}, None, None, ())
    assert explain(replace(facts(a_job()), detail=bare)).cause is Cause.ON_COURSE
