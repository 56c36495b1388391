"""One try of one step: what it is handed, and how it ended, in our words."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plinthctl.domain import inputs
from plinthctl.domain.catalog import job_type
from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.failures import DETAIL_CHARS, Failure, FailureClass, Usage
from plinthctl.domain.ids import IdPrefix
from worker.context import Call, Finished, ProviderError, Providers, StepContext, StepFunction
from worker.plan import Done, Ended, Failed, RunState, unknown

TRUNCATED = "length"  # the provider code of an answer that hit its token limit


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every try of a worker has in common."""

    providers: Providers
    now: Callable[[], datetime]
    new_id: Callable[[IdPrefix], str]
    redact: Callable[[str], str]


async def attempt(
    function: StepFunction,
    state: RunState,
    step: str,
    decision: DecisionContext | None,
    around: Surroundings,
) -> Ended:
    """Run a step once. Whatever it raises becomes a failure, but for our own cancelling."""
    started_at = around.now()
    bill = Bill()
    try:
        context = _context(state, step, decision, around, bill)
        outcome: Done | Failed = Done(_checked(await function(context)))
    except ProviderError as error:
        outcome = Failed(_redacted(error.failure, around.redact))
    except asyncio.CancelledError as error:
        if _asked_to_cancel():
            raise
        outcome = Failed(unknown(unforeseen(error, around.redact)), error)
    except GeneratorExit:  # the loop is being torn down; a coroutine must not answer this
        raise
    except BaseException as error:  # noqa: BLE001 - a step's SystemExit is a failed step, too
        outcome = Failed(unknown(unforeseen(error, around.redact)), error)
    return Ended(step, outcome, started_at, around.now(), bill.total)


class Bill:
    """What one try has cost so far; once a part is unknown, so is the whole."""

    def __init__(self) -> None:
        self.total = Usage()

    def spend(self, usage: Usage) -> None:
        """Add one request's cost."""
        self.total = self.total.plus(usage)


def _context(
    state: RunState,
    step: str,
    decision: DecisionContext | None,
    around: Surroundings,
    bill: Bill,
) -> StepContext:
    job = state.job
    last = state.last_failure.get(step)
    model = job_type(job.type).input_model
    return StepContext(
        job_id=job.id,
        org=job.org,
        step=step,
        input=inputs.parse(model, job.input, job_type=job.type),
        outputs=state.outputs,
        decision=decision,
        feedback=_feedback(last),
        room=2 if last is not None and last.provider_code == TRUNCATED else 1,
        providers=around.providers,
        call=Call(f"{job.id}:{step}:{state.tries(step) + 1}", bill.spend),
        now=around.now,
        new_id=around.new_id,
    )


def _feedback(last: Failure | None) -> str | None:
    parse_error = last is not None and last.failure_class is FailureClass.PARSE_ERROR
    return (last.detail or last.message) if last is not None and parse_error else None


def _checked(value: Any) -> Any:
    """The step's result, if it can be stored.

    Raises:
        TypeError, ValueError: it is not JSON.
    """
    json.dumps(value.output if isinstance(value, Finished) else value, allow_nan=False)
    return value


def _asked_to_cancel() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def unforeseen(error: BaseException, redact: Callable[[str], str]) -> str:
    """What may be kept of an exception that nobody foresaw."""
    return redact(f"{type(error).__name__}: {_said(error)}")[:DETAIL_CHARS]


def _redacted(failure: Failure, redact: Callable[[str], str]) -> Failure:
    """The failure without any secret: its provider knew only its own."""
    return replace(
        failure,
        message=redact(failure.message),
        detail=failure.detail and redact(failure.detail),
        provider_code=failure.provider_code and redact(failure.provider_code),
        request_id=failure.request_id and redact(failure.request_id),
    )


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error that cannot even say what it is
        return "(without words)"
