"""Tell of alerts what the store says is to be told."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from plinthctl.domain.alert_life import Delivery, Letter, Sinks
from plinthctl.domain.alerting import Severity
from plinthctl.errors import StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.settings import Settings
    from plinthctl.store import Store
    from plinthctl.telling.send import Done
    from plinthctl.telling.sinks import Sink

AT_ONCE: Final = 8  # messages, each in a process of its own
LEASED_BEYOND_S: Final = 15.0  # the time that telling may take


@dataclass(frozen=True, slots=True)
class Teller:
    """Whoever is to be told, and how.

    Attributes:
        sinks: By the names that the store knows them by.
        secrets: What no error may repeat.
    """

    store: "Store"
    sinks: "Mapping[str, Sink]"
    secrets: tuple[str, ...] = ()

    def take(self) -> tuple[Letter, ...]:
        """Take some of what is due: nobody else tells it meanwhile."""
        if not self.sinks:
            return ()
        longest_s = max(sink.within_s for sink in self.sinks.values())
        lease = timedelta(seconds=longest_s + LEASED_BEYOND_S)
        return self.store.take_letters(tuple(self.sinks), lease, AT_ONCE)

    async def send(self, letters: Sequence[Letter], done: "Done") -> None:
        """Tell them, all at the same time; ``done`` is told of each."""
        from plinthctl.telling.send import send

        await send(letters, self.sinks, done, self.secrets)

    def note(self, delivery: Delivery) -> None:
        """Write what became of one: what was not taken is tried again later."""
        self.store.note_delivery(delivery)

    def tell(self, at_most_s: float) -> tuple[Delivery, ...]:
        """Take, send and note what is due, and begin nothing more after ``at_most_s``."""
        done: list[Delivery] = []

        async def noted(delivery: Delivery) -> None:
            self.note(delivery)
            done.append(delivery)

        until_s = time.monotonic() + at_most_s
        try:
            while time.monotonic() < until_s and (letters := self.take()):
                asyncio.run(self.send(letters, noted))
        except* StoreUnavailable as errors:
            raise _first(errors) from None
        return tuple(done)


def _first(errors: BaseExceptionGroup[StoreUnavailable]) -> StoreUnavailable:
    one = errors.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one


def sinks_of(settings: "Settings") -> "dict[str, Sink]":
    """Every sink that is configured, by its name."""
    from plinthctl.telling import sinks

    of = settings.alerts
    within_s = of.timeout.total_seconds()
    made: dict[str, Sink] = {}
    if of.command:
        made["command"] = sinks.command("command", of.command, within_s)
    if of.webhook:
        made["webhook"] = sinks.webhook("webhook", of.webhook.get_secret_value(), within_s)
    for severity in Severity:
        for name, url in _pushes(settings, severity):
            made[name] = sinks.push(name, url, within_s)
    return made


def told_of(settings: "Settings") -> Sinks:
    """The names of the sinks that are told of each severity."""
    of = settings.alerts
    always = [name for name, value in (("command", of.command), ("webhook", of.webhook)) if value]
    return {
        severity: (*always, *(name for name, _ in _pushes(settings, severity)))
        for severity in Severity
    }


def _pushes(settings: "Settings", severity: Severity) -> list[tuple[str, str]]:
    """The addresses of a severity, each a sink of its own: what one has taken is not
    told to it again because another one does not answer."""
    held = getattr(settings.alerts.urls, severity)
    urls = held.get_secret_value().split() if held else []
    more = (f"urls.{severity}.{number}" for number in range(2, len(urls) + 1))
    return list(zip([f"urls.{severity}", *more], urls, strict=False))
