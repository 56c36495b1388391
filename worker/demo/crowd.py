"""The people of a demo: they submit, cancel and retry, while providers have bad minutes."""

import os
import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from plinthctl.domain.ids import RANDOM_BYTES
from plinthctl.domain.job import JobStatus
from plinthctl.domain.liveness import BEAT_EVERY_S
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.restart import Start
from plinthctl.errors import PlinthError
from plinthctl.services.orders import Order, prepare
from plinthctl.wiring import Services
from worker.demo.work import Question, wish
from worker.simulator.control import SimulatorControl

TICK_S: Final = 0.5
WISHES_A_TICK: Final = 4
STALLER: Final = "worker-9"  # what it runs is left to the sweep
TROUBLE_EVERY_S: Final = 6.0
STEER_EVERY_S: Final = 9.0
# What goes wrong, in turn: who, how, how often, and what else is said.
TROUBLES: Final[Sequence[tuple[str, str, int, dict[str, Any]]]] = (
    ("exa", "rate_limited", 3, {"retry_after": 6}),
    ("g2", "slow", 2, {"after_s": 4.0}),
    ("firecrawl", "no_such_host", 1, {}),
    ("llm", "broken_json", 1, {}),
    ("exa", "not_in_plan", 1, {}),
    ("firecrawl", "unavailable", 2, {}),
)


@dataclass(slots=True)
class Crowd:
    """Keeps ``waiting`` jobs waiting until it is told to stop; in a thread of its own.

    Attributes:
        staller: A worker that beats, and never ends what it runs.
    """

    services: Services
    control: SimulatorControl
    questions: Sequence[Question]
    waiting: int
    staller: str
    dice: random.Random
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._live, name="crowd", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; returns once nobody does anything any more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _live(self) -> None:
        troubles = cycle(TROUBLES)
        beat_at, trouble_at, steer_at = 0.0, 0.0, time.monotonic() + STEER_EVERY_S
        while not self._over.wait(TICK_S):
            now = time.monotonic()
            # Whatever fails here is a demo's; the next tick tries again.
            with suppress(PlinthError, OSError, ValueError):
                self._ask_for_more()
                if now >= beat_at:
                    self.services.store.beat(self.staller)
                    beat_at = now + BEAT_EVERY_S
                if now >= trouble_at:
                    provider, fault, times, more = next(troubles)
                    trouble_at = now + TROUBLE_EVERY_S
                    self.control.fault(provider, fault, times=times, **more)
                if now >= steer_at:
                    steer_at = now + STEER_EVERY_S
                    self._steer()

    def _ask_for_more(self) -> None:
        waiting = self.services.store.count(
            JobQuery(statuses=frozenset({JobStatus.PENDING}), limit=None)
        )
        for _ in range(min(WISHES_A_TICK, self.waiting - waiting)):
            with suppress(PlinthError):  # a limit: somebody else asks next
                self._ask()

    def _ask(self) -> None:
        wanted = wish(self.dice, self.questions)
        order = Order(wanted.type, wanted.given, wanted.org, wanted.user)
        at_ms = time.time_ns() // 1_000_000
        self.services.submit.admit(prepare(order, unix_ms=at_ms, random=os.urandom(RANDOM_BYTES)))

    def _steer(self) -> None:
        steer = self.services.steer
        if running := self._some(JobStatus.RUNNING):
            steer.cancel(self.dice.choice(running), "no longer needed")
        if failed := self._some(JobStatus.FAILED):
            steer.retry(failed[0], Start(), "the provider is back")

    def _some(self, status: JobStatus) -> list[str]:
        query = JobQuery(statuses=frozenset({status}))
        page = next(self.services.listing.jobs(query), ())
        return [job.id for job in page if job.worker != STALLER]
