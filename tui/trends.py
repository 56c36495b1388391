"""Depth and rate over the last minutes, each from zero; depth against its threshold."""

from rich.text import Text

from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.snapshot import Series, Snapshot
from plinthctl.domain.spans import span
from plinthctl.render.board.cells import Cell, Tone
from tui import draw
from tui.theme import Palette
from tui.widgets.spark import spark

GAP = 5
LONGEST = 60  # minutes that are drawn at most


def trends(look: Snapshot, width: int, colours: Palette) -> Text:
    """Both, in as many minutes as have room."""
    threshold = _threshold(look)
    bound = f"/{threshold:g}" if threshold else ""
    per_minute = _per_minute(look)
    words = (
        len(f" Depth  {look.now.depth:,}{bound} 60m") + GAP + len(f"Rate  {per_minute:.1f}/min ")
    )
    bars = max(0, min(LONGEST, (width - words) // 2))
    over = bool(threshold) and look.now.depth > threshold
    return draw.text(
        colours,
        Cell(" Depth ", Tone.DIM),
        Cell(_drawn(look.depth, threshold, bars), Tone.BAD if over else Tone.RUNNING),
        Cell(f" {look.now.depth:,}{bound}{'!' if over else ''}", Tone.BAD if over else Tone.STRONG),
        Cell(f" {span(bars * look.depth.span_s)}", Tone.DIM),
        " " * GAP,
        Cell("Rate ", Tone.DIM),
        Cell(_drawn(look.rate, 0.0, bars), Tone.RUNNING),
        Cell(f" {per_minute:.1f}/min", Tone.STRONG),
    )


def _drawn(series: Series, threshold: float, bars: int) -> str:
    return spark(series.values, threshold, min(bars, len(series.values)))


def _threshold(look: Snapshot) -> float:
    return next((a.threshold for a in look.alerts if a.rule is AlertRule.QUEUE_DEPTH), 0.0)


def _per_minute(look: Snapshot) -> float:
    done = sum(one.completed for one in look.types)
    return 60 * done / look.window_s if look.window_s else 0.0
