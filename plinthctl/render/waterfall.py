"""The steps of a job over time: who ran when, beside whom, for how long."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from rich.text import Text

from plinthctl.domain.job import JobStatus
from plinthctl.domain.rounds import began, in_this_round
from plinthctl.domain.spans import span
from plinthctl.domain.steps import ENDED, StepStatus
from plinthctl.domain.views import JobDetail, StepView
from plinthctl.render.phases import step_mark
from plinthctl.render.sheet import Lines, padded, words

BAR: Final = 32  # cells, where nothing is cut
_SHORTEST, _LONGEST = 10, 40
_LABEL: Final = 8  # "steps   "
_BESIDE: Final = 29  # the glyph, the gaps, the seconds and the longest note


def waterfall(detail: JobDetail, width: int | None) -> Lines:
    """One step a line: its glyph, name, bar and seconds, and what there is to say."""
    if not detail.steps:
        return []
    detail = replace(detail, steps=in_this_round(detail))
    size = max(len(step.name) for step in detail.steps)
    room = BAR if width is None else width - _LABEL - size - _BESIDE
    times = _Times(detail, min(_LONGEST, max(_SHORTEST, room)))
    return [
        words((("steps" if n == 0 else "").ljust(_LABEL), "dim")) + _line(step, detail, times, size)
        for n, step in enumerate(detail.steps)
    ]


class _Times:
    """The span that the bars share, from the first start to the last end or now."""

    def __init__(self, detail: JobDetail, cells: int) -> None:
        self.cells = cells
        self.now = detail.job.completed_at or detail.job.read_at
        starts = [first for step in detail.steps if (first := began(step)) is not None]
        ends = [step.ended_at or self.now for step in detail.steps if began(step)]
        self.start = min(starts, default=self.now)
        self.whole_s = max((max(ends, default=self.now) - self.start).total_seconds(), 0.001)

    def cell(self, at: datetime) -> int:
        """Which cell of the bar a time falls into."""
        part = (at - self.start).total_seconds() / self.whole_s
        return min(self.cells - 1, max(0, int(part * self.cells)))


def _line(step: StepView, detail: JobDetail, times: _Times, size: int) -> Text:
    failed, stopped = _failed_here(step, detail), _stopped(step, detail)
    glyph, colour = step_mark(step.status, failed=failed, stopped=stopped)
    took = _took_s(step, times)
    line = words((f"{glyph} ", colour), padded(step.name, size), ("  ▏", "dim"))
    line += _bar(step, times, colour)
    line += words(f"{span(took) if took is not None else '':>6}")
    note = _note(step, detail)
    return line + Text("  ") + note if note.plain else line


def _bar(step: StepView, times: _Times, colour: str) -> Text:
    first = began(step)
    if first is None:
        return Text(" " * times.cells)
    end = step.ended_at or times.now
    left = times.cell(first)
    right = max(left + 1, times.cell(end) + 1)
    return Text(" " * left) + Text("━" * (right - left), colour) + Text(" " * (times.cells - right))


def _took_s(step: StepView, times: _Times) -> float | None:
    first = began(step)
    if first is None:
        return None
    return max(0.0, ((step.ended_at or times.now) - first).total_seconds())


def _failed_here(step: StepView, detail: JobDetail) -> bool:
    named = (detail.error_detail or {}).get("step")
    return detail.job.status is JobStatus.FAILED and named == step.name


def _stopped(step: StepView, detail: JobDetail) -> bool:
    is_open = step.status in {StepStatus.RUNNING, StepStatus.WAITING}
    return is_open and detail.job.ended and not _failed_here(step, detail)


def _note(step: StepView, detail: JobDetail) -> Text:
    tries = len(step.history) or step.tries
    said = [(f"{tries} tries", "dim")] if tries > 1 else []
    if _stopped(step, detail):
        said.append(("stopped", "dim"))
    if step.status in ENDED and began(step) is None:
        said.append(("kept", "dim"))
    if step.status is StepStatus.DEGRADED:
        said.append(("without its data", "yellow"))
    if step.status is StepStatus.WAITING and step.retry_at and not detail.job.ended:
        wait_s = (step.retry_at - detail.job.read_at).total_seconds()
        said.append((f"next try in {span(wait_s)}" if wait_s > 0 else "next try at once", "yellow"))
    return words(*said, joiner=" · ")


def steps_kept(steps: Sequence[StepView]) -> int:
    """How many steps are finished and will not run again."""
    return sum(step.status in ENDED for step in steps)
