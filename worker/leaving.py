"""Whether this worker is to go, how soon, and with which exit code."""

import asyncio

from plinthctl.errors import ExitCode


class Leaving:
    """Set once, never taken back. For the loop's thread only."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()
        self.code = ExitCode.OK

    def ask(self) -> None:
        """Finish the running jobs first; asked a second time, give them back at once."""
        if self.asked.is_set():
            self.at_once.set()
        self.asked.set()

    def when_done(self) -> None:
        """There is nothing more to do; not a second asking, however often it is said."""
        self.asked.set()

    def break_off(self) -> None:
        """Something of ours is broken: give everything back and end as having stopped itself."""
        self.code = ExitCode.STOPPED_ITSELF
        self.asked.set()
        self.at_once.set()
