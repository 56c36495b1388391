"""What a job has found, as a person reads it, with where every claim comes from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from rich.text import Text

from plinthctl.cli.render.jsons import dumps
from plinthctl.cli.render.sheet import Lines, hang, words
from plinthctl.cli.render.times import TimeStyle, dated
from plinthctl.domain.ids import short
from plinthctl.domain.results import Claim, CompetitorProfile, CustomerVoice, ResultKind
from plinthctl.domain.views import ResultView

READABLE = 100  # cells: longer lines are hard to read, however wide the screen


def result_sheet(result: ResultView, width: int | None, times: TimeStyle) -> Lines:
    """A result with its sources. Kinds without a form of their own show as JSON."""
    room = None if width is None else min(width, READABLE)
    return [
        words((result.title, "bold")),
        *_provenance(result, room, times),
        *_body(result, room),
        *_sources(result.sources, room, times),
    ]


def _provenance(result: ResultView, width: int | None, times: TimeStyle) -> Iterator[Text]:
    """What it is, what wrote it at what price, and for whom."""
    lines = (
        [(result.kind.replace("_", " "), "dim"), (result.id, "dim")],
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
    if result.kind == ResultKind.PROFILE:
        try:
            yield from _profile(CompetitorProfile.model_validate(result.body), width)
        except ValidationError:  # written by another version, with other fields
            pass
        else:
            return
    yield Text()
    for line in dumps(result.body).split("\n"):
        yield words(line)


def _profile(profile: CompetitorProfile, width: int | None) -> Iterator[Text]:
    claims = _Claims(width)
    yield from claims.block("Summary", [profile.summary], bullet="  ")
    yield from claims.block(
        "Positioning", [profile.positioning] if profile.positioning else [], bullet="  "
    )
    yield from claims.named("Offerings", [(o.name, o.description, o) for o in profile.offerings])
    yield from claims.named("Pricing", [(p.plan, p.price, p) for p in profile.pricing])
    yield from claims.block("Strengths", profile.strengths, bullet="  + ", colour="green")
    yield from claims.block("Weaknesses", profile.weaknesses, bullet="  − ", colour="red")
    news = [(item.date or "undated", item.headline, item) for item in profile.recent_news]
    yield from claims.named("Recent news", news)
    yield from _customers(profile.customers, claims)
    yield from claims.block("What it means for us", profile.meaning_for_us, bullet="  → ")


def _customers(voice: CustomerVoice, claims: "_Claims") -> Iterator[Text]:
    if voice.rating is None and not voice.praised and not voice.criticised:
        return
    rating = f"   {voice.rating:.1f} of 5 stars" if voice.rating is not None else ""
    count = f" in {voice.review_count:,} reviews" if voice.review_count is not None else ""
    yield from (Text(), Text("Customers", "bold cyan") + words(rating + count))
    yield from claims.items(voice.praised, "  + ", "green")
    yield from claims.items(voice.criticised, "  − ", "red")


class _Claims:
    """Claims under a heading, each with the marks of its sources."""

    def __init__(self, width: int | None) -> None:
        self._width = width

    def block(
        self, heading: str, claims: Sequence[Claim], *, bullet: str, colour: str = ""
    ) -> Iterator[Text]:
        if claims:
            yield from (Text(), words((heading, "bold cyan")))
            yield from self.items(claims, bullet, colour)

    def items(self, claims: Sequence[Claim], bullet: str, colour: str) -> Iterator[Text]:
        for claim in claims:
            text = words(claim.text) + _marks(claim.sources)
            yield from hang(words((bullet, colour)), text, self._width)

    def named(self, heading: str, rows: Sequence[tuple[str, str, Any]]) -> Iterator[Text]:
        if not rows:
            return
        yield from (Text(), words((heading, "bold cyan")))
        for name, text, claim in rows:
            told = words((name, "bold"), f"  {text}" if text else "") + _marks(claim.sources)
            yield from hang(Text("  • "), told, self._width)


def _marks(ids: Sequence[str]) -> Text:
    return words(*((f" [{source}]", "dim") for source in ids))


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
        facts = words((f"  {source.get('kind', '')}, fetched {_fetched(source, times)}", "dim"))
        prefix = words((f"  {mark:<{size}}  ", "dim"))
        if width is None:
            yield prefix + url + Text("  ") + title + facts
            continue
        # The address has a line of its own, so that it can be copied whole.
        yield from hang(prefix, title + facts, width)
        yield Text(" " * prefix.cell_len) + url


def _fetched(source: Mapping[str, Any], times: TimeStyle) -> str:
    by = f" by {source['provider']}" if source.get("provider") else ""
    try:
        at = datetime.fromisoformat(str(source.get("fetched_at")))
    except ValueError:
        return f"at an unknown time{by}"
    return f"{dated(at, times)}{by}"
