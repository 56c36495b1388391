"""Several calls at the same time, and what becomes of their failures."""

import asyncio
from functools import partial

import pytest

from plinthctl.domain.failures import Failure, FailureClass
from worker.context import ProviderError
from worker.pipelines.parts.together import gravest, mildest, together

C = FailureClass


def failed(failure_class, retry_after_s=None):
    return ProviderError(Failure(failure_class, "It failed.", retry_after_s=retry_after_s))


async def value(result):
    if isinstance(result, Exception):
        raise result
    return result


def test_results_and_failures_come_in_the_order_of_the_calls():
    refused = failed(C.CONTENT_REFUSED)
    calls = [partial(value, result) for result in (1, refused, 3)]
    assert asyncio.run(together(calls, at_once=2)) == [1, refused, 3]
    assert asyncio.run(together([], at_once=1)) == []


def test_no_more_run_at_once_than_may():
    running, seen = set(), []

    async def call(number):
        running.add(number)
        seen.append(len(running))
        await asyncio.sleep(0)
        running.discard(number)

    asyncio.run(together([partial(call, n) for n in range(7)], at_once=3))
    assert max(seen) == 3
    assert len(seen) == 7


def test_an_error_of_our_own_stops_the_others():
    ended = []

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stopped")

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(together([forever, partial(value, KeyError("ours"))], at_once=2))
    assert caught.group_contains(KeyError)
    assert ended == ["stopped"]


@pytest.mark.parametrize(
    ("failures", "grave", "mild"),
    [
        pytest.param([(C.UNKNOWN, None)], 0, 0, id="one alone"),
        pytest.param(
            [(C.RATE_LIMITED, 5), (C.AUTH_FAILURE, None), (C.NETWORK_TIMEOUT, None)],
            1,
            0,
            id="no retry helps against the gravest",
        ),
        pytest.param(
            [(C.RATE_LIMITED, 5), (C.PROVIDER_UNAVAILABLE, None), (C.RATE_LIMITED, 9)],
            2,
            2,
            id="the longest wait of those that may pass",
        ),
        pytest.param(
            [(C.CONTENT_REFUSED, None), (C.INVALID_INPUT, None)], 0, 0, id="the first of equals"
        ),
    ],
)
def test_one_failure_decides(failures, grave, mild):
    errors = [failed(*failure) for failure in failures]
    assert gravest(errors) is errors[grave]
    assert mildest(errors) is errors[mild]
