"""Acceptance checks 1 and 20: what data says is shown as text, and nothing obeys it."""

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Scope
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.pauses import Pause
from plinthctl.domain.views import JobView
from plinthctl.errors import StoreUnavailable
from tests.cli.samples import ago
from tests.tui import looks
from tests.tui.stage import NARROW, SITE, WIDE, Stage, shown
from tui.frame import Frame

HOSTILE = (
    "[/x]",
    "[@click=app.quit]x[/]",
    "[a=b]gone[/]",
    "\x1b]0;x\x07",
    "\x9b31m",
    "\x00nul",
    "\u202eevil",
    "\x1b[2J\x1b[H",
    "long " * 2000,
    "日本語のメッセージ",
    "👨\u200d👩\u200d👧 family",
    "two\nlines\tand a tab",
)


def hostile(texts: Sequence[str]) -> Frame:
    """A frame in which everybody is called something of that, and says it."""
    look, everything = looks.busy(), "".join(texts)
    active = tuple(
        _job(looks.running(f"{n}", text, 50, 30, text), text) for n, text in enumerate(texts)
    )
    ends = tuple(
        _job(looks.ended(f"9{n}", text, JobStatus.FAILED, 30, error=text), text)
        for n, text in enumerate(texts)
    )
    return looks.a_frame(
        replace(
            look,
            active=active,
            stuck=active,
            recent=ends,
            workers=tuple(looks.worker(t, 1, 2, types=(t,), version=t) for t in texts),
            full=tuple(Occupancy(Scope.ORG, text, 5, 5) for text in texts),
            alerts=tuple(replace(alert, where=everything) for alert in look.alerts),
            types=tuple(replace(one, type=everything) for one in look.types),
            pauses=(Pause(everything, ago(5), everything, everything),),
        )
    )


def _job(job: JobView, text: str) -> JobView:
    return replace(job, org=text, user=text, worker=text, step=text, decision=text)


async def every_view(stage: Stage, texts: Sequence[str]) -> str:
    """All that can be seen of it, one screen after the other."""
    seen, text = [stage.screen], "".join(texts)
    for key in ("4", "5", "6", "7", "3", "t", "t"):
        await stage.press(key)
        seen.append(stage.screen)
    await stage.press("c")
    seen.append(stage.screen)
    await stage.press("escape")
    stage.app.list_jobs()
    await stage.pilot.pause()
    wanted = stage.feed.wanted.jobs
    assert wanted is not None
    frame = hostile(texts)
    jobs = (*frame.snapshot.active, *frame.snapshot.recent)
    await stage.arrives(replace(looks.a_page(wanted, *jobs), snapshot=frame.snapshot))
    seen.append(stage.screen)
    await stage.press("space", "space", "c")
    seen.append(stage.screen)
    await stage.press("escape")
    stage.app.say(text)
    await stage.pilot.pause()
    seen.append(stage.screen)
    await stage.fails(StoreUnavailable(text, why=text))
    seen.append(stage.screen)
    return "\n".join(seen)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "140x40"])
def test_hostile_text_is_shown_and_nothing_more(size: tuple[int, int]) -> None:
    async def play() -> tuple[str, bool]:
        async with shown(hostile(HOSTILE), size) as stage:
            return await every_view(stage, HOSTILE), stage.app.is_running

    seen, alive = asyncio.run(play())
    assert alive
    forbidden = {c for c in seen if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    assert forbidden == set()
    for text in HOSTILE[:3]:
        assert text in seen


def test_nothing_past_ascii_is_shown_in_ascii_mode() -> None:
    texts = ("日本 ✓ ▲", "é \u0301 👨", "Müller")

    async def play() -> str:
        async with shown(hostile(texts), NARROW, replace(SITE, ascii=True)) as stage:
            seen = await every_view(stage, texts)
            await stage.press("question_mark")
            return f"{seen}\n{stage.screen}"

    seen = asyncio.run(play())
    assert {c for c in seen if ord(c) > 0x7E} == set()
    assert [line for line in seen.splitlines() if len(line) > NARROW[0]] == []
