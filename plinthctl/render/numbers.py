"""Numbers as tables and as JSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.budgets import Spending, as_json
from plinthctl.domain.ids import short
from plinthctl.domain.snapshot import Durations, Normal, Snapshot, StepNumbers, TypeNumbers
from plinthctl.domain.spans import span, window, zulu
from plinthctl.domain.splits import ErrorPart, Part, ProviderPart
from plinthctl.render.sheet import NOTHING, Lines, columns, words
from plinthctl.render.times import TimeStyle, clock, stamp

# What deserves a look, whatever the alerts are set to (SPEC.md section 8).
HIGH_RATE: Final = 0.10
FEWEST_ENDED: Final = 20
FEWEST_FAILED: Final = 3
FAR_FROM_NORMAL: Final = 2.0

_MAX_OVER: Final = 10  # minutes

_COUNTS: Final = ("created", "completed", "failed", "cancelled", "expired", "invalid")

Numbers = TypeNumbers | Part
NO_SPENDING: Final[Mapping[str, Spending]] = {}


def headline(found: Snapshot) -> Text:
    """One line: now, and what the window came to."""
    done = sum(one.completed for one in found.types)
    failed = sum(one.failed for one in found.types)
    rate = f" ({failed / (done + failed):.1%})" if done + failed else ""
    deepest = max((v for v in found.depth.values[-_MAX_OVER:] if v is not None), default=0)
    ended = sum(_ended(one) for one in found.types)
    parts = [
        f"last {window(found.window_s)}",
        f"queue {found.now.depth} ({_MAX_OVER}m max {deepest:g})",
        f"running {found.now.running}",
        *([f"stuck {found.now.stuck}"] if found.now.stuck else []),
        f"done {done}",
        f"failed {failed}{rate}",
        *_lacking(found),
        *_apart(found),
        f"{ended / (found.window_s / 60):.1f}/min",
    ]
    return words(*parts, joiner="   ")


def _ended(one: TypeNumbers) -> int:
    return one.completed + one.failed + one.cancelled + one.expired + one.invalid


def _lacking(found: Snapshot) -> list[str]:
    """How many of those done are worth little, where there are any."""
    sums = {name: sum(getattr(one, name) for one in found.types) for name in ("thin", "hollow")}
    return [f"{name} {count}" for name, count in sums.items() if count]


def _apart(found: Snapshot) -> list[str]:
    """What is in no failure rate, where there is any."""
    names = ("expired", "invalid", "cancelled")
    sums = {name: sum(getattr(one, name) for one in found.types) for name in names}
    return [f"{name} {count}" for name, count in sums.items() if count]


def type_table(found: Snapshot, width: int | None, *, wide: bool) -> Lines:
    """A line a type."""
    header = ("TYPE", "PEND", "RUN", "DONE", "FAIL%", "P50", "P95", "NORMAL", "×NORMAL")
    rows = [
        [
            words(one.type),
            _count(one.pending),
            _count(one.running),
            _count(one.completed),
            _rate(one),
            _time(one.duration.p50_s),
            _time(one.duration.p95_s),
            _normal(one.normal),
            _times(one.times_normal, one.duration.count),
            *(_more(one) if wide else []),
        ]
        for one in found.types
    ]
    more = _MORE if wide else ()
    return _aligned((*header, *more), rows, width, 1)


_MORE: Final = (
    "P99",
    "AVG",
    "WAIT50",
    "WAIT95",
    "TOTAL95",
    "NEW",
    "FAIL",
    "EXPIRED",
    "INVALID",
    "CANCELLED",
    "COST",
    "THIN",
    "HOLLOW",
)


def _more(one: TypeNumbers) -> list[Text]:
    return [
        _time(one.duration.p99_s),
        _time(one.duration.average_s),
        _time(one.wait.p50_s),
        _time(one.wait.p95_s),
        _time(one.completion.p95_s),
        _count(one.created),
        _count(one.failed),
        _count(one.expired),
        _count(one.invalid),
        _count(one.cancelled),
        _cost(one.cost_usd),
        _count(one.thin),
        _hollow(one),
    ]


def _hollow(one: Numbers) -> Text:
    rate = one.hollow_rate
    return words(NOTHING) if rate is None else words(f"{one.hollow} ({rate:.0%})")


def step_table(found: Sequence[StepNumbers], width: int | None) -> Lines:
    """A line a step."""
    header = ("TYPE", "STEP", "DONE", "P50", "P95", "P99", "NORMAL", "×NORMAL")
    rows = [
        [
            words(one.type),
            words(one.step),
            _count(one.duration.count),
            _time(one.duration.p50_s),
            _time(one.duration.p95_s),
            _time(one.duration.p99_s),
            words(NOTHING) if one.normal is None else _normal(one.normal),
            _times(one.times_normal, one.duration.count),
        ]
        for one in found
    ]
    return _aligned(header, rows, width, 2)


def part_table(
    what: str,
    found: Sequence[Part],
    names: Sequence[str],
    width: int | None,
    spent: Mapping[str, Spending] = NO_SPENDING,
) -> Lines:
    """A line a part, under these names; with what was spent of budgets, if any has one."""
    header = (what, "DONE", "FAIL", "FAIL%", "EXPIRED", "CANCELLED", "P50", "P95", "WAIT95", "COST")
    today = ("TODAY",) if spent else ()
    rows = [
        [
            words(name),
            _count(one.completed),
            _count(one.failed),
            _rate(one),
            _count(one.expired),
            _count(one.cancelled),
            _time(one.duration.p50_s),
            _time(one.duration.p95_s),
            _time(one.wait.p95_s),
            _cost(one.cost_usd),
            *([budget_cell(spent.get(one.name))] if spent else []),
        ]
        for name, one in zip(names, found, strict=True)
    ]
    return _aligned((*header, *today), rows, width, 1)


def budget_cell(found: Spending | None) -> Text:
    """``$4.20/$5.00``: what was spent today of a budget."""
    if found is None:
        return words(NOTHING)
    more = "+" if found.spent.unknown else ""
    told = f"${found.spent.known_usd:,.2f}{more}/${found.budget_usd:,.2f}"
    return words((f"{told}!", "bold red")) if found.used_up else words(told)


def error_table(
    found: Sequence[ErrorPart], now: datetime, style: TimeStyle, width: int | None
) -> Lines:
    """A line an error."""
    header = ("ERROR", "ENDS", "MOST OF", "SHARE", "LAST", "JOB")
    rows = [
        [
            words(one.code),
            _count(one.count),
            words(one.worst_type),
            words(f"{one.of_worst_type / one.count:.0%}"),
            words(stamp(ended_at(one), now, style)),
            words(short(one.last_job)),
        ]
        for one in found
    ]
    return columns(header, rows, width)


def provider_table(
    found: Sequence[ProviderPart], now: datetime, style: TimeStyle, width: int | None
) -> Lines:
    """A line a provider and class of failure."""
    header = ("PROVIDER", "FAILURE", "TRIES", "JOBS", "LAST")
    rows = [
        [
            words(one.provider),
            words(one.failure_class),
            _count(one.tries),
            _count(one.jobs),
            words(stamp(one.last_at, now, style)),
        ]
        for one in found
    ]
    return columns(header, rows, width)


def hour_names(found: Sequence[Part], style: TimeStyle) -> list[str]:
    """When each hour began, as people read it; days are told apart."""
    return [_hour(datetime.fromisoformat(one.name), style) for one in found]


def _hour(at: datetime, style: TimeStyle) -> str:
    local = style is not TimeStyle.UTC
    day = at.astimezone() if local else at.astimezone(UTC)
    return f"{day:%Y-%m-%d} {clock(at, TimeStyle.LOCAL if local else style)}"


def ended_at(one: ErrorPart) -> datetime:
    """When the last end with this error was."""
    return datetime.fromtimestamp(one.last_us / 1e6, UTC)


# Cells


def _aligned(
    header: Sequence[str], rows: Sequence[Sequence[Text]], width: int | None, names: int
) -> Lines:
    """Columns of which all behind the first ``names`` are numbers, set to the right."""
    sizes = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    titles = [title if n < names else title.rjust(sizes[n]) for n, title in enumerate(header)]
    cells = [
        [cell if n < names else _right(cell, sizes[n]) for n, cell in enumerate(row)]
        for row in rows
    ]
    return columns(titles, cells, width)


def _right(cell: Text, size: int) -> Text:
    return words(" " * (size - cell.cell_len), cell)


def _count(number: int) -> Text:
    return words(str(number))


def _rate(one: Numbers) -> Text:
    rate = one.failure_rate
    if rate is None:
        return words(NOTHING)
    ended = one.failed + one.completed
    high = rate > HIGH_RATE and ended >= FEWEST_ENDED and one.failed >= FEWEST_FAILED
    return _marked(f"{100 * rate:.1f}", high)


def _times(times: float | None, completed: int) -> Text:
    if times is None:
        return words(NOTHING)
    return _marked(f"{times:.1f}", times > FAR_FROM_NORMAL and completed >= FEWEST_ENDED)


def _marked(text: str, bad: bool) -> Text:
    return words((f"{text}!", "bold red")) if bad else words(text)


def _time(seconds: float | None) -> Text:
    return words(NOTHING if seconds is None else span(seconds))


def _normal(normal: Normal) -> Text:
    return words(f"{'~' if normal.guessed else ''}{span(normal.p95_s)}")


def _cost(cost_usd: float | None) -> Text:
    return words(NOTHING if cost_usd is None else f"${cost_usd:.2f}")


# JSON


def summary_object(found: Snapshot) -> dict[str, Any]:
    """What is told of the whole: when, over how long, and what is in the store now."""
    now = found.now
    return {
        "at": zulu(found.at),
        "window_s": found.window_s,
        "error": found.error,
        "now": {
            "pending": now.pending,
            "depth": now.depth,
            "running": now.running,
            "scheduled": now.scheduled,
            "parked": now.parked,
            "oldest_due_s": _rounded(now.oldest_due_s),
            "stuck": now.stuck,
            "stuck_pending": now.stuck_pending,
            "stuck_running": now.stuck_running,
            "reaped": now.reaped,
            "last_end_at": zulu(now.last_end_at),
        },
    }


def type_object(one: TypeNumbers) -> dict[str, Any]:
    """The numbers of one type."""
    return {
        "type": one.type,
        "pending": one.pending,
        "running": one.running,
        "created": one.created,
        **_ends(one),
        "normal": _normal_object(one.normal),
        "times_normal": _rounded(one.times_normal),
    }


def part_object(by: str, one: Part, spent: Spending | None = None) -> dict[str, Any]:
    """The numbers of one organisation or hour."""
    name = zulu(datetime.fromisoformat(one.name)) if by == "hour" else one.name
    budget = {"budget": as_json(spent) if spent else None} if by == "org" else {}
    return {by: name, **_ends(one), **budget}


def step_object(one: StepNumbers) -> dict[str, Any]:
    """The numbers of one step."""
    return {
        "type": one.type,
        "step": one.step,
        "duration": _durations(one.duration),
        "normal": None if one.normal is None else _normal_object(one.normal),
        "times_normal": _rounded(one.times_normal),
    }


def error_object(one: ErrorPart) -> dict[str, Any]:
    """One error."""
    return {
        "error": one.code,
        "ends": one.count,
        "worst_type": one.worst_type,
        "of_worst_type": one.of_worst_type,
        "last_job": one.last_job,
        "last_at": zulu(ended_at(one)),
    }


def provider_object(one: ProviderPart) -> dict[str, Any]:
    """One class of failure at one provider."""
    return {
        "provider": one.provider,
        "failure": one.failure_class,
        "tries": one.tries,
        "jobs": one.jobs,
        "last_at": zulu(one.last_at),
    }


def _ends(one: Numbers) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _COUNTS if name != "created"},
        "failure_rate": _rounded(one.failure_rate),
        "duration": _durations(one.duration),
        "wait": _durations(one.wait),
        "completion": _durations(one.completion),
        "cost_usd": None if one.cost_usd is None else round(one.cost_usd, 6),
        "thin": one.thin,
        "hollow": one.hollow,
        "hollow_rate": _rounded(one.hollow_rate),
    }


def _durations(found: Durations) -> dict[str, Any]:
    return {
        "count": found.count,
        "average_s": _rounded(found.average_s),
        "p50_s": _rounded(found.p50_s),
        "p95_s": _rounded(found.p95_s),
        "p99_s": _rounded(found.p99_s),
    }


def _normal_object(normal: Normal) -> dict[str, Any]:
    return {"p95_s": _rounded(normal.p95_s), "guessed": normal.guessed}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
