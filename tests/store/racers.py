"""Processes that use one store at the same instant, for many rounds.

They live through all rounds, as the submitters of a busy day do; each opens its
own store, and they wait at a start line until all have their orders.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

from plinthctl.store import Store, open_store

ANSWERS_WITHIN_S = 60.0  # a net
Act = Callable[[Store, Any], Any]
READY = "ready"

# New processes from a clean one that has imported once, not from the test's own.
_FRESH = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Racers:
    """Processes that stand ready, each with a pipe to it."""

    pipes: Sequence[Connection]
    processes: Sequence[BaseProcess]
    go: Event

    def race(self, act: Act, orders: Sequence[Any]) -> list[Any]:
        """What ``act(store, order)`` returned in as many processes as there are
        orders, all begun at one instant."""
        running = list(zip(self.pipes, self.processes, strict=True))[: len(orders)]
        for (pipe, _), order in zip(running, orders, strict=True):
            pipe.send((act, order))
        for one in running:
            assert _heard(*one) == READY
        self.go.set()
        answers = [_heard(*one) for one in running]
        self.go.clear()
        return answers


def _heard(pipe: Connection, process: BaseProcess) -> Any:
    if pipe not in wait([pipe, process.sentinel], ANSWERS_WITHIN_S):
        raise AssertionError(f"process {process.pid} gave no answer")
    heard = pipe.recv()
    if isinstance(heard, BaseException):
        raise heard
    return heard


@contextmanager
def racers(url: str, count: int) -> Iterator[Racers]:
    """``count`` processes, each with the store at ``url`` open."""
    go = _FRESH.Event()
    pairs = [_FRESH.Pipe() for _ in range(count)]
    started = [
        _FRESH.Process(target=_live, args=(url, theirs, go), daemon=True) for _, theirs in pairs
    ]
    for process in started:
        process.start()
    for _, theirs in pairs:
        theirs.close()
    try:
        yield Racers([ours for ours, _ in pairs], started, go)
    finally:
        for ours, _ in pairs:
            ours.close()
        for process in started:
            process.join(ANSWERS_WITHIN_S)


def _live(url: str, pipe: Connection, go: Event) -> None:
    store = open_store(url)
    try:
        while True:
            act, order = pipe.recv()
            pipe.send(READY)
            go.wait(ANSWERS_WITHIN_S)
            pipe.send(_outcome(act, store, order))
    except (EOFError, ConnectionResetError):  # the test is over
        store.close()


def _outcome(act: Act, store: Store, order: Any) -> Any:
    try:
        return act(store, order)
    except Exception as error:  # noqa: BLE001  the parent raises it
        return AssertionError(f"{type(error).__name__}: {error}")
