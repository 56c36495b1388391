"""Jobs as rows: those at work and in line, those that match, those that are stuck or ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Final

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.spans import age, ordinal, span
from plinthctl.domain.text import one_line
from plinthctl.domain.views import JobView
from plinthctl.render.board.cells import NOTHING, Cell, Column, Grid, Row, Tone, row
from plinthctl.render.board.marks import EMPTY, FULL, STUCK, glyph_of, of_phase

BAR: Final = 10
COLUMNS: Final = (
    Column("ID", 8),
    Column("TYPE", 19),
    Column("STATUS", 12),
    Column("PROGRESS", 15, gap=1),
    Column("AGE", 5, right=True, gap=1),
    Column("MESSAGE"),
)
_DATED: Final = (*COLUMNS[:4], Column("CREATED", 8, right=True, gap=1), COLUMNS[5])
STUCK_COLUMNS: Final = (
    Column("ID", 8),
    Column("TYPE", 19),
    Column("STATE", 7),
    Column("FOR", 5, right=True, gap=1),
    Column("BEAT", 5, right=True),
)
RECENT_COLUMNS: Final = (
    Column("AT", 8),
    Column("TYPE", 21),
    Column("ID", 8),
    Column("HOW"),
)


def bar(share: float, cells: int = BAR) -> str:
    """A share as a bar; what is begun but below one cell is none yet."""
    full = max(0, min(cells, int(share * cells)))
    return FULL * full + EMPTY * (cells - full)


def places(jobs: Iterable[JobView]) -> dict[str, int]:
    """The places in line of the due jobs among these, which come in the order of it."""
    due = (j.id for j in jobs if j.phase in {Phase.PENDING, Phase.RETRYING} and _is_due(j))
    return {job_id: place for place, job_id in enumerate(due, start=1)}


def _is_due(job: JobView) -> bool:
    return job.status is JobStatus.PENDING and job.available_at <= job.read_at


def job_grid(
    jobs: Sequence[JobView], line: Mapping[str, int], clocks: Expiry, zone: tzinfo | None = None
) -> Grid:
    """One job a row; ``line`` has the places of those that wait. Without a ``zone`` ages
    are shown (see `age_s`), else the times of day at which they were created."""
    rows = (job_row(job, line.get(job.id), clocks, zone) for job in jobs)
    return Grid(COLUMNS if zone is None else _DATED, tuple(rows))


def job_row(job: JobView, place: int | None, clocks: Expiry, zone: tzinfo | None = None) -> Row:
    """A job's row: who it is, how far it is, since when, and what is said of it."""
    stuck = job.stuck(clocks)
    ago = age(age_s(job)) if zone is None else f"{job.created_at.astimezone(zone):%H:%M:%S}"
    return row(
        Cell(short(job.id), Tone.STRONG),
        job.type,
        of_phase(job.phase),
        _progress(job),
        Cell(f"{ago}{STUCK}", Tone.ALARM) if stuck else Cell(ago),
        message(job, place),
        key=job.id,
    )


def age_s(job: JobView) -> float:
    """How long a job has been where it is, in seconds: running, or due; one that was tried
    before, is not due yet or has ended, is as old as it is."""
    fresh_and_due = job.due and job.attempt <= 1
    since = job.available_at if fresh_and_due else job.created_at
    if job.status is JobStatus.RUNNING and job.started_at is not None:
        since = job.started_at
    return (job.read_at - since).total_seconds()


def _progress(job: JobView) -> Cell:
    if job.status is JobStatus.PENDING and not job.progress:
        return Cell(NOTHING, Tone.DIM)
    tone = Tone.DIM if job.ended else of_phase(job.phase).tone
    return Cell(f"{bar(job.progress / 100)} {job.progress:3}%", tone)


def message(job: JobView, place: int | None) -> Cell:
    """What is said of a job: what it does, what it waits for, or how it ended."""
    if job.status is JobStatus.FAILED:
        return Cell(one_line(job.error or ""), Tone.BAD)
    if job.ended:
        return Cell(f"took {span(job.elapsed_s)}" if job.elapsed_s is not None else "", Tone.DIM)
    if job.phase is Phase.PAUSED:
        return Cell("waits until it is resumed", Tone.WAITING)
    if job.status is JobStatus.PENDING and job.available_at > job.read_at and not job.parked:
        return Cell(_later(job))
    in_line = f"{ordinal(place)} in line" if place else ""
    return Cell(one_line(job.status_message or "") or in_line)


def _later(job: JobView) -> str:
    waits = span((job.available_at - job.read_at).total_seconds())
    said = one_line(job.status_message or "")
    return f"{said} (in {waits})" if said else f"due in {waits}"


def stuck_grid(jobs: Sequence[JobView]) -> Grid:
    """Jobs beyond their clocks: for how long, and when their worker was heard of."""
    return Grid(STUCK_COLUMNS, tuple(map(_stuck_row, jobs)), "nothing is stuck")


def _stuck_row(job: JobView) -> Row:
    since = job.started_at if job.status is JobStatus.RUNNING else job.available_at
    lasted = age((job.read_at - (since or job.created_at)).total_seconds())
    beat = age((job.read_at - job.heartbeat_at).total_seconds()) if job.heartbeat_at else NOTHING
    return row(
        Cell(short(job.id), Tone.STRONG),
        job.type,
        Cell(job.status.value, of_phase(job.phase).tone),
        Cell(lasted, Tone.BAD),
        beat,
        key=job.id,
    )


def recent_grid(jobs: Sequence[JobView], zone: tzinfo | None = None) -> Grid:
    """The newest ends: when, in UTC without a ``zone``, what, and how."""
    rows = tuple(_recent_row(job, zone or UTC) for job in jobs)
    return Grid(RECENT_COLUMNS, rows, "nothing has ended yet")


def _recent_row(job: JobView, zone: tzinfo) -> Row:
    mark = glyph_of(job.phase)
    at = job.completed_at or job.read_at
    return row(
        Cell(f"{at.astimezone(zone):%H:%M:%S}", Tone.DIM),
        Cell(f"{mark.text} {job.type}", mark.tone),
        Cell(short(job.id), Tone.STRONG),
        _how(job),
        key=job.id,
    )


def _how(job: JobView) -> Cell:
    if job.status is JobStatus.FAILED:
        return Cell((job.error_code or one_line(job.error or "")).replace("_", " "), Tone.BAD)
    return Cell(span(job.elapsed_s) if job.elapsed_s is not None else NOTHING)
