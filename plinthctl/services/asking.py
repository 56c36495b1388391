"""Asking a store page by page, and again where its answer was lost."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from plinthctl.domain.archive import DecisionQuery, ResultQuery
from plinthctl.errors import OutcomeUnknown

ASK_AGAIN: Final = 3  # times, after a commit whose answer was lost


class Identified(Protocol):
    """What has an id, made of its time."""

    @property
    def id(self) -> str: ...


Query = TypeVar("Query", DecisionQuery, ResultQuery)
Found = TypeVar("Found", bound=Identified)
Answer = TypeVar("Answer")


def walk(ask: Callable[[Query], tuple[Found, ...]], query: Query, at_once: int) -> Iterator[Found]:
    """All that fits, read in pages of ``at_once``: each begins after the id at which the
    last one ended, so nothing is shown twice, whatever is written meanwhile."""
    left = query.limit
    while left is None or left > 0:
        size = at_once if left is None else min(at_once, left)
        page = ask(replace(query, limit=size))
        yield from page
        if len(page) < size:
            return
        query = replace(query, before=page[-1].id)
        left = None if left is None else left - size


def until_known(ask: Callable[[], Answer]) -> Answer:
    """The answer to a change that may be asked for again.

    Raises:
        OutcomeUnknown: three answers were lost.
    """
    for _ in range(ASK_AGAIN - 1):
        with suppress(OutcomeUnknown):
            return ask()
    return ask()
