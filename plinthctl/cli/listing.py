"""Lists on stdout, page by page: each is printed before the next one is read."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from plinthctl.cli.options import Output
from plinthctl.cli.shell import Shell
from plinthctl.cli.shown import Shown

if TYPE_CHECKING:
    from plinthctl.domain.queries import JobQuery
    from plinthctl.domain.views import JobView
    from plinthctl.services.listing import Total

T = TypeVar("T")


def show(shell: Shell, query: "JobQuery") -> int:
    """Print the jobs in the shape that was asked for; how many there were."""
    match shell.output:
        case Output.ID:
            ids = shell.services.listing.ids(query)
            return _print_all(ids, lambda page: shell.data("\n".join(page)))
        case Output.JSON | Output.NDJSON:
            return _stream(shell, query)
        case Output.TABLE | Output.WIDE:
            return _table(shell, query)


def _print_all(pages: Iterable[Sequence[T]], tell: Callable[[Sequence[T]], None]) -> int:
    shown = Shown()
    for page in shown.counting(filter(None, pages)):
        tell(page)
        sys.stdout.flush()  # somebody may act on each page, or have left
    return shown.number


def _stream(shell: Shell, query: "JobQuery") -> int:
    shown = Shown()
    shell.objects(_flushed(shown.counting(_objects(shell, query))))
    return shown.number


def _flushed(pages: Iterable[Sequence[T]]) -> Iterator[T]:
    """What is on the pages; each is on its way before the next one is read."""
    for page in pages:
        yield from page
        sys.stdout.flush()


def _objects(shell: Shell, query: "JobQuery") -> Iterator[Sequence[dict[str, Any]]]:
    from plinthctl.render import jsons

    clocks = shell.settings.expiry.to_domain()
    for page in shell.services.listing.details(query):
        yield [jsons.job_object(whole, clocks) for whole in page]


def _table(shell: Shell, query: "JobQuery") -> int:
    from plinthctl.render.jobs import Table

    table = Table(
        shell.terminal.out_width,
        shell.times,
        wide=shell.output is Output.WIDE,
        clocks=shell.settings.expiry.to_domain(),
    )
    pages = shell.services.listing.jobs(query)
    return _print_all(pages, lambda page: shell.show(table.lines(page, _line(shell, page))))


def _line(shell: Shell, page: "Sequence[JobView]") -> Mapping[str, int]:
    """Where those of the page that are due stand in line; only people are told."""
    waits = any(job.status == "pending" for job in page)
    return shell.services.listing.line() if waits and shell.terminal.out_is_tty else {}


def comment(shell: Shell, query: "JobQuery", filters: "Mapping[str, JobQuery]", shown: int) -> None:
    """Say what was left out; where there is nothing to show to a person, say why."""
    if shell.shared.quiet:
        return
    if shown and query.limit is not None and shown >= query.limit:
        _say_cut(shell, query, shown)
    if not shown and shell.output in {Output.TABLE, Output.WIDE}:
        _say_empty(shell, filters)


def _say_cut(shell: Shell, query: "JobQuery", shown: int) -> None:
    total = shell.services.listing.total(query, shown)
    if total.at_least > shown:
        shell.say(f"{shown} of {_number(total)} shown; --all for the rest")


def _say_empty(shell: Shell, filters: "Mapping[str, JobQuery]") -> None:
    recent = shell.services.listing.recent()
    if not filters:
        shell.say("no jobs (make one: plinthctl submit)")
        return
    name = shell.services.listing.too_much(filters) if recent.at_least else None
    drop = f"; drop {name} to see them" if name else ""
    shell.say(f"no jobs match ({_number(recent)} in the last hour{drop})")


def _number(total: "Total") -> str:
    return f"{total.at_least:,}" if total.exact else f"more than {total.at_least - 1:,}"
