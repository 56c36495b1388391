"""Waits as for a provider, and tells each second how far it is."""

import asyncio

from tests.bench.catalogue import BenchInput
from worker.context import Finished, StepContext


async def run(context: StepContext) -> Finished:
    assert isinstance(context.input, BenchInput)
    seconds = int(context.input.step_s)
    for second in range(seconds):
        await asyncio.sleep(1)
        context.reached(second / seconds)
    return Finished(output={})


STEPS = {"run": run}
