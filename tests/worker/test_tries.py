"""One try of one step: what it is handed, and what becomes of what it does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from plinthctl.domain.failures import Failure, FailureClass, Usage
from tests.stores import an_id
from tests.worker.states import NOON, PROFILE, RUNNING, SCRAPE, failure, state
from worker.context import Finished, ProviderError, StepContext
from worker.plan import Done, Ended, Failed
from worker.tries import Bill, Surroundings, attempt

C = FailureClass
AROUND = Surroundings(
    providers=None,  # type: ignore[arg-type]  # no step of ours asks for one
    now=lambda: NOON,
    new_id=an_id,
    redact=lambda text: text.replace("sk-secret", "****"),
)


def tried(step: Callable[[StepContext], Awaitable[Any]], **more: Any) -> Ended:
    return asyncio.run(attempt(step, state({PROFILE: RUNNING}, **more), PROFILE, None, AROUND))


def handed(**more: Any) -> StepContext:
    """The context that a step is called with."""
    seen: list[StepContext] = []

    async def look(context: StepContext) -> str:
        seen.append(context)
        return "seen"

    assert tried(look, **more).outcome == Done("seen")
    return seen[0]


@pytest.mark.parametrize(
    ("last", "feedback", "room"),
    [
        pytest.param(None, None, 1, id="a first try: no feedback, usual room"),
        pytest.param(
            failure(C.PARSE_ERROR, detail="no 'summary'"), "no 'summary'", 1, id="unreadable: why"
        ),
        pytest.param(
            failure(C.PARSE_ERROR),
            "The answer of Exa could not be read.",
            1,
            id="unreadable without detail: what is known",
        ),
        pytest.param(
            failure(C.PARSE_ERROR, detail="cut", provider_code="length"),
            "cut",
            2,
            id="cut short: twice the room",
        ),
        pytest.param(
            failure(C.RATE_LIMITED, detail="slow down"), None, 1, id="any other failure: nothing"
        ),
    ],
)
def test_a_retry_is_told_what_was_wrong_with_the_last_answer(
    last: Failure | None, feedback: str | None, room: int
) -> None:
    context = handed(last_failure={PROFILE: last} if last else {})
    assert (context.feedback, context.room) == (feedback, room)


def test_one_step_hears_nothing_of_another_ones_failure() -> None:
    context = handed(last_failure={SCRAPE: failure(C.PARSE_ERROR, provider_code="length")})
    assert (context.feedback, context.room) == (None, 1)


def test_every_request_of_a_try_carries_its_job_step_and_number() -> None:
    assert handed().call.request_id == f"job_1:{PROFILE}:1"


def test_a_provider_s_failure_is_the_try_s() -> None:
    refused = failure(C.AUTH_FAILURE)

    async def fail(context: StepContext) -> None:
        context.call.spend(Usage(calls=1, cost_usd=0.2))
        raise ProviderError(refused)

    end = tried(fail)
    assert (end.outcome, end.usage) == (Failed(refused), Usage(calls=1, cost_usd=0.2))


def _raising(error: BaseException) -> Callable[[StepContext], Awaitable[Any]]:
    async def fail(_: StepContext) -> None:
        raise error

    return fail


class Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        pytest.param(ValueError("key sk-secret"), "ValueError: key ****", id="secrets blanked"),
        pytest.param(SystemExit(3), "SystemExit: 3", id="even an exit"),
        pytest.param(KeyboardInterrupt(), "KeyboardInterrupt: ", id="even an interrupt"),
        pytest.param(
            asyncio.CancelledError(), "CancelledError: ", id="a cancelling that nobody asked for"
        ),
        pytest.param(Wordless(), "Wordless: (without words)", id="an error that cannot speak"),
    ],
)
def test_whatever_a_step_raises_is_a_failed_try_of_unknown_class(
    error: BaseException, detail: str
) -> None:
    outcome = tried(_raising(error)).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.failure_class, outcome.failure.detail) == (C.UNKNOWN, detail)


def test_a_very_long_error_is_kept_in_part() -> None:
    outcome = tried(_raising(ValueError("x" * 10_000))).outcome
    assert isinstance(outcome, Failed)
    assert len(outcome.failure.detail or "") == 500


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="no JSON"),
        pytest.param(float("nan"), id="not a number"),
        pytest.param(Finished({"at": NOON}), id="a time in the output"),
    ],
)
def test_a_result_that_cannot_be_stored_is_a_failed_try(value: Any) -> None:
    async def bring(_: StepContext) -> Any:
        return value

    assert isinstance(tried(bring).outcome, Failed)


def test_a_step_that_is_cancelled_by_us_has_not_failed() -> None:
    async def cancel_it() -> None:
        begun = asyncio.Event()

        async def wait_long(_: StepContext) -> None:
            begun.set()
            await asyncio.Event().wait()

        run = state({PROFILE: RUNNING})
        task = asyncio.create_task(attempt(wait_long, run, PROFILE, None, AROUND))
        await begun.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel_it())


def test_a_bill_is_the_sum_and_what_is_unknown_of_a_part_is_unknown_of_all() -> None:
    bill = Bill()
    bill.spend(Usage(calls=1, cost_usd=0.5, credits=1.0))
    bill.spend(Usage(calls=2, cost_usd=0.25))
    assert bill.total == Usage(calls=3, cost_usd=0.75, credits=None)
    bill.spend(Usage(calls=1))
    bill.spend(Usage(calls=1, cost_usd=0.25))
    assert bill.total == Usage(calls=5, cost_usd=None)


def test_a_provider_s_failure_holds_no_secret_of_another() -> None:
    said = failure(C.UNKNOWN, detail="sk-secret", provider_code="sk-secret", request_id="sk-secret")

    async def fail(_: StepContext) -> None:
        raise ProviderError(replace(said, message="sk-secret"))

    outcome = tried(fail).outcome
    assert isinstance(outcome, Failed)
    kept = outcome.failure
    assert {kept.message, kept.detail, kept.provider_code, kept.request_id} == {"****"}
