"""One job in every state, the form, what is watched, and what is told, at both sizes."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from plinthctl.domain.views import JobDetail, JobView
from plinthctl.domain.why import Explanation
from plinthctl.errors import LimitReached
from tests.cli.samples import ago
from tests.tui import jobs, looks
from tests.tui.stage import Stage
from tests.tui.test_golden import Act, golden_all, seen
from tui.actions import SubmitJob
from tui.frame import Wanted
from tui.messages import Done, Outcome, Refused

FULL = LimitReached(
    "org acme already has 5 of 5 active jobs (limit per organization)",
    why="Too many active jobs. Please wait for some to complete. A place is likely free in 20 s.",
)


def _views(detail: JobDetail, why: Explanation | None, *keys: str) -> Act:
    async def act(stage: Stage) -> None:
        stage.app.view(detail.job.id)
        await stage.pilot.pause()
        await stage.arrives(jobs.frame(detail, why))
        await stage.press(*keys)

    return act


def _fills(*keys: str, **typed: str) -> Act:
    async def act(stage: Stage) -> None:
        await stage.press("s")
        for name, value in typed.items():
            stage.app.screen.query_one(f"#in-{name}", Input).value = value
        wanted = Wanted(slots=tuple((one.scope, one.identifier) for one in jobs.PLACES))
        await stage.arrives(looks.a_frame(wanted=wanted, places=jobs.PLACES))
        await stage.press(*keys)

    return act


async def _is_refused(stage: Stage) -> None:
    await _fills("ctrl+s", **jobs.INPUT)(stage)
    await stage.tell(Refused(stage.hands.asked[-1], FULL))


async def submitted(stage: Stage, detail: JobDetail) -> None:
    """Somebody submits a job, which is this one."""
    await _fills("ctrl+s", **jobs.INPUT)(stage)
    action = stage.hands.asked[-1]
    assert isinstance(action, SubmitJob)
    await stage.tell(Done(action, Outcome(job=detail.job)))
    await stage.pilot.pause()


def _watches(detail: JobDetail, *keys: str) -> Act:
    async def act(stage: Stage) -> None:
        await submitted(stage, jobs.running())
        await stage.arrives(jobs.frame(detail))
        await stage.press(*keys)

    return act


def _failed_now() -> JobDetail:
    """The job that was submitted, as it fails."""
    found = jobs.failed()
    same = replace(found.job, id=jobs.running().job.id, type=jobs.COMPETITOR, event_seq=9)
    return replace(found, job=same, input=jobs.INPUT)


def _slow() -> JobDetail:
    found = jobs.running()
    return replace(found, job=replace(found.job, started_at=ago(290), event_seq=9))


def _ready() -> JobDetail:
    found = jobs.completed()
    return replace(found, job=replace(found.job, id=jobs.running().job.id, event_seq=9))


async def _one_is_ready(stage: Stage) -> None:
    await _ends(stage, jobs.completed().job)


async def _one_fails(stage: Stage) -> None:
    await _ends(stage, jobs.failed().job)


async def _several_end(stage: Stage) -> None:
    await _ends(stage, jobs.completed().job, jobs.failed().job)


async def _ends(stage: Stage, *ended: JobView) -> None:
    stage.app.tracker.watch(*(job.id for job in ended))
    await stage.arrives(jobs.ends(*ended))
    await stage.told()


STATES: dict[str, Act] = {
    "detail-running": _views(jobs.running(), jobs.ON_COURSE),
    "detail-retrying": _views(jobs.retrying(), jobs.BACKS_OFF),
    "detail-failed": _views(jobs.failed(), jobs.EXA_FAILED),
    "detail-completed": _views(jobs.completed(), None),
    "detail-error-whole": _views(jobs.failed(), jobs.EXA_FAILED, "e"),
    "detail-input-whole": _views(jobs.failed(), jobs.EXA_FAILED, "i"),
    "detail-output-whole": _views(jobs.completed(), None, "o"),
    "detail-from-step": _views(jobs.failed(), jobs.EXA_FAILED, "F", "j"),
    "detail-cancel": _views(jobs.running(), jobs.ON_COURSE, "c"),
    "form": _fills(),
    "form-errors": _fills("ctrl+s", company_name="Acme Corp", company_url="https//acme.com"),
    "form-refused": _is_refused,
    "progress": _watches(jobs.running()),
    "progress-failed": _watches(_failed_now()),
    "progress-longer": _watches(_slow()),
    "progress-ready": _watches(_ready()),
    "progress-cancel": _watches(jobs.running(), "c"),
    "toast-started": _watches(jobs.running(), "escape"),
    "toast-ready": _one_is_ready,
    "toast-failed": _one_fails,
    "toast-merged": _several_end,
}


@pytest.mark.parametrize("state", STATES)
def test_the_screen_looks_as_it_did(state: str) -> None:
    golden_all(state, seen(looks.a_frame(), STATES[state]))
