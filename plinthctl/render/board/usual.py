"""How long a job usually takes: its type's own numbers where there are enough of them."""

from typing import Final

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.snapshot import Durations, Snapshot
from plinthctl.domain.spans import span
from plinthctl.domain.views import JobView

OWN_FROM: Final = 20  # completed jobs; below it the catalogue's numbers are said
LONGER: Final = 2  # times the upper end

Usual = tuple[float, float]


def usual_s(type_name: str, snapshot: Snapshot | None) -> Usual | None:
    """From and to, in seconds: P50 and P95, or else what the catalogue says; None: it is no
    type of ours.

    Source: SPEC.md section 6.
    """
    found = _durations(type_name, snapshot)
    if found and found.count >= OWN_FROM and found.p50_s is not None and found.p95_s is not None:
        return found.p50_s, found.p95_s
    known = JOB_TYPES.get(type_name)
    return known.usual_s if known else None


def p95_s(type_name: str, snapshot: Snapshot | None) -> float | None:
    """The P95 of the newest jobs of a type, in seconds; None: there are too few."""
    found = _durations(type_name, snapshot)
    return found.p95_s if found else None


def _durations(type_name: str, snapshot: Snapshot | None) -> Durations | None:
    numbers = snapshot.types if snapshot else ()
    return next((one.duration for one in numbers if one.type == type_name), None)


def usually(usual: Usual) -> str:
    """``30-90 seconds``; ``48s to 2m11s`` where it is longer."""
    first, last = usual
    if last < 100:
        return f"{first:.0f}-{last:.0f} seconds"
    return f"{span(first)} to {span(last)}"


def so_far(job: JobView, snapshot: Snapshot | None) -> str:
    """How long a job has run, and how long that usually is."""
    if job.elapsed_s is None:
        return f"waits for {span(job.waited_s)}"
    usual, lasted = usual_s(job.type, snapshot), span(job.elapsed_s)
    if usual is None:
        return lasted
    if job.elapsed_s <= LONGER * usual[1]:
        return f"{lasted} · this usually takes {usually(usual)}"
    slow = p95_s(job.type, snapshot)
    held = f"p95 {span(slow)}" if slow is not None else f"usually {usually(usual)}"
    return f"{lasted} · longer than usual ({held})"
