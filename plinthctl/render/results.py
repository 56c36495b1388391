"""What a job has found, as a person reads it, with where every claim comes from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from rich.text import Text

from plinthctl.domain.evidence import EvidenceItem
from plinthctl.domain.ids import short
from plinthctl.domain.results import CompetitorProfile, ResultKind
from plinthctl.domain.views import ResultView
from plinthctl.render import evidence, profile
from plinthctl.render.jsons import dumps
from plinthctl.render.sheet import Lines, hang, words
from plinthctl.render.times import TimeStyle, dated

Number = TypeVar("Number", int, float)

READABLE: Final = 100  # cells: longer lines are hard to read, however wide the screen

_FORMS: Final[Mapping[str, type[BaseModel]]] = {
    ResultKind.PROFILE: CompetitorProfile,
    ResultKind.EVIDENCE: EvidenceItem,
}


def result_sheets(
    results: Sequence[ResultView], width: int | None, times: TimeStyle
) -> Iterator[Lines]:
    """All that a job has found: a sheet each, but for evidence, whose items belong together."""
    items = [(one, item) for one in results if isinstance(item := _read(one), EvidenceItem)]
    together = {one.id for one, _ in items} if len(items) > 1 else set()
    if together:
        yield _evidence_sheet(items, width, times)
    for one in results:
        if one.id not in together:
            yield result_sheet(one, width, times)


def _evidence_sheet(
    items: Sequence[tuple[ResultView, EvidenceItem]], width: int | None, times: TimeStyle
) -> Lines:
    room = _room(width)
    whole = _together([one for one, _ in items])
    name = short if width else str
    return [
        words((whole.title, "bold")),
        *_provenance(whole, room, times, named=False),
        *evidence.listed([(item, name(one.id)) for one, item in items], room),
        *_sources(whole.sources, room, times),
    ]


def _together(items: Sequence[ResultView]) -> ResultView:
    """The items of one job as one result: their sources once each, and what all of them cost."""
    sources = {str(source.get("id")): source for one in items for source in one.sources}
    return replace(
        items[0],
        title=f"{len(items)} evidence items",
        sources=tuple(sources[name] for name in sorted(sources, key=lambda n: (len(n), n))),
        input_tokens=_sum([one.input_tokens for one in items]),
        output_tokens=_sum([one.output_tokens for one in items]),
        cost_usd=_sum([one.cost_usd for one in items]),
    )


def _sum(parts: Sequence[Number | None]) -> Number | None:
    """What is unknown in part is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if len(known) == len(parts) else None


def result_sheet(result: ResultView, width: int | None, times: TimeStyle) -> Lines:
    """A result with its sources. Kinds without a form of their own show as JSON."""
    room = _room(width)
    return [
        *hang(Text(), words((result.title, "bold")), room),
        *_provenance(result, room, times),
        *_body(result, room),
        *_sources(result.sources, room, times),
    ]


def _room(width: int | None) -> int | None:
    return None if width is None else min(width, READABLE)


def _provenance(
    result: ResultView, width: int | None, times: TimeStyle, *, named: bool = True
) -> Iterator[Text]:
    """What it is, what wrote it at what price, and for whom."""
    lines = (
        [(result.kind.replace("_", " "), "dim"), (result.id, "dim")] if named else [],
        [("simulated: no real provider was asked", "yellow")] if result.simulated else [],
        [(fact, "dim") for fact in _written(result)],
        [(fact, "dim") for fact in _made(result, times, short if width else str)],
    )
    for facts in lines:
        if facts:
            yield from hang(Text(), words(*facts, joiner=" · "), width)


def _written(result: ResultView) -> Iterator[str]:
    if result.model is None:
        return
    prompt = f", prompt {result.prompt_version}" if result.prompt_version else ""
    yield f"written by {result.model}{prompt}"
    if result.input_tokens is not None and result.output_tokens is not None:
        yield f"{result.input_tokens:,} tokens in, {result.output_tokens:,} out"
    if result.cost_usd is not None:
        yield f"${result.cost_usd:,.4f}"
    elif not result.simulated:
        yield "cost unknown"


def _made(result: ResultView, times: TimeStyle, name: Callable[[str], str]) -> Iterator[str]:
    yield f"made {dated(result.created_at, times)} by job {name(result.job_id)}"
    yield f"org {result.org}"
    if result.decision:
        yield f"decision {name(result.decision)}"
    if result.option_id:
        yield f"option {name(result.option_id)}"


def _body(result: ResultView, width: int | None) -> Iterator[Text]:
    value = _read(result)
    if isinstance(value, CompetitorProfile):
        yield from profile.lines(value, width)
    elif isinstance(value, EvidenceItem):
        yield from evidence.lines(value, result.title, width)
    else:
        yield Text()
        for line in dumps(result.body).split("\n"):
            yield words(line)


def _read(result: ResultView) -> BaseModel | None:
    """What it says, in the form of its kind; None where it has no such form."""
    model = _FORMS.get(result.kind)
    try:
        return model.model_validate(result.body) if model else None
    except ValidationError:  # written by another version, with other fields
        return None


def _sources(
    sources: Sequence[Mapping[str, Any]], width: int | None, times: TimeStyle
) -> Iterator[Text]:
    if not sources:
        return
    yield from (Text(), Text("Sources", "bold cyan"))
    size = max(len(str(source.get("id", ""))) for source in sources) + 2
    for source in sources:
        mark = f"[{source.get('id', '')}]"
        title, url = words(str(source.get("title", ""))), words((str(source.get("url", "")), "dim"))
        facts = words((f"  {', '.join(_told(source, times))}", "dim"))
        prefix = words((f"  {mark:<{size}}  ", "dim"))
        if width is None:
            yield prefix + url + Text("  ") + title + facts
            continue
        # The address has a line of its own, so that it can be copied whole.
        yield from hang(prefix, title + facts, width)
        yield Text(" " * prefix.cell_len) + url


def _told(source: Mapping[str, Any], times: TimeStyle) -> Iterator[str]:
    yield str(source.get("kind", ""))
    if source.get("published"):
        yield f"published {source['published']}"
    yield f"fetched {_fetched(source, times)}"


def _fetched(source: Mapping[str, Any], times: TimeStyle) -> str:
    by = f" by {source['provider']}" if source.get("provider") else ""
    try:
        at = datetime.fromisoformat(str(source.get("fetched_at")))
    except ValueError:
        return f"at an unknown time{by}"
    return f"{dated(at, times)}{by}"
