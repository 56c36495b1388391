"""What is asked before something is done to jobs, in words that name the very jobs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.ids import short
from plinthctl.domain.restart import fails_again
from plinthctl.domain.spans import span
from plinthctl.domain.text import cut, one_line
from plinthctl.domain.views import JobView
from plinthctl.render.board.marks import of_phase

TYPED_FROM: Final = 20  # more jobs than that: their number is typed
NAMED: Final = 3
SUBJECT_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Question:
    """A title, what is said below it, and the two answers. ``number``: what has to be
    typed before it may be done."""

    title: str
    lines: tuple[str, ...]
    keep: str
    do: str
    number: int | None = None


def cancelling(jobs: Sequence[JobView], subject: str = "") -> Question:
    """Before some jobs are cancelled; ``subject`` is what a single one is about."""
    stops = "Its worker stops it within a second or two; finished steps stay."
    return Question(
        f"Cancel {_these(jobs)}?",
        (*_said(jobs, subject), stops),
        "Keep running",
        "Cancel it" if len(jobs) == 1 else f"Cancel {len(jobs)}",
        len(jobs) if len(jobs) > TYPED_FROM else None,
    )


def retrying(jobs: Sequence[JobView]) -> Question | None:
    """Before some jobs are put back in the queue; None: nothing needs to be asked."""
    whys = Counter(why for job in jobs if (why := fails_again(job.status, job.error_code)))
    if len(jobs) == 1 and not whys:
        return None
    warnings = tuple(
        f"{count} of them: {why}" if len(jobs) > 1 else why for why, count in whys.items()
    )
    return Question(
        f"Retry {_these(jobs)}?",
        (*_said(jobs), *warnings, "Finished steps are kept."),
        "Leave as it is",
        "Retry it" if len(jobs) == 1 else f"Retry {len(jobs)}",
        len(jobs) if len(jobs) > TYPED_FROM else None,
    )


def _these(jobs: Sequence[JobView]) -> str:
    return short(jobs[0].id) if len(jobs) == 1 else f"{len(jobs)} jobs"


def _said(jobs: Sequence[JobView], subject: str = "") -> tuple[str, ...]:
    if len(jobs) == 1:
        parts = (jobs[0].type, cut(one_line(subject), SUBJECT_CHARS), _state(jobs[0]))
        return (" · ".join(part for part in parts if part),)
    named = ", ".join(short(job.id) for job in jobs[:NAMED])
    more = f" and {len(jobs) - NAMED} more" if len(jobs) > NAMED else ""
    phases = Counter(job.phase.value for job in jobs)
    counts = ", ".join(f"{count} {phase}" for phase, count in phases.items())
    return (counts, f"{named}{more}")


def _state(job: JobView) -> str:
    lasted = f" {span(job.elapsed_s)}" if job.elapsed_s is not None else ""
    far = f" · {job.progress}%" if job.progress else ""
    return f"{of_phase(job.phase).text}{lasted}{far}"
