"""The line at the top: where one is, how fresh it is, how loud, and what time it is."""

from typing import Final

from rich.text import Text

from plinthctl.domain.spans import age, span
from plinthctl.errors import PlinthError, StoreUnavailable
from plinthctl.render.board.alerts import loud
from plinthctl.render.board.cells import Cell, Tone
from tui import draw
from tui.frame import BellLook, Frame
from tui.link import Link
from tui.site import Site
from tui.theme import Palette
from tui.times import Times, clock

SLOW_S: Final = 0.5
WIDE: Final = 120  # cells


def headline(
    site: Site,
    title: str,
    frame: Frame | None,
    link: Link,
    times: Times,
    now_s: float,
    width: int,
    c: Palette,
) -> Text:
    """The whole line."""
    left = draw.text(c, *_where(site, title), *_fresh(link, now_s))
    right = draw.text(c, *_loud(frame, width), *_time(frame, times))
    quick = draw.text(c, *_quick(frame, link, width))
    fits = left.cell_len + quick.cell_len + right.cell_len < width
    return draw.ends(left + quick if fits else left, right, width)


def _where(site: Site, title: str) -> list[str | Cell]:
    place = f" · {title}" if title else ""
    marks = [" simulated"] if site.simulated else []
    marks += [" read-only"] if site.read_only else []
    return [
        " ",
        Cell(f"plinthctl top{place.replace(' · ', ' › ')}", Tone.STRONG),
        f"   {site.name}",
        *(Cell(mark, Tone.WARNING) for mark in marks),
        "   ",
    ]


def _fresh(link: Link, now_s: float) -> list[str | Cell]:
    if link.paused_at_s is not None:
        return [Cell(f" ❚❚ paused {age(now_s - link.paused_at_s)} ", Tone.ALARM)]
    if link.away is not None:
        return [Cell("✗ away", Tone.BAD)]
    if link.seen_at_s is None:
        return [Cell("connecting…", Tone.DIM)]
    slowed = f"→{span(link.every_s)}" if link.every_s > link.interval_s + 0.05 else ""
    tone = Tone.WARNING if slowed else Tone.GOOD
    return [Cell(f"● live {span(link.interval_s)}{slowed}", tone)]


def _quick(frame: Frame | None, link: Link, width: int) -> list[str | Cell]:
    if frame is None or not link.live:
        return []
    took_s = frame.snapshot.took_s
    slow = took_s > SLOW_S
    db = Cell(f"{'▲ ' if slow else ''}db {_ms(took_s)}", Tone.WARNING if slow else Tone.DIM)
    return ["   ", db, Cell(" · " if width >= WIDE else " ", Tone.DIM), *_bell(frame.bell)]


def _bell(bell: BellLook) -> list[str | Cell]:
    if bell.error is not None:
        return [Cell("▲ redis unreachable", Tone.WARNING)]
    if bell.took_s is None:
        return [Cell("no redis", Tone.DIM)]
    return [Cell(f"redis {_ms(bell.took_s)}", Tone.DIM)]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f}ms" if seconds < 1 else span(seconds)


def _loud(frame: Frame | None, width: int) -> list[str | Cell]:
    pages, warnings = loud(frame.snapshot) if frame else (0, 0)
    page, warn = (" page", " warn") if width >= WIDE else ("", "")
    parts: list[str | Cell] = [Cell(f"✗ {pages}{page}", Tone.ALARM), "  "] if pages else []
    return [*parts, Cell(f"▲ {warnings}{warn}", Tone.WARNING)] if warnings else parts


def _time(frame: Frame | None, times: Times) -> list[str | Cell]:
    return [f"   {clock(frame.snapshot.at, times)} "] if frame else []


def banner(link: Link, now_s: float) -> str | None:
    """What is said under it while looks fail; None: they do not."""
    away = link.away
    if away is None:
        return None
    if away.schema:
        return f"▲ {away.error.message} · plinthctl db upgrade"
    old = f"data {age(link.age_s(now_s))} old · " if link.seen_at_s is not None else ""
    waits = age(max(0.0, away.retry_at_s - now_s))
    gone = isinstance(away.error, StoreUnavailable)
    what, more = (
        ("store unreachable", f" · {_reason(away.error)}") if gone else (_reason(away.error), "")
    )
    return f"✗ {what} · {old}retry in {waits} (attempt {away.attempt}) · ctrl+r now{more}"


def _reason(error: PlinthError) -> str:
    return f"{error.message}: {error.why}" if error.why else error.message
