"""The numbers that the alert rules are applied to, from snapshots."""

from collections.abc import Callable
from datetime import timedelta

from plinthctl.domain.alert_rules import AlertRules, Numbers, StepPace
from plinthctl.domain.snapshot import Snapshot

TakeSnapshot = Callable[[timedelta], Snapshot]


def measured(take: TakeSnapshot, rules: AlertRules, known: Snapshot | None = None) -> Numbers:
    """Today's numbers over each rule's window: one look where the windows are the same.

    Args:
        known: A look that has just been taken; none is taken again for its window.
    """
    looks = {} if known is None else {timedelta(seconds=known.window_s): known}

    def over(window: timedelta) -> Snapshot:
        if window not in looks:
            looks[window] = take(window)
        return looks[window]

    failures = over(rules.failure_rate.window)
    durations = over(rules.p95_duration.window)
    hollow = over(rules.hollow_rate.window)
    return Numbers(
        failures.at,
        failures.now,
        failures.types,
        durations.types,
        _paces(durations),
        failures.circuits,
        hollow.types,
    )


def _paces(look: Snapshot) -> dict[str, tuple[StepPace, ...]]:
    paces: dict[str, tuple[StepPace, ...]] = {}
    for one in look.steps:
        p95_s, normal = one.duration.p95_s, one.normal
        if p95_s is not None and normal is not None and normal.p95_s > 0:
            paces[one.type] = (*paces.get(one.type, ()), StepPace(one.step, p95_s, normal.p95_s))
    return paces
