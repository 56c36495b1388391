"""One glyph, one colour and one word for each phase of a job or a step."""

from typing import Final

from rich.text import Text

from plinthctl.domain.job import Phase
from plinthctl.domain.steps import StepStatus
from plinthctl.render.sheet import words

_PHASES: Final = {
    Phase.PENDING: ("○", "yellow"),
    Phase.PAUSED: ("‖", "yellow"),
    Phase.PARKED: ("‖", "yellow"),
    Phase.SCHEDULED: ("◷", "yellow"),
    Phase.RETRYING: ("↻", "yellow"),
    Phase.RUNNING: ("●", "cyan"),
    Phase.CANCELLING: ("◌", "magenta"),
    Phase.COMPLETED: ("✓", "green"),
    Phase.FAILED: ("✗", "red"),
    Phase.CANCELLED: ("–", "magenta"),
}

_STEPS: Final = {
    StepStatus.NEW: ("○", "dim"),
    StepStatus.RUNNING: ("●", "cyan"),
    StepStatus.WAITING: ("↻", "yellow"),
    StepStatus.DONE: ("✓", "green"),
    StepStatus.DEGRADED: ("▲", "yellow"),
}


def phase_text(phase: Phase) -> Text:
    """Glyph and word; the word alone says it all."""
    glyph, colour = _PHASES[phase]
    return words((f"{glyph} {phase.value}", colour))


def phase_mark(phase: Phase) -> tuple[str, str]:
    """The glyph and its colour."""
    return _PHASES[phase]


def step_mark(status: StepStatus, *, failed: bool, stopped: bool = False) -> tuple[str, str]:
    """The glyph and its colour; ``failed``: the job ended on this step; ``stopped``:
    it ended while this one was open."""
    if failed:
        return "✗", "red"
    return ("–", "magenta") if stopped else _STEPS[status]
