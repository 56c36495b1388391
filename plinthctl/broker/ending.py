"""Ending tasks that speak to Redis."""

import asyncio
from typing import Any, Final

AGAIN_S: Final = 0.1


async def ended(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks until they have ended; what they raise is nobody's any more.

    Cancelling once is not enough: redis-py sends within `asyncio.wait_for`, which on
    Python 3.11 loses a cancellation that comes just as the sending is done.
    """
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)
