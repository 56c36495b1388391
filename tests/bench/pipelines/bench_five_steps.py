"""Five steps that sleep as long as they are told, and note each start."""

import asyncio
from typing import Any

from tests.bench import notes
from tests.bench.catalogue import BenchInput
from worker.context import Finished, StepContext


async def _step(context: StepContext) -> Any:
    assert isinstance(context.input, BenchInput)
    notes.start(context.job_id, context.step)
    if context.input.step_s:
        await asyncio.sleep(context.input.step_s)
    return {"text": "x" * 200}


async def _last(context: StepContext) -> Finished:
    return Finished(output=await _step(context))


STEPS = {**{f"step-{number}": _step for number in range(1, 5)}, "step-5": _last}
