"""What a worker concludes from its own heartbeat, on a clock that the test moves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from plinthctl.domain.liveness import Standing, may_judge
from plinthctl.domain.runs import Beat
from plinthctl.errors import StoreUnavailable
from tests.worker.states import NOON
from worker.beat import Heart, Pulse

PATIENCE_S = 20.0


class Steady:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def move(self, seconds: float) -> float:
        self.now_s += seconds
        return self.now_s


@pytest.fixture
def clock() -> Steady:
    return Steady()


@pytest.fixture
def pulse(clock: Steady) -> Pulse:
    return Pulse(clock)


@pytest.mark.parametrize(
    ("age_s", "standing"),
    [
        pytest.param(0, Standing.SOUND, id="just beat: sound"),
        pytest.param(9.9, Standing.SOUND, id="one beat missed: sound"),
        pytest.param(10, Standing.NO_NEW_STEP, id="10 s: starts no step"),
        pytest.param(14.9, Standing.NO_NEW_STEP, id="just below 15 s: still runs"),
        pytest.param(15, Standing.LET_GO, id="15 s: others may have its jobs"),
    ],
)
def test_standing_follows_the_age_of_the_last_good_beat(
    pulse: Pulse, clock: Steady, age_s: float, standing: Standing
) -> None:
    pulse.beat(clock())
    clock.move(age_s)
    assert pulse.standing() is standing


def test_a_beat_counts_from_when_it_was_asked_for_not_from_its_answer(
    pulse: Pulse, clock: Steady
) -> None:
    asked_s = clock()
    clock.move(12)
    pulse.beat(asked_s)
    assert pulse.standing() is Standing.NO_NEW_STEP


@pytest.mark.parametrize(
    ("gaps_s", "judges"),
    [
        pytest.param([], False, id="no beat yet"),
        pytest.param([5], False, id="one beat"),
        pytest.param([5, 5], True, id="two on time"),
        pytest.param([3600, 5], False, id="the first after a sleep and one more"),
        pytest.param([3600, 5, 5], True, id="two on time after a sleep"),
    ],
)
def test_only_whose_own_last_two_beats_were_on_time_judges_others(
    pulse: Pulse, clock: Steady, gaps_s: list[float], judges: bool
) -> None:
    for gap_s in gaps_s:
        pulse.beat(clock.move(gap_s))
    assert may_judge(pulse.gaps_s) is judges


def test_reporting_for_duty_anew_forgets_the_old_beats(pulse: Pulse, clock: Steady) -> None:
    for _ in range(2):
        pulse.beat(clock.move(5))
    clock.move(100)
    pulse.start_over()
    assert pulse.standing() is Standing.SOUND
    assert not may_judge(pulse.gaps_s)


def test_a_turn_of_the_loop_tells_how_long_it_stood(pulse: Pulse, clock: Steady) -> None:
    clock.move(7)
    assert pulse.loop_stands_for_s() == 7
    assert pulse.tick() == 7
    assert pulse.loop_stands_for_s() == 0


class Chest:
    """A heart whose store and fate the test holds."""

    def __init__(self, pulse: Pulse) -> None:
        self.answers: list[Beat | Exception | None] = []
        self.asked = threading.Semaphore(0)
        self.broken = threading.Event()
        self.errors: list[Exception] = []
        self.heart = Heart(pulse, self._beat, self._broke, give_up=lambda: None)

    def _beat(self) -> Beat | None:
        answer = self.answers.pop(0) if self.answers else Beat(NOON, 1)
        self.asked.release()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _broke(self, error: Exception) -> None:
        self.errors.append(error)
        self.broken.set()

    def wait_for_beats(self, count: int) -> None:
        for _ in range(count):
            assert self.asked.acquire(timeout=PATIENCE_S)

    @contextmanager
    def beating(self) -> Iterator[None]:
        self.heart.start()
        try:
            yield
        finally:
            self.heart.stop()


def test_a_store_that_does_not_answer_is_asked_again_within_a_second_or_two() -> None:
    pulse = Pulse()
    chest = Chest(pulse)
    chest.answers = [StoreUnavailable("away"), Beat(NOON, 1)]
    with chest.beating():
        chest.wait_for_beats(2)
    assert len(pulse.gaps_s) == 1
    assert not chest.broken.is_set()


def test_a_beat_can_be_asked_for_before_it_is_due() -> None:
    chest = Chest(Pulse())
    with chest.beating():
        chest.wait_for_beats(1)
        chest.heart.beat_now()
        chest.wait_for_beats(1)
    assert not chest.errors


def test_a_worker_that_was_retired_has_no_beat_to_count() -> None:
    pulse = Pulse()
    chest = Chest(pulse)
    chest.answers = [None]
    with chest.beating():
        chest.wait_for_beats(1)
    assert pulse.gaps_s == ()


def test_for_a_loop_that_stands_still_no_beat_is_sent(pulse: Pulse, clock: Steady) -> None:
    clock.move(11)  # the loop has not turned since
    chest = Chest(pulse)
    with chest.beating():
        assert not chest.asked.acquire(timeout=0.2)
        pulse.tick()
        chest.wait_for_beats(1)


def test_a_heart_that_breaks_says_so() -> None:
    chest = Chest(Pulse())
    chest.answers = [ZeroDivisionError("ours")]
    with chest.beating():
        assert chest.broken.wait(PATIENCE_S)
    assert [type(error) for error in chest.errors] == [ZeroDivisionError]
