"""One job in every state, the form, what is watched, and what is told, at both sizes."""

from dataclasses import replace

import pytest

from plinthctl.domain.views import JobDetail, JobView
from plinthctl.domain.why import Explanation
from plinthctl.errors import LimitReached
from tests.cli.samples import ago
from tests.tui import acts, jobs, looks
from tests.tui.stage import Stage
from tests.tui.test_golden import Act, golden_all, seen
from tui.messages import Refused

FULL = LimitReached(
    "org acme already has 5 of 5 active jobs (limit per organization)",
    why="Too many active jobs. Please wait for some to complete. A place is likely free in 20 s.",
)


def _views(detail: JobDetail, why: Explanation | None, *keys: str) -> Act:
    async def act(stage: Stage) -> None:
        await acts.view(stage, detail, why)
        await stage.press(*keys)

    return act


def _fills(*keys: str, **typed: str) -> Act:
    async def act(stage: Stage) -> None:
        await acts.fill(stage, **typed)
        await stage.press(*keys)

    return act


async def _is_refused(stage: Stage) -> None:
    await _fills("ctrl+s", **jobs.INPUT)(stage)
    await stage.tell(Refused(stage.hands.asked[-1], FULL))


def _watches(detail: JobDetail, *keys: str) -> Act:
    async def act(stage: Stage) -> None:
        await acts.submit(stage, jobs.running())
        await stage.arrives(jobs.frame(detail))
        await stage.press(*keys)

    return act


def _failed_now() -> JobDetail:
    found = acts.of_submitted(jobs.failed(), type=jobs.COMPETITOR)
    return replace(found, input=jobs.INPUT)


def _ends(*ended: JobView) -> Act:
    async def act(stage: Stage) -> None:
        await acts.end(stage, *ended)

    return act


async def _alerts_turn(stage: Stage) -> None:
    await stage.arrives(looks.a_frame(looks.busy(alerts=looks.calm_alerts())))
    await stage.arrives(looks.a_frame())
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
    "progress-longer": _watches(acts.of_submitted(jobs.running(), started_at=ago(290))),
    "progress-ready": _watches(acts.of_submitted(jobs.completed())),
    "progress-cancel": _watches(jobs.running(), "c"),
    "toast-started": _watches(jobs.running(), "escape"),
    "toast-ready": _ends(jobs.completed().job),
    "toast-failed": _ends(jobs.failed().job),
    "toast-merged": _ends(jobs.completed().job, jobs.failed().job),
    "toast-alerts": _alerts_turn,
}


@pytest.mark.parametrize("state", STATES)
def test_the_screen_looks_as_it_did(state: str) -> None:
    golden_all(state, seen(looks.a_frame(), STATES[state]))
