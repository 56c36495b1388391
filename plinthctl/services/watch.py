"""Look at the whole system: the numbers behind `stats`, the dashboard and the exporter."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from plinthctl.domain.alerting import AlertView
from plinthctl.domain.expiry import DUTY_EVERY_S, Expiry
from plinthctl.domain.limits import Limits
from plinthctl.domain.occupancy import fullest_first
from plinthctl.domain.rollups import Normals, hour_of, normal_hours, normals
from plinthctl.domain.snapshot import Duty, Snapshot
from plinthctl.domain.spread import ERROR
from plinthctl.domain.watching import (
    FULL,
    REAPED_WITHIN,
    Look,
    depth_series,
    now_numbers,
    rate_series,
    step_numbers,
    type_numbers,
    window_tallies,
)
from plinthctl.services.bookkeeping import SAMPLE, SAMPLE_EVERY_S

if TYPE_CHECKING:
    from plinthctl.store import Store

WINDOW: Final = timedelta(hours=1)


def no_alerts(_: Snapshot) -> tuple[AlertView, ...]:
    """Where nobody evaluates any."""
    return ()


@dataclass(slots=True)
class Watch:
    """Reads snapshots.

    Attributes:
        alerts: What is firing, for the screen, of a look without it.
        reaped_within: How long a job counts as stuck that a sweep has dealt with.
    """

    store: "Store"
    expiry: Expiry
    limits: Limits
    alerts: Callable[[Snapshot], tuple[AlertView, ...]] = no_alerts
    reaped_within: timedelta = REAPED_WITHIN
    _known: tuple[datetime, Normals] | None = field(default=None, init=False)

    def snapshot(self, window: timedelta = WINDOW) -> Snapshot:
        """Everything a screen shows, at one moment; numbers look back over ``window``."""
        look = self._look(window)
        return replace(look, alerts=self.alerts(look))

    def _look(self, window: timedelta) -> Snapshot:
        began_s = monotonic()
        look = self.store.look(window, self.expiry, self.reaped_within)
        tallies, normal = window_tallies(look), self._normal(look.at)
        now = now_numbers(look)
        return Snapshot(
            at=look.at,
            took_s=monotonic() - began_s,
            window_s=window.total_seconds(),
            now=now,
            types=type_numbers(look, tallies, normal),
            steps=step_numbers(tallies, normal),
            alerts=(),
            active=look.active,
            stuck=tuple(job for job in look.active if job.stuck(self.expiry)),
            recent=look.recent,
            workers=look.workers,
            full=fullest_first(look.taken, self.limits)[:FULL],
            pauses=look.pauses,
            duties=_duties(look),
            depth=depth_series(look, now.depth),
            rate=rate_series(look),
            error=ERROR if look.rolled else 0.0,
            schema_behind=self._schema_behind(look),
            circuits=look.circuits,
        )

    def _normal(self, at: datetime) -> Normals:
        """What is normal in this hour: read once an hour, as it was kept, or else worked out."""
        hour_at = hour_of(at)
        if self._known is None or self._known[0] != hour_at:
            kept = self.store.kept_normals(hour_at)
            self._known = hour_at, kept or self._worked_out(hour_at)
        return self._known[1]

    def _worked_out(self, hour_at: datetime) -> Normals:
        return normals(self.store.usual_durations(*normal_hours(hour_at)))

    def _schema_behind(self, look: Look) -> str | None:
        needed = self.store.schema_needed
        if look.schema == needed:
            return None
        return f"schema is {look.schema} by now, this plinthctl knows {needed}: start the new one"


def _duties(look: Look) -> tuple[Duty, ...]:
    return tuple(_duty(name, due_at) for name, due_at in sorted(look.duties_due.items()))


def _duty(name: str, due_at: datetime) -> Duty:
    every_s = SAMPLE_EVERY_S if name == SAMPLE else DUTY_EVERY_S
    return Duty(name, due_at - timedelta(seconds=every_s), every_s)
