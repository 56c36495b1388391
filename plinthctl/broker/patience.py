"""Waiting for another process: often, and not for ever."""

import time
from collections.abc import Iterator
from typing import Final

PAUSE_S: Final = 0.005


class Patience:
    """The time that there is for something, from now on.

    File locks have no waiting with a limit, and a server that starts or ends
    tells nobody: so both are looked at again and again.
    """

    def __init__(self, within_s: float) -> None:
        self.within_s = within_s
        self._until = time.monotonic() + within_s

    def left_s(self) -> float:
        """The seconds that are left; never less than 0."""
        return max(0.0, self._until - time.monotonic())

    def tries(self) -> Iterator[None]:
        """One try at once, then others after short pauses until the time is up."""
        yield
        while self.left_s() > 0:
            time.sleep(PAUSE_S)
            yield
