"""The dashboard in a real terminal, over a real store, with a worker and its simulator: a
job is submitted and watched, one cancelled, one retried from a step; the store goes and
comes back."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from plinthctl.domain.ids import short
from plinthctl.store import Store, open_store
from tests.cli.screen import Screen
from tests.e2e.program import Program
from tests.stores import Postgres
from tests.tui.drawn import Drawn
from tests.tui.relay import Relay
from tests.tui.test_terminal import TERMINAL, restored
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

ENTER, ESC, SUBMIT, CLEAR = "\r", "\x1b", "\x13", "\x15"


class Operator:
    """Somebody at the keyboard, who looks at the screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._drawn = Drawn()
        self._read = 0

    def sees(self, *words: str) -> None:
        """Wait until all of these stand there."""
        self._until(lambda seen: all(told in seen for told in words), f"{words}")

    def sees_no(self, words: str) -> None:
        """Wait until these do not stand there any more."""
        self._until(lambda seen: words not in seen, f"screen without {words}")

    def presses(self, keys: str, *then: str) -> None:
        """Press keys, and wait for what they show."""
        self._screen.press(keys)
        self.sees(*then)

    def _until(self, right: Callable[[str], bool], what: str) -> None:
        self._screen.wait_until(lambda: right(self._look()), what, self._look)

    def _look(self) -> str:
        text = self._screen.text
        self._drawn.feed(text[self._read :])
        self._read = len(text)
        return str(self._drawn)


@pytest.fixture
def store_url(postgres: Postgres) -> str:
    return postgres.new_store()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def relay(store_url: str) -> Iterator[Relay]:
    with Relay(store_url) as way:
        yield way


def test_a_day_at_the_dashboard(
    program: Program, control: SimulatorControl, relay: Relay, simulator: SimulatorProcess
) -> None:
    through = replace(program, store_url=relay.url)
    with program.worker(), Screen("top", env={**through.environment, **TERMINAL}) as screen:
        one = Operator(screen)
        one.sees("No jobs yet")
        submits_and_watches(one, control)
        cancels_another(one, program, control)
        retries_a_failed_one_from_a_step(one, program, control)
        filters(one)
        pauses(one)
        loses_the_store_and_gets_it_back(one, relay)
        screen.press("q")
        assert screen.end() == 0
        assert restored(screen.text)


def submits_and_watches(one: Operator, control: SimulatorControl) -> None:
    control.hold("exa")
    one.presses(":", "Search for commands")
    one.presses("submit market", "submit market_research")
    one.presses(ENTER, "Submit a job", "Topic")
    one.presses("orchard sensors", "orchard sensors")
    one.presses(SUBMIT, "Run in background", "Searching")
    control.release()
    one.sees("Market research ready", "100%")
    one.presses(ESC)
    one.sees_no("Market research ready")


def cancels_another(one: Operator, program: Program, control: SimulatorControl) -> None:
    control.hold("firecrawl")
    job_id = program.submit()
    one.sees(short(job_id))
    one.presses("c", f"Cancel {short(job_id)}?")
    one.presses("y", f"{short(job_id)} cancel")
    assert program.ended(job_id).job.status == "cancelled"
    control.release()


def retries_a_failed_one_from_a_step(
    one: Operator, program: Program, control: SimulatorControl
) -> None:
    control.fault("llm", "unauthorized")
    job_id = program.submit()
    assert program.ended(job_id).job.status == "failed"
    one.presses("f", "status:failed", short(job_id))
    one.sees_no("Job types")
    one.presses(ENTER, "refused our credentials", "From step")
    one.presses("F", f"Retry {short(job_id)} from", "from search-news")
    one.presses("j")
    one.presses(ENTER, "queued again")
    ended = program.ended(job_id)
    assert (ended.job.status, ended.job.round) == ("completed", 1)
    one.sees("completed")
    one.presses(ESC, "sorted by")
    one.presses(ESC)
    one.sees_no("status:")
    one.presses(ESC, "Job types")


def filters(one: Operator) -> None:
    one.presses("/", "tab Complete")
    one.presses("status:cancelled", "1 of 3")
    one.presses(ESC)
    one.sees_no("status:")
    one.presses(ESC, "Job types")


def pauses(one: Operator) -> None:
    one.presses("p", "paused")
    one.presses("p", "live")


def loses_the_store_and_gets_it_back(one: Operator, relay: Relay) -> None:
    relay.cut()
    one.sees("store unreachable", "attempt")
    one.presses("R", "not now")
    relay.mend()
    one.sees("back after", "live")
