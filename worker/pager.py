"""What a worker does about alerts: evaluate them in its turn, and tell of them.

Beside everything else and in its way never: each message is told by a process of
its own, and what is not told is in the store, for the next who looks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from plinthctl.domain.alert_life import Delivery, Evaluated, Incident
from plinthctl.domain.alert_words import name
from plinthctl.domain.ids import short
from plinthctl.services.alerting import Alerting
from plinthctl.services.teller import Teller
from worker.calls import StoreCalls
from worker.logs import log
from worker.outage import surviving_outages

LOOK_EVERY_S: Final = 15.0  # the duty is due once a minute, for one worker


class Pager:
    """Evaluates and tells.

    Args:
        awake: Whether this machine has not just slept: after that everything looks late.
            Not asked at the first look.
    """

    def __init__(
        self, calls: StoreCalls, alerting: Alerting, teller: Teller, awake: Callable[[], bool]
    ) -> None:
        self._calls = calls
        self._alerting = alerting
        self._teller = teller
        self._awake = awake
        self._looked = False

    async def run(self) -> None:
        """Look every 15 s until cancelled. Telling may take longer, and holds up no look."""
        async with asyncio.TaskGroup() as group:
            telling: asyncio.Task[None] | None = None
            while True:
                await self._guarded(self._evaluate)
                if telling is None or telling.done():
                    telling = group.create_task(self._guarded(self._tell))
                await asyncio.sleep(LOOK_EVERY_S)

    async def _evaluate(self) -> None:
        if self._awake() or not self._looked:
            self._looked = True
            _say(await self._calls(self._alerting.evaluate_in_turn))

    async def _guarded(self, action: Callable[[], Awaitable[None]]) -> None:
        """Jobs go on, whatever is wrong with their alerts."""
        try:
            await surviving_outages(self._calls.outage, action)
        except Exception as error:  # noqa: BLE001 - said, and tried again at the next look
            log.broken("alerts broke", error, event="alerts_broke")

    async def _tell(self) -> None:
        while letters := await self._calls(self._teller.take):
            await self._teller.send(letters, self._note)

    async def _note(self, one: Delivery) -> None:
        _say_delivery(one)
        note = partial(self._calls, self._teller.note, one)
        await surviving_outages(self._calls.outage, note)


def _say(evaluated: Evaluated) -> None:
    for one in evaluated.fired:
        log.warning(f"alert {short(one.id)} fires: {name(one)}", event="alert", **_facts(one))
    for one in evaluated.resolved:
        text = f"alert {short(one.id)} is over: {name(one)}"
        log.info(text, event="alert_resolved", **_facts(one))


def _say_delivery(one: Delivery) -> None:
    letter = one.letter
    facts = {**_facts(letter.incident), "sink": letter.sink, "tries": letter.tries}
    about = f"{letter.sink} of alert {short(letter.incident.id)} ({letter.what})"
    if one.error is None:
        log.info(f"told {about}", event="told", **facts)
    else:
        log.warning(f"could not tell {about}: {one.error}", event="not_told", **facts)


def _facts(one: Incident) -> dict[str, object]:
    return {"incident": one.id, "rule": one.rule.value, "type": one.type}
