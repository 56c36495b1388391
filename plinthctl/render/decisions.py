"""Decisions: as lists, and one with all that was gathered for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from plinthctl.domain.archive import DecisionDetail
from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.domain.ids import short
from plinthctl.domain.spans import age
from plinthctl.domain.text import safe_text
from plinthctl.domain.views import ResultHead
from plinthctl.render import archive
from plinthctl.render.sheet import Lines, columns, hang, or_nothing, spaced, words, wrapped_columns
from plinthctl.render.times import TimeStyle, dated, field, stamp

_LABEL: Final = 10


def table(
    decisions: Sequence[DecisionContext],
    now: datetime,
    width: int | None,
    times: TimeStyle,
    *,
    wide: bool = False,
) -> Lines:
    """One decision a line: short ids and a cut title on a terminal; whole ids and
    nothing cut where ``width`` is None."""
    piped = width is None
    header = (
        "ID",
        *(("ORG",) if wide else ()),
        "CRITERIA",
        "OPTIONS",
        "AGE" if times is TimeStyle.RELATIVE else "CREATED",
        "TITLE",
    )
    rows = [
        [
            words((one.id if piped or wide else short(one.id), "" if piped else "bold")),
            *([words(one.org)] if wide else []),
            words(str(len(one.criteria))),
            words(str(len(one.options))),
            words((field if piped else stamp)(one.created_at, now, times)),
            words(one.title),
        ]
        for one in decisions
    ]
    return columns(header, rows, width)


def sheet(detail: DecisionDetail, width: int | None, times: TimeStyle) -> Lines:
    """A decision, what counts, between what, and what jobs have found for it."""
    decision = detail.decision
    blocks = (
        _head(detail, width, times),
        [*_text("question", decision.question, width), *_text("context", decision.context, width)],
        _criteria(decision.criteria, width),
        options(decision.options, width),
        [
            *_gathered(detail.results, width),
            *archive.table(detail.results, detail.read_at, width, times),
        ],
        _next(detail),
    )
    return spaced(blocks)


def _label(text: str) -> Text:
    return words((text.ljust(_LABEL), "dim"))


def _head(detail: DecisionDetail, width: int | None, times: TimeStyle) -> Lines:
    decision = detail.decision
    ago = age((detail.read_at - decision.created_at).total_seconds())
    facts = words(
        f"org {decision.org}",
        f"created {dated(decision.created_at, times)} ({ago} ago)",
        joiner=" · ",
    )
    return [
        *hang(Text(), words((decision.title, "bold")), width),
        words((decision.id, "dim")),
        *hang(Text(), facts, width),
    ]


def _text(label: str, text: str | None, width: int | None) -> Iterator[Text]:
    """Text of several lines beside its label; each of them stays a line."""
    for n, line in enumerate(safe_text(text).split("\n") if text else ()):
        for shown in hang(_label("" if n else label), words(line), width):
            shown.rstrip()
            yield shown


def _criteria(criteria: Sequence[Criterion], width: int | None) -> Lines:
    rows = [
        [
            words(one.name),
            words(f"{one.weight:g}"),
            or_nothing(words(one.better or ""), width is None),
        ]
        for one in criteria
    ]
    return wrapped_columns(("CRITERION", "WEIGHT", "BETTER"), rows, width) if rows else []


def options(found: Sequence[Option], width: int | None) -> Lines:
    """One option a line, in the decision's order."""
    rows = [
        [
            words((short(one.id) if width else one.id, "bold" if width else "")),
            words(one.name),
            or_nothing(words(one.description or ""), width is None),
        ]
        for one in found
    ]
    return wrapped_columns(("ID", "OPTION", "DESCRIPTION"), rows, width) if rows else []


def _gathered(results: Sequence[ResultHead], width: int | None) -> Lines:
    lines = hang(_label("gathered"), words(archive.counted(results) or "nothing yet"), width)
    simulated = sum(result.simulated for result in results)
    if simulated:
        said = f"{simulated:,} of {len(results):,} simulated: no real provider was asked"
        lines += hang(_label(""), words((said, "yellow")), width)
    return lines


def _next(detail: DecisionDetail) -> Lines:
    name = short(detail.decision.id)
    advice = [(f"plinthctl decision export {name}", "all of it as JSON")]
    if detail.results:
        shown = short(detail.results[0].id)
        advice.insert(0, (f"plinthctl results show {shown}", "what was found, and where"))
    return [
        _label("" if n else "next") + words((f"{what:<36}", "bold"), (why, "dim"))
        for n, (what, why) in enumerate(advice)
    ]


def added_lines(decision: DecisionContext) -> Lines:
    """A decision was added; what to do with it."""
    name = short(decision.id)
    return [
        words(("✓ ", "green"), "decision added   ", (name, "bold"), f"   {decision.title}"),
        words(f"  view: plinthctl decision show {name}"),
        words(f"  use:  plinthctl submit competitor_analysis --decision {name}"),
    ]
