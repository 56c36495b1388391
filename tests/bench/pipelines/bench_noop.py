"""Does nothing, and says when."""

import time

from worker.context import Finished, StepContext


async def run(context: StepContext) -> Finished:
    """The machine's clock at its start."""
    return Finished(output={"began_s": time.monotonic()})


STEPS = {"run": run}
