"""Every screen in every state at both sizes, as text that a person has looked at."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobView
from plinthctl.errors import SchemaMismatch, StoreUnavailable
from tests.tui import looks
from tests.tui.stage import NARROW, SITE, WIDE, Stage, golden, shown
from tui.frame import BellLook, Frame
from tui.site import Site

Act = Callable[[Stage], Awaitable[None]]
SIZES = {"80x24": NARROW, "140x40": WIDE}


GONE = StoreUnavailable("the store at postgresql://pg01/plinth does not answer")
OLD = SchemaMismatch("schema is 6, this plinthctl needs 7")
READ_ONLY = replace(SITE, read_only=True)
FAILED = "status:failed type:market_research since:1h timeout"
TIMEOUT = "Failed after 3 retries: Exa did not answer within 25 s."


async def _looks(stage: Stage) -> None:
    """Nothing is done."""


async def _pauses(stage: Stage) -> None:
    await stage.press("p")
    stage.now_s += 14
    stage.app.show_again()
    await stage.pilot.pause()


async def _loses_the_store(stage: Stage) -> None:
    stage.now_s += 14
    await stage.fails(GONE, attempt=3, retry_s=4.0)


async def _finds_another_schema(stage: Stage) -> None:
    await stage.fails(OLD)


async def _is_slow(stage: Stage) -> None:
    await stage.arrives(looks.a_frame(looks.busy(took_s=2.0)), every_s=6.0)


def _presses(*keys: str) -> Act:
    async def act(stage: Stage) -> None:
        await stage.press(*keys)

    return act


def _lists(text: str, *jobs: JobView, then: Act = _looks, total: int | None = None) -> Act:
    async def act(stage: Stage) -> None:
        stage.app.list_jobs(text)
        await stage.pilot.pause()
        wanted = stage.feed.wanted.jobs
        assert wanted is not None
        await stage.arrives(looks.a_page(wanted, *jobs, total=total))
        await then(stage)

    return act


def _failed(tail: str, percent: int, age_s: float, error: str = TIMEOUT) -> JobView:
    kind, status = "market_research", JobStatus.FAILED
    return looks.ended(tail, kind, status, age_s, progress=percent, error=error)


MANY = (
    _failed("7Q2K90AA", 50, 220),
    _failed("7Q2K8Y01", 20, 340),
    _failed("7Q2K8W77", 20, 520),
    _failed("7Q2K8V10", 0, 640, "the site has no such page: https://acme.com/pricing"),
)


CROWD = tuple(looks.waiting(f"{n:08}", "option_analysis", 60) for n in range(25))


async def _cancels_all(stage: Stage) -> None:
    await stage.press(*["space"] * 25, "c", "2", "y")


def seen(
    frame: Frame | None, act: Act, site: Site = SITE, sizes: Mapping[str, tuple[int, int]] = SIZES
) -> dict[str, str]:
    """The screen after an act, at each size: one dashboard that is made larger."""

    async def play() -> dict[str, str]:
        first, *others = sizes.items()
        async with shown(frame, first[1], site) as stage:
            await act(stage)
            screens = {first[0]: stage.screen}
            for name, size in others:
                await stage.pilot.resize_terminal(*size)
                await stage.pilot.pause()
                await stage.pilot.pause()
                screens[name] = stage.screen
            return screens

    return asyncio.run(play())


def golden_all(name: str, screens: Mapping[str, str]) -> None:
    for size, screen in screens.items():
        golden(f"{name}-{size}", screen)


STATES: dict[str, tuple[Frame | None, Act]] = {
    "overview-busy": (looks.a_frame(), _looks),
    "overview-empty": (looks.a_frame(looks.empty()), _looks),
    "overview-idle": (looks.a_frame(looks.idle()), _looks),
    "overview-connecting": (None, _looks),
    "overview-paused": (looks.a_frame(), _pauses),
    "overview-away": (looks.a_frame(), _loses_the_store),
    "overview-away-from-the-start": (None, _loses_the_store),
    "overview-slow": (looks.a_frame(), _is_slow),
    "overview-no-worker": (looks.a_frame(looks.busy(workers=())), _looks),
    "overview-redis-away": (looks.a_frame(bell=BellLook(error="refused")), _looks),
    "overview-other-schema": (looks.a_frame(), _finds_another_schema),
    "overview-held-back": (looks.a_frame(looks.busy(pauses=(looks.PAUSE,))), _looks),
    "overview-stuck-panel": (looks.a_frame(), _presses("4")),
    "overview-workers-panel": (looks.a_frame(), _presses("5")),
    "overview-limits-panel": (looks.a_frame(), _presses("6")),
    "overview-recent-panel": (looks.a_frame(), _presses("7")),
    "overview-alerts-alone": (looks.a_frame(), _presses("1")),
    "overview-jobs-alone": (looks.a_frame(), _presses("3")),
    "overview-limits-alone": (looks.a_frame(), _presses("6", "6")),
    "overview-utc-times": (looks.a_frame(), _presses("t")),
    "overview-cancel": (looks.a_frame(), _presses("j", "c")),
    "jobs-cancel-of-many": (looks.a_frame(), _lists("", *CROWD, then=_cancels_all)),
    "jobs-all": (looks.a_frame(), _lists("", *looks.busy().active, total=412)),
    "jobs-filtered": (looks.a_frame(), _lists(FAILED, *MANY, total=31)),
    "jobs-marked": (looks.a_frame(), _lists(FAILED, *MANY, then=_presses("j", "space", "space"))),
    "jobs-retry-of-two": (
        looks.a_frame(),
        _lists(FAILED, *MANY, then=_presses("j", "space", "space", "r")),
    ),
    "jobs-nothing": (looks.a_frame(), _lists("status:failed type:brief_generation")),
    "jobs-misspelt": (looks.a_frame(), _lists("statsu:failed")),
}
OTHER_SITES: dict[str, tuple[Site, Frame]] = {
    "read-only": (READ_ONLY, looks.a_frame()),
    "simulated": (replace(SITE, simulated=True), looks.a_frame()),
    "ascii": (replace(SITE, ascii=True), looks.a_frame()),
}


@pytest.mark.parametrize("state", STATES)
def test_the_screen_looks_as_it_did(state: str) -> None:
    golden_all(state, seen(*STATES[state]))


@pytest.mark.parametrize("name", OTHER_SITES)
def test_it_looks_as_it_did_elsewhere(name: str) -> None:
    site, frame = OTHER_SITES[name]
    golden_all(f"overview-{name}", seen(frame, _looks, site))


def test_any_size_is_shown_or_said_to_be_too_small() -> None:
    sizes = [(60, 16), (59, 16), (40, 12), (20, 5), (1, 1), (300, 100)]
    screens = seen(looks.a_frame(), _looks, sizes={f"{w}x{h}": (w, h) for w, h in sizes})
    whole = {size for size, screen in screens.items() if "Pending 37" in screen}
    assert whole == {"60x16", "300x100"}
    assert "terminal too small (59x16): need 60x16" in screens["59x16"]
    assert "terminal too small (40x12): need 60x16" in screens["40x12"]
