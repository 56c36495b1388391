"""A worker's heartbeat: a thread of its own, with its own way to the store."""

import threading
from collections.abc import Callable
from typing import Final

from plinthctl.domain.liveness import BEAT_EVERY_S, LOOP_STALLED_AFTER_S, Standing, standing
from plinthctl.domain.runs import Beat
from plinthctl.errors import StoreUnavailable
from worker.clocks import steady_s

LOOK_EVERY_S: Final = 1.0
AGAIN_AFTER_S: Final = 1.0  # when the store did not answer
STALLED_FOR_GOOD_S: Final = 60.0  # a loop that does not turn again cannot even be stopped


class Pulse:
    """What a worker knows of its own life. Each value is replaced whole, so that
    the heart's thread and the loop's may both look."""

    def __init__(self, clock_s: Callable[[], float] = steady_s) -> None:
        self._clock_s = clock_s
        self._last_good_s = clock_s()
        self._ticked_s = clock_s()
        self.gaps_s: tuple[float, ...] = ()

    def start_over(self) -> None:
        """The worker has just reported for duty, which is as good as a beat."""
        self._last_good_s = self._clock_s()
        self.gaps_s = ()

    def beat(self, asked_s: float) -> None:
        """A beat succeeded that was asked for at ``asked_s`` of the clock: others
        may have seen it since then."""
        self.gaps_s = (*self.gaps_s, asked_s - self._last_good_s)[-2:]
        self._last_good_s = asked_s

    def tick(self) -> float:
        """The loop turns. Returns the seconds since it last did."""
        now_s = self._clock_s()
        gap_s, self._ticked_s = now_s - self._ticked_s, now_s
        return gap_s

    def loop_stands_for_s(self) -> float:
        """Seconds since the loop last turned."""
        return self._clock_s() - self._ticked_s

    def since_beat_s(self) -> float:
        """Seconds since the last good beat."""
        return self._clock_s() - self._last_good_s

    def standing(self) -> Standing:
        """What the worker may still do."""
        return standing(self.since_beat_s())


class Heart(threading.Thread):
    """Beats every 5 s as long as the loop turns, and says what the store answered.

    Args:
        beat: Asks the store for one beat of this worker; None: it is retired.
        broke: Called in this thread when the heart stops over an error of ours.
        give_up: Called when the loop has stood still for a minute of this
            thread's own time; it must end the process.
    """

    def __init__(
        self,
        pulse: Pulse,
        beat: Callable[[], Beat | None],
        broke: Callable[[Exception], None],
        give_up: Callable[[], None],
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._pulse = pulse
        self._beat = beat
        self._broke = broke
        self._give_up = give_up
        self._asked = threading.Event()
        self._over = False
        self._stood_for_s = 0.0

    def beat_now(self) -> None:
        """Beat at once, not only when the next beat is due."""
        self._asked.set()

    def stop(self) -> None:
        """Stop beating; returns once the last beat has its answer."""
        self._over = True
        self._asked.set()
        self.join()

    def run(self) -> None:
        """Beat until stopped."""
        try:
            wait_s = 0.0
            while not self._over:
                self._wait(wait_s)
                wait_s = BEAT_EVERY_S if self._over or self._beat_once() else AGAIN_AFTER_S
        except Exception as error:  # noqa: BLE001 - a worker without a heart must be told
            self._broke(error)

    def _wait(self, wait_s: float) -> None:
        """Wait in short looks: this thread's own time is what the loop is judged by."""
        while wait_s > 0 and not self._asked.wait(min(wait_s, LOOK_EVERY_S)):
            wait_s -= LOOK_EVERY_S
            self._look_at_the_loop()
        self._asked.clear()

    def _look_at_the_loop(self) -> None:
        stands = self._pulse.loop_stands_for_s() > LOOP_STALLED_AFTER_S
        self._stood_for_s = self._stood_for_s + LOOK_EVERY_S if stands else 0.0
        if self._stood_for_s >= STALLED_FOR_GOOD_S:
            self._give_up()

    def _beat_once(self) -> bool:
        """Whether the store answered. For a loop that stands still, a beat would be a lie."""
        if self._pulse.loop_stands_for_s() > LOOP_STALLED_AFTER_S:
            return False
        asked_s = steady_s()
        try:
            answer = self._beat()
        except StoreUnavailable:
            return False
        if answer is not None:
            self._pulse.beat(asked_s)
        return True
