"""The keys of the whole dashboard. Each has an id, by which ``[top] keys`` can change it;
each means one thing everywhere."""

import difflib
from collections.abc import Mapping
from typing import Final

from textual.binding import Binding

from plinthctl.errors import BadConfiguration

EVERYWHERE: Final = (
    Binding("s", "submit", "Submit", id="job.submit"),
    Binding("slash", "filter", "Filter", key_display="/", id="view.filter"),
    Binding("exclamation_mark", "only('is:stuck')", "Stuck", key_display="!", id="filter.stuck"),
    Binding("f", "only('status:failed')", "Failed", id="filter.failed"),
    Binding("a", "only('is:active')", "Active", id="filter.active"),
    Binding("J", "jobs", "Jobs", id="view.jobs"),
    Binding("c", "cancel", "Cancel", id="job.cancel"),
    Binding("r", "retry", "Retry", id="job.retry"),
    Binding("R", "reap", "Reap now", id="system.reap"),
    Binding("y", "copy", "Copy id", id="job.copy"),
    Binding("Y", "copy_command", "Copy as command", id="job.copy_command"),
    Binding("v", "view_newest", "View newest", id="toast.view"),
    Binding("p", "pause", "Pause", id="top.pause"),
    Binding("ctrl+r", "look", "Refresh now", id="top.refresh"),
    Binding("minus", "slower", "Slower", key_display="-", id="top.slower"),
    Binding("plus", "faster", "Faster", key_display="+", id="top.faster"),
    Binding("t", "times", "Times", id="top.times"),
    Binding("colon", "command_palette", "Commands", key_display=":", id="top.commands"),
    Binding("question_mark", "help", "Help", key_display="?", id="top.help"),
    Binding("q", "quit", "Quit", id="top.quit"),
    Binding("ctrl+c", "quit", "Quit", show=False, priority=True, id="top.quit_now"),
    Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True, id="top.suspend"),
)
CHANGING: Final = frozenset({"submit", "cancel", "retry", "reap"})  # actions, by name
_MOVES: Final = ("down", "up", "first", "last", "page_down", "page_up")
IDS: Final = frozenset(
    {binding.id for binding in EVERYWHERE if binding.id}
    | {f"move.{name}" for name in _MOVES}
    | {"job.view", "job.mark", "view.sort", "view.reverse", "view.back"}
    | {f"job.{name}" for name in ("input", "output", "error", "from_step", "previous", "next")}
    | {"form.submit", "form.copy"}
    | {f"panel.{number}" for number in range(1, 8)}
)


def check(keys: Mapping[str, str]) -> None:
    """Raises:
    BadConfiguration: something that no key does is named.
    """
    for name in keys:
        if name not in IDS:
            near = difflib.get_close_matches(name, IDS, n=1)
            raise BadConfiguration(
                f'top.keys: nothing is called "{name}"',
                why=f"did you mean {near[0]}?" if near else None,
                fix=f"one of: {', '.join(sorted(IDS))}",
            )


def shown(identifier: str, usual: str, keys: Mapping[str, str]) -> str:
    """The key that does something, as people read it."""
    return keys.get(identifier, usual).split(",")[0]


def read(binding: Binding) -> str:
    """A key as people read it."""
    return binding.key_display or binding.key
