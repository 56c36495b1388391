"""What somebody does at the dashboard, in a few keys, and what the store answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from textual.widgets import Input

from plinthctl.domain.views import JobDetail, JobView
from plinthctl.domain.why import Explanation
from tests.tui import jobs, looks
from tests.tui.stage import Stage, shown
from tui.actions import Action, SubmitJob
from tui.frame import Wanted
from tui.messages import Done, Outcome

Act = Callable[[Stage], Awaitable[None]]


async def view(stage: Stage, detail: JobDetail, why: Explanation | None = None) -> None:
    """Somebody opens a job."""
    stage.app.view(detail.job.id)
    await stage.pilot.pause()
    await stage.arrives(jobs.frame(detail, why))


async def list_jobs(stage: Stage, *listed: JobView, text: str = "") -> None:
    """Somebody lists jobs, and these are found."""
    stage.app.list_jobs(text)
    await stage.pilot.pause()
    wanted = stage.feed.wanted.jobs
    assert wanted is not None
    await stage.arrives(looks.a_page(wanted, *listed))


async def fill(stage: Stage, **typed: str) -> None:
    """Somebody opens the form, and fills in this."""
    await stage.press("s")
    for name, value in typed.items():
        stage.app.screen.query_one(f"#in-{name}", Input).value = value
    wanted = Wanted(slots=tuple((one.scope, one.identifier) for one in jobs.PLACES))
    await stage.arrives(looks.a_frame(wanted=wanted, places=jobs.PLACES))


async def submit(stage: Stage, detail: JobDetail) -> None:
    """Somebody submits a job, which is this one."""
    await fill(stage, **jobs.INPUT)
    await stage.press("ctrl+s")
    action = stage.hands.asked[-1]
    assert isinstance(action, SubmitJob)
    await stage.tell(Done(action, Outcome(job=detail.job)))
    await stage.pilot.pause()


async def end(stage: Stage, *ended: JobView) -> None:
    """Jobs that are followed come to their ends, and that is told."""
    stage.app.tracker.watch(*(job.id for job in ended))
    await stage.arrives(jobs.ends(*ended))
    await stage.told()


def of_submitted(detail: JobDetail, **changes: object) -> JobDetail:
    """The job that was submitted, as it has become."""
    return jobs.as_job(detail, id=jobs.running().job.id, event_seq=9, **changes)


async def asked_for(begin: Act, keys: Sequence[str], stage: Stage) -> list[Action]:
    """What these keys ask for after a beginning; what lies over the overview is left then."""
    await begin(stage)
    stage.hands.asked.clear()
    await stage.press(*keys)
    asked = list(stage.hands.asked)
    while len(stage.app.screen_stack) > 1:
        stage.app.pop_screen()
    await stage.pilot.pause()
    return asked


Ways = Mapping[str, tuple[Act, Sequence[str], Sequence[Action]]]


def every_way(ways: Ways) -> dict[str, list[Action]]:
    """What is asked for by each, one after the other in one dashboard."""

    async def play() -> dict[str, list[Action]]:
        async with shown(looks.a_frame()) as stage:
            return {
                way: await asked_for(begin, keys, stage) for way, (begin, keys, _) in ways.items()
            }

    return asyncio.run(play())


def expected(ways: Ways) -> dict[str, list[Action]]:
    """What each should ask for."""
    return {way: list(asked) for way, (_, _, asked) in ways.items()}
