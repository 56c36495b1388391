"""The dashboard itself: it keeps the newest frame, hands it to the screen that is shown, and
passes on what is asked for. What a screen shows, and how, is the screen's."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from plinthctl.domain.catalog import JobType
from plinthctl.domain.ids import short
from plinthctl.domain.restart import RETRYABLE, Start
from plinthctl.domain.text import safe_line
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.render.board.order import subject
from tui import keys, questions
from tui.actions import Action, Cancel, Reap, Retry, SubmitJob
from tui.filters import AsciiFilter
from tui.frame import Frame, Wanted
from tui.link import Link
from tui.messages import Arrived, Done, Lost, Moved, Refused
from tui.moving import heard_of, moved, remembered
from tui.outcomes import told
from tui.pace import faster, slower
from tui.palette import Commands
from tui.screens.base import Looking
from tui.screens.confirm import Confirm
from tui.screens.detail import Detail
from tui.screens.form import SubmitForm
from tui.screens.from_step import FromStep
from tui.screens.jobs import Jobs
from tui.screens.over import Over
from tui.screens.overview import Overview
from tui.screens.progress import Progress
from tui.site import Site
from tui.theme import NO_COLOR_THEME, OURS, PLINTH, Palette, palette
from tui.times import Times
from tui.tracker import Tracker
from tui.widgets.footer import Hint

TICK_S: Final = 1.0  # while an age is shown that grows without a frame

STAYS_S: Final = 8.0  # a toast


class Feeding(Protocol):
    """What the app needs of a feed."""

    def start(self) -> None: ...
    def want(self, wanted: Wanted) -> None: ...
    def now(self) -> None: ...
    def every(self, interval_s: float) -> None: ...
    def pause(self) -> None: ...
    def go_on(self) -> None: ...
    def stop(self) -> None: ...


class Hearing(Protocol):
    """What the app needs of an ear."""

    def start(self) -> None: ...
    def about(self, ids: Iterable[str]) -> None: ...
    def stop(self) -> None: ...


class Doing(Protocol):
    """What the app needs of whoever does what is asked for."""

    def ask(self, action: Action) -> None: ...
    def rest(self) -> None: ...
    def go_on(self) -> None: ...
    def stop(self) -> None: ...


class TopApp(App[int]):
    """``feed``, ``hands`` and ``ear`` are made once the app can be told of things."""

    CSS_PATH = Path(__file__).parent / "styles" / "top.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"top": Overview}
    DEFAULT_MODE = "top"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = list(keys.EVERYWHERE)

    def __init__(
        self,
        site: Site,
        feed: Callable[["TopApp"], Feeding],
        hands: Callable[["TopApp"], Doing],
        ear: Callable[["TopApp"], Hearing],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ansi_color=True if site.no_color else None)
        self.site = site
        self.clock = clock
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
        wished = OURS if self.site.theme == "default" else self.site.theme
        self.theme = NO_COLOR_THEME if self.site.no_color else wished
        self.set_keymap(dict(self.site.keys))
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
        self._answer_signals()

    def on_unmount(self) -> None:
        """Look no more, and end what was begun."""
        self.ear.stop()
        self.feed.stop()
        self.hands.stop()

    # -- what the feed tells ------------------------------------------------------------

    def on_arrived(self, message: Arrived) -> None:
        """Keep the frame, and show it."""
        if self.link.paused_at_s is not None:
            self._fill_in(message.frame)
            return
        away = self.link.away
        self.link = self.link.arrived(message.every_s, self.clock())
        self.frame = message.frame
        self._jobs = remembered(self._jobs, message.frame)
        if away is not None:
            self.say(f"back after {self.clock() - away.since_s:.0f}s")
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

    # -- what keys ask for --------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What changes something is not there in read-only, and waits while the store is away."""
        return not (action in keys.CHANGING and self.site.read_only)

    def action_leave(self) -> None:
        """Leave this screen, if there is one below it."""
        self.clear_notifications()
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def view(self, job_id: str) -> None:
        """View a job, with those beside it in the list that it is chosen from."""
        beside = self.shown.around() if self.shown else ()
        self.push_screen(Detail(job_id, beside))

    def view_instead(self, job_id: str, beside: tuple[str, ...]) -> None:
        """View another job in the place of the one that is viewed."""
        self.switch_screen(Detail(job_id, beside))

    def action_view(self, job_id: str) -> None:
        """View the job of a toast, which has done its duty."""
        self.clear_notifications()
        if not self.is_shown(job_id):
            self.view(job_id)

    def action_view_newest(self) -> None:
        """View the job of the newest toast."""
        if self.tracker.newest is not None:
            self.action_view(self.tracker.newest)

    def action_jobs(self) -> None:
        """Show the list of jobs."""
        self.list_jobs()

    def action_filter(self) -> None:
        """Show the list of jobs, with the keys in its filter."""
        if isinstance(self.shown, Jobs):
            self.shown.start_typing()
        else:
            self.push_screen(Jobs(typing=True))

    def action_only(self, text: str) -> None:
        """Show the jobs of a filter."""
        self.list_jobs(text)

    def list_jobs(self, text: str = "") -> None:
        """Show the jobs of a filter, in the list that is there or in a new one."""
        if isinstance(self.shown, Jobs):
            self.shown.ask(text)
        else:
            self.push_screen(Jobs(text))

    def action_cancel(self) -> None:
        """Cancel the chosen jobs, after a question that names them."""
        jobs = tuple(job for job in self._targets() if not job.ended)
        if self._may_steer(jobs, "cancel"):
            action = Cancel(tuple(job.id for job in jobs))
            self.confirmed(questions.cancelling(jobs, self._subject()), action)

    def action_retry(self) -> None:
        """Retry the chosen jobs; asks where that may be a mistake."""
        jobs = tuple(job for job in self._targets() if job.status in RETRYABLE)
        if self._may_steer(jobs, "retry"):
            action = Retry(tuple(job.id for job in jobs))
            self.confirmed(questions.retrying(jobs), action)

    def _may_steer(self, jobs: tuple[JobView, ...], act: str) -> bool:
        """Whether some jobs can be steered now; says why not."""
        chosen = self._targets()
        if not jobs and chosen:
            which = (
                f"{short(chosen[0].id)} is {chosen[0].phase}" if len(chosen) == 1 else "none can"
            )
            self.say(f"nothing to {act}: {which}", bad=True)
        return bool(jobs) and self.may_change()

    def action_reap(self) -> None:
        """Put right what is stuck."""
        self.change(Reap())

    def change(self, action: Action) -> bool:
        """Do something that changes what is there, if that can be done now; whether it can."""
        if may := self.may_change():
            self.hands.ask(action)
        return may

    def retry_from(self, detail: JobDetail, job_type: JobType | None) -> None:
        """Retry a job from a step that is chosen."""
        if job_type is None or not self.may_change():
            return
        job_id = detail.job.id

        def chosen(start: Start | None) -> None:
            if start is not None:
                self.change(Retry((job_id,), start))

        self.push_screen(FromStep(detail, job_type), chosen)

    def action_submit(self) -> None:
        """Submit a job."""
        self.submit()

    def submit(self, job_type: str | None = None) -> None:
        """Submit a job, of this type if one is named, and watch it."""
        if self.may_change():
            self.push_screen(SubmitForm(job_type))

    def confirmed(self, question: questions.Question | None, action: Action) -> None:
        """Do it once the question is answered with yes; at once where there is none."""
        if question is None:
            self.hands.ask(action)
        else:
            self.push_screen(Confirm(question), lambda yes: self.hands.ask(action) if yes else None)

    def _subject(self) -> str:
        return self.shown.subject() if self.shown else ""

    def _targets(self) -> tuple[JobView, ...]:
        return self.shown.targets() if self.shown else ()

    def may_change(self) -> bool:
        """Whether something can be changed now; says why not."""
        if self.link.away is not None:
            self.say(f"not now: {self.link.away.error.message}", bad=True)
        return self.link.away is None and not self.site.read_only

    def on_done(self, message: Done) -> None:
        """Say what came of it, and look at its effect."""
        self.tracker.did(message.outcome)
        if not self._answered(message):
            self._say_done(message)
        self.feed.now()

    def _say_done(self, message: Done) -> None:
        if message.outcome.job is not None:  # whoever asked for it has left
            self.tracker.started(message.outcome.job)
        elif said := told(message.outcome):
            self.say(said)

    def _answered(self, message: Done | Refused) -> bool:
        """Whether it was asked for by something that is still there."""
        answered = any(over.answered(message) for over in self._overs())
        if answered and isinstance(message, Done) and isinstance(message.action, SubmitJob):
            job, asked = message.outcome.job, message.action.job
            if job is not None:
                self.call_later(self.push_screen, Progress(job, subject(asked.input)))
        return answered

    def on_refused(self, message: Refused) -> None:
        """Say why not."""
        if not self._answered(message):
            self.say(message.error.message, bad=True)

    def say(self, words: str, *, bad: bool = False) -> None:
        """A toast; what it says may be anybody's."""
        if bad:
            self.notify(safe_line(words), severity="error", markup=False, timeout=STAYS_S)
        else:
            self.notify(safe_line(words), markup=False, timeout=STAYS_S)

    # -- manners ------------------------------------------------------------------------

    def _answer_signals(self) -> None:
        """Leave at a signal as at a key: the terminal is given back."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError, ValueError, RuntimeError):  # not the main thread
                loop.add_signal_handler(number, self.exit, None, 128 + number)

    def _fatal_error(self) -> None:
        # Textual would print the values of all variables: data, unescaped, and what is secret.
        self.bell()
        self._close_messages_no_wait()

    @property
    def crash(self) -> Exception | None:
        """What ended it, if it was an error of ours."""
        return self._exception

    def action_copy(self) -> None:
        """Copy the ids of the chosen jobs."""
        self.copied("\n".join(job.id for job in self._targets()))

    def action_copy_command(self) -> None:
        """Copy the command lines for the chosen jobs."""
        self.copied("\n".join(self.shown.commands()) if self.shown else "")

    def copied(self, text: str) -> None:
        """Copy something to the terminal's clipboard, and say so."""
        if text:
            self.copy_to_clipboard(text)
            self.say(f"copied: {text}")

    def action_times(self) -> None:
        """Show ages, times in UTC, or local times: the next of the three."""
        self.times = self.times.following
        self.show_again()

    def action_suspend_process(self) -> None:
        """Let the shell have the terminal; nobody waits for us meanwhile."""
        self.hands.rest()
        try:
            super().action_suspend_process()
        finally:
            self.hands.go_on()

    def action_pause(self) -> None:
        """Look no more, or look again."""
        if self.link.paused_at_s is None:
            self.feed.pause()
            self.link = self.link.paused(self.clock())
        else:
            self.link = self.link.gone_on()
            self.feed.go_on()
        self.show_again()

    def action_look(self) -> None:
        """Look at once."""
        self.feed.now()

    def action_slower(self) -> None:
        """Look less often."""
        self._pace(slower(self.link.interval_s))

    def action_faster(self) -> None:
        """Look more often."""
        self._pace(faster(self.link.interval_s))

    def _pace(self, interval_s: float) -> None:
        self.link = self.link.asked_for(interval_s)
        self.feed.every(interval_s)
        self.show_again()

    def action_help(self) -> None:
        """Show the keys, or hide them."""
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def hint(self, identifier: str, usual: str, does: str, action: str = "") -> Hint:
        """A hint for a key that the settings may have changed."""
        return Hint(keys.shown(identifier, usual, self.site.keys), does, action)

    def hints_of(self, *identifiers: str) -> Iterator[Hint]:
        """The hints for keys of everywhere, but for those that are not there."""
        by_id: Mapping[str | None, Binding] = {one.id: one for one in keys.EVERYWHERE}
        for identifier in identifiers:
            binding = by_id[identifier]
            name = binding.action.partition("(")[0]
            if self.check_action(name, ()):
                usual = binding.key_display or binding.key
                yield self.hint(identifier, usual, binding.description, f"app.{binding.action}")
