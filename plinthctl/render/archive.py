"""Lists of results: for people on a terminal, for awk in a pipe."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from plinthctl.domain.ids import short
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultHead
from plinthctl.render.sheet import Lines, columns, or_nothing, words
from plinthctl.render.times import TimeStyle, field, stamp

_NOUNS: Final = {
    ResultKind.PROFILE: ("competitor profile", "competitor profiles"),
    ResultKind.EVIDENCE: ("evidence item", "evidence items"),
    ResultKind.ANALYSIS: ("option analysis", "option analyses"),
    ResultKind.BRIEF: ("brief", "briefs"),
}


def counted(results: Sequence[ResultHead]) -> str:
    """How many of each kind, in words."""
    counts = Counter(ResultKind(result.kind) for result in results)
    return " · ".join(f"{count:,} {_NOUNS[kind][count > 1]}" for kind, count in counts.items())


def table(
    results: Sequence[ResultHead],
    now: datetime,
    width: int | None,
    times: TimeStyle,
    *,
    wide: bool = False,
) -> Lines:
    """One result a line: short ids and a cut title on a terminal; whole ids and
    nothing cut where ``width`` is None. None where there are none."""
    if not results:
        return []
    age = "AGE" if times is TimeStyle.RELATIVE else "CREATED"
    extra = ("ORG", "DECISION", "JOB", "MODEL") if wide else ()
    rows = [
        [
            words((_id(one, width, wide), "bold" if width else "")),
            words(one.kind),
            words((stamp if width else field)(one.created_at, now, times)),
            Text("simulated", "yellow") if one.simulated else Text("live"),
            *(_extra(one, width) if wide else []),
            or_nothing(words(one.title), width is None),
        ]
        for one in results
    ]
    return columns(("ID", "KIND", age, "DATA", *extra, "TITLE"), rows, width)


def _id(result: ResultHead, width: int | None, wide: bool) -> str:
    return short(result.id) if width and not wide else result.id


def _extra(result: ResultHead, width: int | None) -> list[Text]:
    fields = (result.org, result.decision, result.job_id, result.model)
    return [or_nothing(words(field or ""), width is None) for field in fields]
