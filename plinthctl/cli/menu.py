"""The menu: every command's name, panel and summary, and its module only when it is called.

Help and completion of names read what stands here; most calls of the program load the
one module that they are about.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

JOBS: Final = "Jobs"
RUN: Final = "Run"
LIVE: Final = "Live"
MARKUP: Final = "rich"


@dataclass(frozen=True, slots=True)
class Item:
    """One command of the program, or a group of them."""

    name: str
    panel: str
    summary: str

    def shown(self) -> TyperCommand:
        """A command that can be listed, and not called."""
        return TyperCommand(
            self.name, help=self.summary, rich_help_panel=self.panel, rich_markup_mode=MARKUP
        )

    def loaded(self) -> Any:
        """The command itself. Its module registers it, or is a group with an ``app``."""
        keyword_safe = f"{self.name}_" if self.name == "list" else self.name
        module = import_module(f"plinthctl.cli.commands.{keyword_safe}")
        alone = typer.Typer(rich_markup_mode=MARKUP)
        if hasattr(module, "add_to"):
            module.add_to(alone)
        else:
            alone.add_typer(module.app, name=self.name, rich_help_panel=self.panel)
        return get_group(alone).commands[self.name]


# In the order of the help, panel by panel; each summary is the first line of the
# command's own help, which a test compares.
ITEMS: Final = (
    Item(
        "submit",
        JOBS,
        "Put a job in the queue, and wait for it if you like; or many jobs at once.",
    ),
    Item("list", JOBS, "List jobs, newest first."),
    Item("show", JOBS, "Show a job: its steps, its error, what it found and where."),
    Item(
        "explain",
        JOBS,
        "Say why a job waits, is slow or failed: one sentence, its evidence, what helps.",
    ),
    Item(
        "diff",
        JOBS,
        "Compare two jobs: input, step outputs, times, costs, model and prompt version.",
    ),
    Item("watch", JOBS, "Follow jobs to their end."),
    Item("cancel", JOBS, "Stop jobs; their finished steps are kept."),
    Item(
        "retry",
        JOBS,
        "Give failed and cancelled jobs a new round of tries; finished steps are kept.",
    ),
    Item("types", JOBS, "The job types: their input, their steps, how long they usually take."),
    Item("top", LIVE, "Watch everything live, and repair it from there."),
    Item("stats", LIVE, "Show how many jobs ended how, how long they took, and what waits."),
    Item(
        "metrics",
        LIVE,
        "Print the numbers in Prometheus' text format, or serve them to be scraped.",
    ),
    Item("limits", LIVE, "Show how many jobs are active of how many may be, the fullest first."),
    Item(
        "reap",
        RUN,
        "Do once what workers do for each other all the time; the last example is for cron.",
    ),
    Item(
        "doctor",
        RUN,
        "Check configuration, store, bell, workers, sweeps, alerts, clock, keys and terminal.",
    ),
    Item("pause", RUN, "Let workers take no more jobs of a type, or no more jobs at all."),
    Item("resume", RUN, "Let workers take jobs again that were held back by plinthctl pause."),
    Item(
        "demo",
        LIVE,
        "Open the dashboard on a busy system that is invented, and leave nothing behind.",
    ),
    Item(
        "alerts",
        LIVE,
        "Show the four rules beside today's numbers: what fires, since when, what to do.",
    ),
    Item("worker", RUN, "Run jobs until stopped."),
    Item("decision", JOBS, "Decisions: keep them, and see what jobs have gathered for them."),
    Item("results", JOBS, "Results: profiles, evidence, analyses and briefs, with their sources."),
    Item(
        "providers",
        RUN,
        "The providers: which may be asked, and which are left alone until they are well.",
    ),
    Item("config", RUN, "The configuration: write one, look at it, check it."),
    Item("db", RUN, "The store: look at its schema, bring it up to date, copy it."),
)


class Commands(Mapping[str, Any]):
    """The commands by name, each loaded when it is asked for."""

    def __init__(self) -> None:
        self._items = {item.name: item for item in ITEMS}
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._items[name].loaded()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class Menu(TyperGroup):
    """The program's commands: listed by what the menu says, loaded when called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        TyperGroup.format_help(self._listed(), ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        ctx.command = self._listed()
        return TyperGroup.shell_complete(ctx.command, ctx, incomplete)

    def _listed(self) -> TyperGroup:
        """The same group, of commands that can only be shown."""
        listed = copy(self)
        listed.commands = {item.name: item.shown() for item in ITEMS}
        return listed
