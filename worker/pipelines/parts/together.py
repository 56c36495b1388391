"""Several calls of one step at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from plinthctl.domain.retries import POLICIES
from worker.context import ProviderError

T = TypeVar("T")


async def together(
    calls: Sequence[Callable[[], Awaitable[T]]], at_once: int
) -> list[T | ProviderError]:
    """What each call brings, in their order: its result, or its provider's failure.
    Any other error stops them all."""
    slots = asyncio.Semaphore(at_once)

    async def outcome(call: Callable[[], Awaitable[T]]) -> T | ProviderError:
        async with slots:
            try:
                return await call()
            except ProviderError as error:
                return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome(call)) for call in calls]
    return [task.result() for task in tasks]


def gravest(failures: Sequence[ProviderError]) -> ProviderError:
    """The failure that decides where none may happen: one that no retry helps,
    else the one that asks for the longest wait."""
    return max(failures, key=lambda error: (not _retried(error), _wait_s(error)))


def mildest(failures: Sequence[ProviderError]) -> ProviderError:
    """The failure that decides where one success would have been enough: one that a
    retry may help, and of those the one that asks for the longest wait."""
    return max(failures, key=lambda error: (_retried(error), _wait_s(error)))


def _retried(error: ProviderError) -> bool:
    return POLICIES[error.failure.failure_class].retries > 0


def _wait_s(error: ProviderError) -> float:
    return error.failure.retry_after_s or 0.0
