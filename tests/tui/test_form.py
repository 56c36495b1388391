"""The form that submits a job: what is wrong is said where it is, nothing is lost."""

import asyncio

from textual.widgets import Input, Select

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.inputs import MAX_TEXT_CHARS
from plinthctl.errors import LimitReached, NotFound, PlinthError, StoreUnavailable
from plinthctl.render.board import order
from tests.tui import acts, jobs, looks
from tests.tui.stage import shown
from tui.actions import Action, SubmitJob
from tui.messages import Refused
from tui.screens.form import SubmitForm
from tui.screens.progress import Progress

FULL = LimitReached("org acme already has 5 of 5 active jobs", why="A place is free in 20 s.")
NO_DECISION = NotFound("no decision dec_8f2")


def test_each_type_has_the_fields_of_its_input_and_its_decision_is_asked_for_once() -> None:
    async def play() -> dict[str, list[str]]:
        async with shown(looks.a_frame()) as stage:
            await stage.press("s")
            found = {}
            for job_type in order.runnable():
                stage.app.screen.query_one("#type", Select).value = job_type.name
                await stage.pilot.pause()
                await stage.pilot.pause()
                fields = stage.app.screen.query("#fields Input")
                found[job_type.name] = [str(one.id).removeprefix("in-") for one in fields]
            return found

    found = asyncio.run(play())
    assert found == {
        name: [field for field in JOB_TYPES[name].input_model.model_fields if field != "decision"]
        for name in found
    }
    assert len(found) == len(order.runnable())


def test_faults_are_said_below_their_fields_and_leave_once_they_are_mended() -> None:
    async def play() -> list[bool]:
        async with shown(looks.a_frame()) as stage:
            await acts.fill(stage, company_url="https//acme.com")
            await stage.press("ctrl+s")
            faulty = stage.screen
            focused = stage.app.focused
            assert isinstance(focused, Input)
            first = focused.id == "in-company_name"
            await stage.press(*"Acme", "enter", "end", *["backspace"] * 10, *"://acme.com")
            mended = stage.screen
            await stage.press("ctrl+s")
            return [
                "is not an http(s) address" in faulty,
                first,
                "✗ is" in mended,
                len(stage.hands.asked) == 1,
            ]

    assert asyncio.run(play()) == [True, True, False, True]


def test_what_was_filled_in_is_what_is_submitted_once_and_then_watched() -> None:
    async def play() -> tuple[list[Action], object]:
        async with shown(looks.a_frame()) as stage:
            await acts.fill(stage, **jobs.INPUT, decision="7Q2K9M4T")
            await stage.press("ctrl+s", "ctrl+s", "ctrl+s")
            assert "Submitting…" in stage.screen
            asked = list(stage.hands.asked)
            await stage.press("escape")
            await acts.submit(stage, jobs.running())
            return asked, stage.app.screen

    asked, screen = asyncio.run(play())
    (action,) = asked
    assert isinstance(action, SubmitJob)
    job = action.job
    assert (job.type, dict(job.input), job.org, job.user, job.decision) == (
        jobs.COMPETITOR,
        jobs.INPUT,
        "acme",
        "ana",
        "7Q2K9M4T",
    )
    assert isinstance(screen, Progress)


def test_it_copies_the_command_that_would_do_the_same() -> None:
    async def play() -> str:
        async with shown(looks.a_frame()) as stage:
            await acts.fill(stage, company_name="Acme & Co", company_url="https://acme.com")
            await stage.press("ctrl+y")
            return stage.app.clipboard

    assert asyncio.run(play()) == (
        "plinthctl submit competitor_analysis -i 'company_name=Acme & Co' "
        "-i company_url=https://acme.com --org acme --user ana"
    )


REFUSALS: dict[str, tuple[PlinthError, list[str]]] = {
    "a limit": (FULL, ["5 of 5 active jobs", "A place is free in 20 s."]),
    "a decision that is not there": (NO_DECISION, ["no decision dec_8f2"]),
    "no store": (StoreUnavailable("the store is away"), ["the store is away"]),
}


def test_a_refusal_is_said_in_the_form_which_stays_and_can_be_sent_again() -> None:
    async def play() -> tuple[dict[str, str], int]:
        async with shown(looks.a_frame()) as stage:
            await acts.fill(stage, **jobs.INPUT)
            seen = {}
            for name, (error, _) in REFUSALS.items():
                await stage.press("ctrl+s")
                await stage.tell(Refused(stage.hands.asked[-1], error))
                seen[name] = stage.screen
            assert isinstance(stage.app.screen, SubmitForm)
            return seen, len(stage.hands.asked)

    seen, asked = asyncio.run(play())
    assert [
        w for name in seen for w in ["Acme Corp", *REFUSALS[name][1]] if w not in seen[name]
    ] == []
    assert asked == len(REFUSALS)


def test_a_key_is_typed_and_does_nothing_else_and_the_longest_text_is_said() -> None:
    async def play() -> tuple[str, str]:
        async with shown(looks.a_frame()) as stage:
            await acts.fill(stage)
            await stage.press(*"qscrp!:")
            field = stage.app.screen.query_one("#in-company_name", Input)
            typed = field.value
            field.value = "x" * MAX_TEXT_CHARS
            await stage.pilot.pause()
            return typed, stage.screen

    typed, seen = asyncio.run(play())
    assert typed == "qscrp!:"
    assert "2,000 characters at most" in seen
