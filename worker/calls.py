"""The worker's way to the store: threads of its own, never asyncio's default ones.

Parsing a large page in the default executor would hold up a save.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, repeat
from typing import Final, ParamSpec, TypeVar

from plinthctl.domain.runs import Answer, Change
from plinthctl.errors import StoreUnavailable
from plinthctl.store import Store
from worker.outage import Outage

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0


class StoreCalls:
    """The store's calls, each awaited in one of ``threads`` threads.

    Attributes:
        outage: Is told of each that was not answered by whoever makes it again.
    """

    def __init__(self, store: Store, threads: int) -> None:
        self.store = store
        self.outage = Outage()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` returns or raises.

        Shielded: a write that was asked for happens, whoever stops waiting for it.
        """
        loop = asyncio.get_running_loop()
        bound = partial(call, *args, **kwargs)
        return await asyncio.shield(loop.run_in_executor(self._threads, bound))

    def close(self) -> None:
        """Wait for the calls that are under way."""
        self._threads.shutdown(wait=True)


async def apply_surely(calls: StoreCalls, change: Change, held: Callable[[], bool]) -> Answer:
    """Apply a change until the store has answered; LOST once ``held`` says no more.

    Asking again is safe: every change carries its claim's token.
    """
    for pause_s, again in zip(pauses_s(), chain([False], repeat(True)), strict=False):
        try:
            return await calls(calls.store.apply, change, again=again)
        except StoreUnavailable as error:
            calls.outage.noticed(error)
        await asyncio.sleep(pause_s)
        if not held():
            break
    return Answer.LOST


async def until_answered(
    calls: StoreCalls, read: Callable[[], T], wanted: Callable[[], bool]
) -> T | None:
    """What a read returns once the store answers; None when nobody wants it any more."""
    for pause_s in pauses_s():
        try:
            return await calls(read)
        except StoreUnavailable as error:
            calls.outage.noticed(error)
        await asyncio.sleep(pause_s)
        if not wanted():
            break
    return None


def pauses_s() -> Iterator[float]:
    """Seconds to wait before asking a store again that did not answer: doubling, capped."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
