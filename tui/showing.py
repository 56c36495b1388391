"""What is shown: the newest frame, handed to the screen that is seen and to what lies over
it, and what is looked for on their behalf."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from textual.app import App

from plinthctl.domain.text import safe_line
from plinthctl.domain.views import JobView
from tui.filters import AsciiFilter, SafeFilter
from tui.frame import Frame, Wanted
from tui.link import Link
from tui.memory import Memory
from tui.messages import Arrived, Lost, Moved
from tui.moving import heard_of, moved, remembered
from tui.ports import Doing, Feeding, Hearing
from tui.screens.base import Looking
from tui.screens.detail import Detail
from tui.screens.over import Over
from tui.screens.progress import Progress
from tui.site import Site
from tui.theme import NO_COLOR_THEME, OURS, PLINTH, Palette, palette
from tui.times import Times
from tui.tracker import Tracker

TICK_S: Final = 1.0  # while an age is shown that grows without a frame

STAYS_S: Final = 8.0  # a toast


class Showing(App[int]):
    """``feed``, ``hands`` and ``ear`` are made once the app can be told of things."""

    def __init__(
        self,
        site: Site,
        feed: Callable[["Showing"], Feeding],
        hands: Callable[["Showing"], Doing],
        ear: Callable[["Showing"], Hearing],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ansi_color=True if site.no_color else None)
        self.site = site
        self.clock = clock
        self.memory = Memory(site.state) if site.state else None
        self.link = Link(site.interval_s, site.interval_s)
        self.frame: Frame | None = None
        self.feed = feed(self)
        self.hands = hands(self)
        self.ear = ear(self)
        self.times = Times.AGES
        self.tracker = Tracker(self)
        self._jobs: dict[str, JobView] = {}
        self._settle_looks()

    def _settle_looks(self) -> None:
        self.register_theme(PLINTH)
        last = self.memory.theme if self.memory else None
        wished = last or OURS if self.site.theme == "default" else self.site.theme
        self.theme = NO_COLOR_THEME if self.site.no_color else wished
        self.set_keymap(dict(self.site.keys))
        self._filters.append(SafeFilter())
        if self.site.ascii:
            self._filters.append(AsciiFilter())

    @property
    def palette(self) -> Palette:
        """The styles of all tones just now."""
        return palette(self.current_theme, no_color=self.site.no_color)

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(TICK_S, self._tick)
        self.feed.start()
        self.ear.start()

    def on_unmount(self) -> None:
        """Look no more, and end what was begun."""
        self.ear.stop()
        self.feed.stop()
        self.hands.stop()

    def on_arrived(self, message: Arrived) -> None:
        """Keep the frame, and show it."""
        if self.link.paused_at_s is not None:
            self._fill_in(message.frame)
            return
        away, before = self.link.away, self.frame
        self.link = self.link.arrived(message.every_s, self.clock())
        self.frame = message.frame
        self._jobs = remembered(self._jobs, message.frame)
        if away is not None:
            self.say(f"back after {self.clock() - away.since_s:.0f}s")
        if before is not None:
            self.tracker.alerted(before.snapshot, message.frame.snapshot)
        self.tracker.seen(message.frame.tracked)
        self.ear.about([*heard_of(message.frame), *self.tracker.ids])
        self.show_again()

    def _fill_in(self, frame: Frame) -> None:
        """While it is paused the snapshot stands still; what is opened is shown."""
        if self.frame is not None:
            self.frame = replace(frame, snapshot=self.frame.snapshot)
            self._jobs = remembered(self._jobs, self.frame)
            self.show_again()

    def on_lost(self, message: Lost) -> None:
        """Keep what is shown, and say how old it is."""
        self.link = self.link.lost(message.error, message.attempt, message.retry_s, self.clock())
        self.show_again()

    def on_moved(self, message: Moved) -> None:
        """Show what has become of some jobs; a job that is shown whole is looked at."""
        if self.frame is None or not self.link.live:
            return
        self.frame = moved(self.frame, message.jobs)
        self._jobs |= {job.id: job for job in message.jobs}
        self.tracker.seen(message.jobs)
        if any(job.id == self.frame.wanted.detail for job in message.jobs):
            self.feed.now()
        self.show_again()

    def _tick(self) -> None:
        shown = self.shown
        if not self.link.live and shown is not None and shown.stands:
            shown.show_link()

    @property
    def shown(self) -> Looking | None:
        """The full screen that is seen, whatever lies over it."""
        found = (one for one in reversed(self.screen_stack) if isinstance(one, Looking))
        return next(found, None)

    def show_again(self) -> None:
        """Hand the newest frame to the screen that is seen, and to what lies over it."""
        shown = self.shown
        if shown is None or not shown.stands:
            return
        if self.frame is not None:
            shown.show(self.frame)
        shown.show_link()
        for over in self._overs():
            if self.frame is not None and over.is_mounted:
                over.show(self.frame)

    def _overs(self) -> Iterator[Over[Any]]:
        return (one for one in self.screen_stack if isinstance(one, Over))

    def now_shown(self, screen: Looking) -> None:
        """A screen has come to the front."""
        self.want(screen)
        self.show_again()

    def want(self, screen: Looking) -> None:
        """Look for what a screen wants, if it is the one that is seen."""
        if screen is self.shown:
            self.look_for()

    def look_for(self) -> None:
        """Look for what is wanted just now: by the screen that is seen, by what lies over
        it, and for those whose ends are told."""
        wanted = self.shown.wanted() if self.shown else Wanted()
        for over in self._overs():
            wanted = over.wanted(wanted)
        self.feed.want(replace(wanted, tracked=self.tracker.ids))

    def is_shown(self, job_id: str) -> bool:
        """Whether somebody sees what becomes of this job anyway."""
        watched = {one.job_id for one in self._overs() if isinstance(one, Progress)}
        return job_id in watched or (isinstance(self.shown, Detail) and self.shown.job_id == job_id)

    def known(self, ids: tuple[str, ...]) -> tuple[JobView, ...]:
        """The jobs of these ids, as they were seen last."""
        return tuple(self._jobs[job_id] for job_id in ids if job_id in self._jobs)

    @property
    def known_ids(self) -> tuple[str, ...]:
        """The ids of all jobs that are seen."""
        return tuple(self._jobs)

    def store_time(self) -> datetime:
        """The store's clock when it was looked at last."""
        return self.frame.snapshot.at if self.frame else datetime.now(UTC)

    def say(self, words: str, *, bad: bool = False) -> None:
        """A toast; what it says may be anybody's."""
        if bad:
            self.notify(safe_line(words), severity="error", markup=False, timeout=STAYS_S)
        else:
            self.notify(safe_line(words), markup=False, timeout=STAYS_S)
