"""The dashboard itself: where its keys lead, and its manners. What is shown and what is
changed have modules of their own; what a screen shows, and how, is the screen's."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from tui import keys
from tui.pace import faster, slower
from tui.palette import Commands
from tui.screens.detail import Detail
from tui.screens.jobs import Jobs
from tui.screens.overview import Overview
from tui.steering import Steering
from tui.widgets.footer import Hint


class TopApp(Steering):
    """The app that is run."""

    CSS_PATH = Path(__file__).parent / "styles" / "top.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"top": Overview}
    DEFAULT_MODE = "top"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = list(keys.EVERYWHERE)

    def on_mount(self) -> None:
        """Answer signals, and remember what is chosen, from now on."""
        self._answer_signals()
        if self.memory is not None and not self.site.no_color:
            memory = self.memory
            self.theme_changed_signal.subscribe(self, lambda theme: memory.keep_theme(theme.name))

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
