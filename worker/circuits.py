"""What this worker knows of its providers: which may be asked, and how often they fail.

The store knows better, and a claim asks it; this is for runs that are under way, and is
looked up every few seconds.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Final

from plinthctl.domain.asked import asked_by
from plinthctl.domain.circuits import (
    CircuitEvent,
    CircuitRules,
    Health,
    Reason,
    Sign,
    counts,
    too_many_fail,
)
from worker.calls import StoreCalls
from worker.logs import log
from worker.outage import surviving_outages
from worker.plan import Ended, Failed

LOOK_EVERY_S: Final = 5.0
KEPT: Final = 1_000  # tries of a provider, at most


class Circuits:
    """The providers' health, as runs ask for it. For the loop's thread only.

    Args:
        keys: The digest of each provider's key.
        clock_s: A clock that nobody sets.
    """

    def __init__(
        self,
        calls: StoreCalls,
        keys: Mapping[str, str],
        rules: CircuitRules,
        clock_s: Callable[[], float],
    ) -> None:
        self.keys = keys
        self._calls = calls
        self._rules = rules
        self._clock_s = clock_s
        self._open: Mapping[str, Reason] = {}
        self._tries: defaultdict[str, deque[tuple[float, bool]]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )

    async def run(self) -> None:
        """Let go of circuits of keys that were replaced; then look, until cancelled."""
        await surviving_outages(self._calls.outage, self._supersede)
        while True:
            await surviving_outages(self._calls.outage, self._look)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _supersede(self) -> None:
        for provider in await self._calls(self._calls.store.supersede_circuits, self.keys):
            text = f"{provider} has another key now: its jobs go on"
            log.info(text, event="circuit_superseded", provider=provider)

    async def _look(self) -> None:
        found = await self._calls(self._calls.store.troubled, self.keys)
        self._open = {one.provider: one.reason for one in found}

    def count(self, job_type: str, ended: Ended) -> None:
        """Count how a try went for its provider."""
        provider = asked_by(job_type, ended.step)
        failure = ended.outcome.failure if isinstance(ended.outcome, Failed) else None
        failed = None if provider is None else counts(failure, provider)
        if provider is not None and failed is not None:
            self._tries[provider].append((self._clock_s(), failed))

    def health(self) -> Health:
        """What is known now."""
        failing = frozenset(provider for provider in self._tries if self._fails(provider))
        return Health(self.keys, self._open, failing, self._rules)

    def _fails(self, provider: str) -> bool:
        since_s = self._clock_s() - self._rules.window_s
        tries = [failed for at_s, failed in self._tries[provider] if at_s >= since_s]
        return too_many_fail(len(tries), sum(tries), self._rules)

    def told(self, sign: Sign) -> None:
        """A sign was stored: runs under way know it at once."""
        self._open = self.health().told(sign).open
        self._tries.pop(sign.provider, None)  # what follows is counted anew
        if sign.event is CircuitEvent.ANSWERED:
            log.info(f"{sign.provider} answers again", event="circuit", provider=sign.provider)
        else:
            text = f"{sign.provider} is in trouble ({sign.reason}): its jobs wait"
            log.warning(text, event="circuit", provider=sign.provider, reason=sign.reason)
