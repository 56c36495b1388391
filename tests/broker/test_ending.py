"""Ending tasks that speak to Redis, which may not hear it the first time."""

import asyncio
from contextlib import suppress

import pytest

from plinthctl.broker.ending import ended


@pytest.mark.parametrize("deaf_for", [0, 1])
def test_a_task_is_cancelled_until_it_has_ended(deaf_for: int) -> None:
    async def play() -> int:
        heard = 0

        async def task() -> None:
            nonlocal heard
            while heard <= deaf_for:
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
                heard += 1

        going = asyncio.create_task(task())
        await asyncio.sleep(0)
        await ended(going)
        assert going.done()
        return heard

    assert asyncio.run(play()) == deaf_for + 1


def test_a_sending_that_is_done_as_it_is_cancelled_does_not_go_on() -> None:
    """As redis-py sends: on Python 3.11 `asyncio.wait_for` loses the cancellation."""

    async def play() -> None:
        sent = asyncio.get_running_loop().create_future()

        async def sending() -> None:
            await asyncio.wait_for(sent, 60)
            await asyncio.Event().wait()

        going = asyncio.create_task(sending())
        await asyncio.sleep(0)
        sent.set_result(None)
        async with asyncio.timeout(10):
            await ended(going)
        assert going.cancelled()

    asyncio.run(play())


def test_what_it_raises_is_nobody_s_any_more(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async def breaking() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ConnectionError("hung up")

        going = asyncio.create_task(breaking())
        await asyncio.sleep(0)
        await ended(going)

    asyncio.run(play())
    assert caplog.records == []
