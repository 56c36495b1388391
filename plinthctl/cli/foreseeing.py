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

    for group_id in chosen.groups:
        shell.say(foresight.group_line(shell.services.groups.group(group_id)))


def foretell_retry(shell: Shell, chosen: Chosen, start: "Start") -> None:
    """Say what a retry of a group's jobs keeps, takes and costs."""
    from plinthctl.render import foresight

    name_groups(shell, chosen)
    if chosen.groups and chosen.ids:
        found = shell.services.foresight.of_retry(chosen.ids, start)
        shell.say(*foresight.preview_lines(found))
