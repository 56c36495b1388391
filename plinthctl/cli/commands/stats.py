"""``plinthctl stats``: the numbers, without a screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from plinthctl.cli import cautions, parsing
from plinthctl.cli.foreseeing import say_partial
from plinthctl.cli.options import Output
from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell
from plinthctl.domain.splits import By
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from plinthctl.domain.groups import Grouped
    from plinthctl.render.sheet import Lines

_WHAT: Final = "What"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "stats",
        panel=LIVE,
        examples=(
            "plinthctl stats",
            "plinthctl stats --since 24h --by error",
            "plinthctl stats --since 7d --by hour -o ndjson",
        ),
    )(stats)


def stats(
    shell: Shell,
    since: Annotated[
        str,
        typer.Option("--since", metavar="WHEN", help="1h, 7d or a time.", rich_help_panel=_WHAT),
    ] = "1h",
    by: Annotated[By, typer.Option("--by", help="A line for each.", rich_help_panel=_WHAT)] = (
        By.TYPE
    ),
) -> None:
    """Show how many jobs ended how, how long they took, and what waits.

    FAIL% is failed of failed and completed; what expired in the queue, was cancelled or
    had wrong input is counted apart. P50 and P95 are of the run, without the wait (-o wide
    has both). NORMAL is the P95 of the last 7 days without the last one; ~ marks a guess
    from the catalogue, with too few jobs to tell. Of fewer than 5 jobs there is no
    percentile. ! marks what deserves a look.

    By org, TODAY is what it has spent since 00:00 UTC of its budget (budgets.org), whatever
    --since says; + marks that what some runs cost is unknown. HOLLOW (-o wide) counts
    completed jobs with next to nothing to show, THIN those that lack something.

    Up to 6 h are counted exactly; percentiles of more are right within 1 %.

    By error, jobs that failed of the same thing are a group, whatever the ids, numbers and
    addresses in their messages: JOBS have failed and were not retried, TRYING may still go
    well. --group takes its id.
    """
    now = shell.services.store.now()
    began_at = parsing.moment(since, "--since", now)
    if began_at >= now:
        raise UsageError(f'--since: "{since}" is not in the past', fix="such as 1h or 7d")
    _Stats(shell, now, began_at).show(by)


class _Stats:
    """One call: the window, and where its numbers go."""

    def __init__(self, shell: Shell, now: datetime, since: datetime) -> None:
        self._shell, self._now, self._since = shell, now, since

    def show(self, by: By) -> None:
        match by:
            case By.TYPE | By.STEP:
                self._of_snapshot(by)
            case By.ORG | By.HOUR:
                self._of_parts(by)
            case By.ERROR:
                self._of_errors()
            case By.PROVIDER:
                self._of_providers()

    def _of_snapshot(self, by: By) -> None:
        from plinthctl.render import numbers
        from plinthctl.services.alerting import ALERTS

        found = self._shell.services.watch.snapshot(self._window)
        about = numbers.summary_object(found)
        if by is By.STEP:
            objects = [numbers.step_object(one) for one in found.steps]
            names = [one.step for one in found.steps]
            lines = numbers.step_table(found.steps, self._width) if found.steps else []
        else:
            objects = [numbers.type_object(one) for one in found.types]
            names = [one.type for one in found.types]
            wide = self._shell.output is Output.WIDE
            table = numbers.type_table(found, self._width, wide=wide)
            lines = [numbers.headline(found), *table]
        self._tell(by, names, objects, lines, about)
        if found.error:
            self._shell.say(_estimated(found.error))
        cautions.unwatched(self._shell, found.done_at(ALERTS), found.at)

    def _of_parts(self, by: By) -> None:
        from plinthctl.render import numbers

        splits = self._shell.services.splits
        found = splits.by_org(self._since) if by is By.ORG else splits.by_hour(self._since)
        names = [one.name for one in found]
        shown = names if by is By.ORG else numbers.hour_names(found, self._shell.times)
        spent = self._shell.services.spendings.today() if by is By.ORG else {}
        title = by.value.upper()
        table = numbers.part_table(title, found, shown, self._width, spent) if found else []
        objects = [numbers.part_object(by.value, one, spent.get(one.name)) for one in found]
        self._tell(by, names, objects, table)

    def _of_errors(self) -> None:
        from plinthctl.render import groups, numbers
        from plinthctl.render.sheet import words

        shell = self._shell
        found = shell.services.splits.by_error(self._since)
        alike = shell.services.groups.found(self._since)
        objects = [
            {
                **numbers.error_object(one),
                "groups": [groups.group_object(group) for group in alike.of_code(one.code)],
            }
            for one in found
        ]
        table = numbers.error_table(found, self._now, shell.times, self._width) if found else []
        if alike.groups:
            rows = groups.group_table(alike.groups, self._now, shell.times, self._width)
            table = [*table, *([words("")] if table else []), *rows]
        self._tell(By.ERROR, [one.code for one in found], objects, table)
        self._say_groups(alike)

    def _say_groups(self, alike: "Grouped") -> None:
        shell = self._shell
        if alike.groups and shell.output in {Output.TABLE, Output.WIDE}:
            shell.say(f"a whole group: plinthctl retry --group {alike.groups[0].id} --dry-run")
        if not alike.whole:
            say_partial(shell)

    def _of_providers(self) -> None:
        from plinthctl.render import numbers

        found = self._shell.services.splits.by_provider(self._since)
        table = numbers.provider_table(found, self._now, self._shell.times, self._width)
        objects = [numbers.provider_object(one) for one in found]
        names = list(dict.fromkeys(one.provider for one in found))
        self._tell(By.PROVIDER, names, objects, table if found else [])

    def _tell(
        self,
        by: By,
        names: Sequence[str],
        objects: Sequence[dict[str, Any]],
        table: "Lines",
        about: dict[str, Any] | None = None,
    ) -> None:
        from plinthctl.domain.spans import zulu

        shell = self._shell
        match shell.output:
            case Output.JSON:
                window = {"at": zulu(self._now), "window_s": self._window.total_seconds()}
                shell.json({**(about or window), "by": by.value, "lines": list(objects)})
            case Output.NDJSON:
                for one in objects:
                    shell.json(one)
            case Output.ID:
                for name in names:
                    shell.data(name)
            case Output.TABLE | Output.WIDE:
                if table:
                    shell.show(table)
                else:
                    shell.say(f"nothing to tell by {by.value} of that time")

    @property
    def _window(self) -> timedelta:
        return self._now - self._since

    @property
    def _width(self) -> int | None:
        return self._shell.terminal.out_width


def _estimated(error: float) -> str:
    return f"percentiles are right within {error:.0%}: a long time is read from hourly sums"
