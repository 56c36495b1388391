"""Telling what a whole failure group is, and what becomes of it, before anything is done."""

from typing import TYPE_CHECKING

from plinthctl.cli.choosing import Chosen
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.restart import Start


def name_groups(shell: Shell, chosen: Chosen) -> None:
    """Say what the jobs that are meant have in common.

    Raises:
        NotFound: nothing is in a group that is asked for, or no longer.
    """
    from plinthctl.render import foresight

    if not chosen.groups:
        return
    found = shell.services.groups.named(chosen.groups)
    shell.say(*map(foresight.group_line, found.groups))
    if not found.whole:
        say_partial(shell)


def say_partial(shell: Shell) -> None:
    """Say that there may be more than was looked at."""
    from plinthctl.services.groups import LOOKED_AT

    shell.say(f"groups are of the newest {LOOKED_AT:,} failed jobs alone; there are older ones")


def foretell_retry(shell: Shell, chosen: Chosen, start: "Start") -> None:
    """Say what a retry of a group's jobs keeps, takes and costs."""
    from plinthctl.render import foresight

    name_groups(shell, chosen)
    if chosen.groups and chosen.ids:
        found = shell.services.foresight.of_retry(chosen.ids, start)
        shell.say(*foresight.preview_lines(found))
