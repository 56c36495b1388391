"""The feed: a thread that looks, again and again, and tells what it sees.

One look at a time, never two: the next begins when the last has ended and its time has
come. Whoever is in a hurry wakes it up.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from textual.message import Message

from plinthctl.errors import PlinthError
from tui.frame import Frame, Wanted
from tui.messages import Arrived, Lost
from tui.pace import back_off, paced

LEAVES_WITHIN_S: Final = 2.0  # a look that takes longer is left behind
log: Final = logging.getLogger("plinthctl.top")

Look = Callable[[Wanted], Frame]
Tell = Callable[[Message], object]


class Feed:
    """Looks by calling ``look`` each ``interval_s`` seconds, and hands what it sees to
    ``tell``, which may be called from any thread."""

    def __init__(self, look: Look, tell: Tell, interval_s: float) -> None:
        self._look = look
        self._tell = tell
        self._interval_s = interval_s
        self._wanted = Wanted()
        self._again = threading.Event()
        self._stopped = threading.Event()
        self._paused = False
        self._asked = False
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="top-feed", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def want(self, wanted: Wanted) -> None:
        """Look for this as well from now on, and at once if it is something else."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._asked = True
            self._again.set()

    def now(self) -> None:
        """Look at once, or right after the look that is going on."""
        self._again.set()

    def every(self, interval_s: float) -> None:
        """Look so often from now on."""
        self._interval_s = interval_s
        self._again.set()

    def pause(self) -> None:
        """Look no more until it is told to go on, but once for whatever is wanted anew."""
        self._paused = True

    def go_on(self) -> None:
        """Look again, at once."""
        self._paused = False
        self._again.set()

    def stop(self) -> None:
        """End the thread, if its look ends soon; it is left behind otherwise."""
        self._stopped.set()
        self._again.set()
        if self._thread.is_alive():
            self._thread.join(LEAVES_WITHIN_S)

    def _run(self) -> None:
        while not self._stopped.is_set():
            wait_s = self._turn()
            self._again.wait(wait_s)
            while self._paused and not self._asked and not self._stopped.is_set():
                self._again.clear()
                self._again.wait()

    def _turn(self) -> float:
        """Look once; seconds until the next look."""
        self._again.clear()
        self._asked = False
        began_s = time.monotonic()
        try:
            frame = self._look(self._wanted)
        except PlinthError as error:
            return self._failed(error)
        except Exception as error:  # a screen that stays is worth more than one that is right
            log.exception("a look failed")
            return self._failed(PlinthError(f"{type(error).__name__}: {error}"))
        self._failures = 0
        every_s = paced(self._interval_s, time.monotonic() - began_s)
        self._say(Arrived(frame, every_s))
        return every_s

    def _failed(self, error: PlinthError) -> float:
        self._failures += 1
        retry_s = back_off(self._failures)
        self._say(Lost(error, self._failures, retry_s))
        return retry_s

    def _say(self, message: Message) -> None:
        if not self._stopped.is_set():
            self._tell(message)
