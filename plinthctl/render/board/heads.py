"""What stands at the top of a job: who it is, whose, since when, how far, what it cost."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.spans import age, span
from plinthctl.domain.text import one_line
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.marks import of_phase
from plinthctl.render.board.usual import Usual


def named(job: JobView) -> list[Cell]:
    """Its id, its type and its state, with which try it is at."""
    first = [Cell(short(job.id), Tone.STRONG), Cell(f"  {job.type}  "), of_phase(job.phase)]
    return [*first, Cell(_trying(job), of_phase(job.phase).tone), *_simulated(job)]


def _trying(job: JobView) -> str:
    if job.ended or job.attempt < 2:
        return f" {_in(job)}" if job.phase is Phase.SCHEDULED else ""
    which = f"try {job.attempt} of {MAX_TRIES}"
    later = f" {_in(job)}" if job.phase is Phase.RETRYING and job.available_at > job.read_at else ""
    return f" ({which}{later})"


def _in(job: JobView) -> str:
    return f"in {span((job.available_at - job.read_at).total_seconds())}"


def _simulated(job: JobView) -> list[Cell]:
    return [Cell("  simulated data", Tone.WARNING)] if job.simulated else []


def belongs(job: JobView) -> str:
    """Whose it is, and who runs it."""
    whose = {"org": job.org, "user": job.user, "decision": job.decision, "key": job.key}
    named_ = [f"{name} {one_line(value)}" for name, value in whose.items() if value]
    return " · ".join([*named_, *([f"on {one_line(job.worker)}"] if job.worker else [])])


def clocks(job: JobView, usual: Usual | None, zone: tzinfo | None) -> str:
    """Since when it is there, how long it waited and ran, and what is usual."""
    ago = age((job.read_at - job.created_at).total_seconds())
    parts = [f"created {_clock(job.created_at, zone)} ({ago} ago)", f"waited {span(job.waited_s)}"]
    if job.elapsed_s is not None:
        over = job.ended or job.status is JobStatus.PENDING
        parts.append(f"{'ran' if over else 'running'} {span(job.elapsed_s)}")
    if usual is not None:
        parts.append(f"usually {_range(usual)}")
    return " · ".join(parts)


def _range(usual: Usual) -> str:
    first, last = usual
    return f"{first:.0f}-{last:.0f}s" if last < 100 else f"{span(first)}-{span(last)}"


def _clock(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone or UTC):%H:%M:%S}{'' if zone not in {None, UTC} else 'Z'}"


def cost_words(detail: JobDetail) -> Iterator[str]:
    """What it cost, as far as that is known; nothing where nothing was used."""
    found = detail.cost
    usd = found.cost_usd if found else None
    if usd is not None:
        yield f"${usd:,.4f}"
    if found.input_tokens is not None or found.output_tokens is not None:
        used = f"{found.input_tokens or 0:,} + {found.output_tokens or 0:,} tokens"
        yield used if usd is not None or detail.job.simulated else f"{used}, cost unknown"
