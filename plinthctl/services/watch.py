"""Look at the whole system: the numbers behind `stats`, the dashboard and the exporter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from plinthctl.domain.alerting import AlertView
from plinthctl.domain.expiry import DUTY_EVERY_S, Expiry
from plinthctl.domain.limits import Limits
from plinthctl.domain.occupancy import fullest_first
from plinthctl.domain.snapshot import Duty, Snapshot
from plinthctl.domain.watching import (
    FULL,
    Look,
    by_type,
    depth_series,
    in_window,
    now_numbers,
    rate_series,
    step_numbers,
    type_numbers,
)

if TYPE_CHECKING:
    from plinthctl.store import Store

WINDOW: Final = timedelta(hours=1)


def no_alerts(_: Look) -> tuple[AlertView, ...]:
    """Where nobody evaluates any."""
    return ()


@dataclass(slots=True)
class Watch:
    """Reads snapshots.

    Attributes:
        alerts: What is firing, for the screen.
    """

    store: "Store"
    expiry: Expiry
    limits: Limits
    alerts: Callable[[Look], tuple[AlertView, ...]] = no_alerts

    def snapshot(self, window: timedelta = WINDOW) -> Snapshot:
        """Everything a screen shows, at one moment; numbers look back over ``window``."""
        began_s = monotonic()
        look = self.store.look(window, self.expiry)
        tallies = by_type(in_window(look, window))
        now = now_numbers(look)
        return Snapshot(
            at=look.at,
            took_s=monotonic() - began_s,
            window_s=window.total_seconds(),
            now=now,
            types=type_numbers(look, tallies, {}),
            steps=step_numbers(tallies, {}),
            alerts=self.alerts(look),
            active=look.active,
            stuck=tuple(job for job in look.active if job.stuck(self.expiry)),
            recent=look.recent,
            workers=look.workers,
            full=fullest_first(look.taken, self.limits)[:FULL],
            pauses=look.pauses,
            duties=_duties(look),
            depth=depth_series(look, now.depth),
            rate=rate_series(look),
            schema_behind=self._schema_behind(look),
        )

    def _schema_behind(self, look: Look) -> str | None:
        needed = self.store.schema_needed
        if look.schema == needed:
            return None
        return f"schema is {look.schema} by now, this plinthctl knows {needed}: start the new one"


def _duties(look: Look) -> tuple[Duty, ...]:
    every = timedelta(seconds=DUTY_EVERY_S)
    return tuple(
        Duty(name, due_at - every, DUTY_EVERY_S) for name, due_at in sorted(look.duties_due.items())
    )
