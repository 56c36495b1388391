"""One glyph and one tone for each state, and what stands for a glyph where only ASCII does.

Source: UX.md section 4.9. Without its colour nothing is lost: glyph and word say it all.
"""

import unicodedata
from typing import Final

from plinthctl.domain.alerting import AlertState, AlertView, Severity
from plinthctl.domain.job import Phase
from plinthctl.domain.steps import StepStatus
from plinthctl.render.board.cells import Cell, Tone

CURSOR: Final = "▸"
MARKED: Final = "✱"
STUCK: Final = "!"
FULL: Final = "█"
EMPTY: Final = "░"

_PHASES: Final = {
    Phase.PENDING: ("○", Tone.WAITING),
    Phase.PAUSED: ("‖", Tone.WAITING),
    Phase.PARKED: ("‖", Tone.WARNING),
    Phase.SCHEDULED: ("◷", Tone.WAITING),
    Phase.RETRYING: ("↻", Tone.RETRYING),
    Phase.RUNNING: ("●", Tone.RUNNING),
    Phase.CANCELLING: ("⊘", Tone.STOPPED),
    Phase.COMPLETED: ("✓", Tone.GOOD),
    Phase.FAILED: ("✗", Tone.BAD),
    Phase.CANCELLED: ("⊘", Tone.STOPPED),
}
_STEPS: Final = {
    StepStatus.NEW: ("○", Tone.WAITING),
    StepStatus.RUNNING: ("●", Tone.RUNNING),
    StepStatus.WAITING: ("↻", Tone.RETRYING),
    StepStatus.DONE: ("✓", Tone.GOOD),
    StepStatus.DEGRADED: ("▲", Tone.WARNING),
}
_LEVELS: Final = {
    Severity.PAGE: Cell("✗ PAGE", Tone.ALARM),
    Severity.INVESTIGATE: Cell("▲ WARN", Tone.WARNING),
    Severity.WARNING: Cell("▲ WARN", Tone.WARNING),
}
_HELD: Final = {
    AlertState.OK: Cell("✓ OK", Tone.GOOD),
    AlertState.ACKNOWLEDGED: Cell("▲ ACK", Tone.WARNING),
    AlertState.SILENCED: Cell("⊘ MUTE", Tone.STOPPED),
}


def of_phase(phase: Phase) -> Cell:
    """Glyph and word of a job's state."""
    glyph, tone = _PHASES[phase]
    return Cell(f"{glyph} {phase.value}", tone)


def glyph_of(phase: Phase) -> Cell:
    """The glyph alone, where the word stands elsewhere."""
    return Cell(*_PHASES[phase])


def of_step(status: StepStatus) -> Cell:
    """The glyph of a step's state."""
    return Cell(*_STEPS[status])


def of_alert(alert: AlertView) -> Cell:
    """Glyph and word of how loud an alert is."""
    return _HELD.get(alert.state) or _LEVELS[alert.severity]


# Every character of ours past ASCII that a screen may hold, and what is shown for it.
_ASCII: Final = {
    **dict(zip("○‖◷↻●⊘✓✗▲▸✱–…·×¹²³⁴⁵⁶⁷", ".\"'~>-+x^>*-..x1234567", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█░━╸╺╍┊❚→←↑↓▌⟳›", "__..--=#.---.:|><^v|~>", strict=True)),
    **dict.fromkeys("─━═╌", "-"),
    **dict.fromkeys("│┃║▏▎▍▋▊▉▐", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("▔▀▄", "="),
    "▄": ".",
    "\N{NO-BREAK SPACE}": " ",
}
_TABLE: Final = {ord(glyph): plain for glyph, plain in _ASCII.items()}


def in_ascii(text: str) -> str:
    """``text`` in ASCII, as wide as it was: our glyphs by what stands for them, whatever
    else is past ASCII by question marks."""
    if text.isascii():
        return text
    told = text.translate(_TABLE)
    return told if told.isascii() else "".join(map(_plain, told))


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    return "??" if unicodedata.east_asian_width(character) in {"W", "F"} else "?"
