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
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.errors import StoreUnavailable
from tests.cli.hostile import HOSTILE as WORST
from tests.cli.hostile import MARKS_IN_A_ROW, obeyed, piles
from tests.cli.samples import ago
from tests.tui import acts, jobs, looks
from tests.tui.stage import NARROW, SITE, WIDE, Stage, shown
from tui.frame import Frame
from tui.screens.detail import Detail
from tui.screens.progress import Progress

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
    listed = (*frame.snapshot.active, *frame.snapshot.recent)
    await stage.arrives(replace(looks.a_page(wanted, *listed), snapshot=frame.snapshot))
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


async def one_job(stage: Stage, text: str) -> list[str]:
    """What is seen of one job whose every word is that, in all places that show a job by itself."""
    seen = []
    detail = spoilt(jobs.failed(), text)
    await acts.view(stage, detail, replace(jobs.EXA_FAILED, sentence=text, otherwise=text))
    seen.append(stage.screen)
    for key in ("i", "o", "e", "F"):
        await stage.press(key)
        seen.append(stage.screen)
        await stage.press("escape")
        if not isinstance(stage.app.screen, Detail):  # there was nothing to show
            await acts.view(stage, detail)
    await stage.press("r")
    seen.append(stage.screen)
    await stage.press("escape", "y", "Y")
    seen.append(stage.screen)
    stage.app.push_screen(Progress(detail.job, text))
    await stage.pilot.pause()
    await stage.arrives(jobs.frame(detail))
    seen.append(stage.screen)
    await stage.press("escape", "escape")
    running = spoilt(jobs.running(), text)
    stage.app.push_screen(Progress(running.job, text))
    await stage.pilot.pause()
    await stage.arrives(jobs.frame(running))
    seen.append(stage.screen)
    await stage.press("c")
    seen.append(stage.screen)
    await stage.press("escape", "escape")
    await acts.end(stage, detail.job)
    await acts.end(stage, running.job, replace(detail.job, id=looks.job_id("2")))
    seen.append(stage.screen)
    stage.app.clear_notifications()
    await acts.fill(stage, company_name=text[:1900], org=text[:1900], decision=text[:1900])
    await stage.press("ctrl+s", "ctrl+y")
    seen.append(stage.screen)
    await stage.press("escape")
    return seen


def spoilt(detail: JobDetail, text: str) -> JobDetail:
    """A job in which everything that is anybody's says that."""
    tries = tuple(replace(one, provider=text, message=text) for one in detail.steps[1].history)
    steps = tuple(replace(one, reason=text, history=tries) for one in detail.steps)
    events = tuple(replace(one, data={**one.data, "message": text}) for one in detail.events)
    job = _job(
        replace(detail.job, error=text, status_message=text, error_code="auth_failure"), text
    )
    return replace(
        detail,
        job=job,
        input={"company_name": text, text: [text]},
        output={text: text, "warnings": [{"step": text, "reason": text}]},
        error_detail={**(detail.error_detail or {}), "message": text, "detail": text, text: text},
        steps=steps,
        events=events,
    )


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


def test_the_worst_text_there_is_is_shown_and_nothing_more() -> None:
    async def play() -> tuple[str, bool]:
        async with shown(hostile([WORST]), NARROW) as stage:
            seen = [await every_view(stage, [WORST]), *await one_job(stage, WORST)]
            return "\n".join(seen), stage.app.is_running

    seen, alive = asyncio.run(play())
    assert alive
    assert obeyed(seen) == []
    assert piles(seen) <= MARKS_IN_A_ROW


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
