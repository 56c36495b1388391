"""What a job cost: by step, and together."""

from collections.abc import Iterator
from typing import Any, Final

from rich.text import Text

from plinthctl.domain.costs import Cost
from plinthctl.domain.views import JobDetail
from plinthctl.render.sheet import Lines, hang, padded, words

_LABEL: Final = 8  # "cost    "
_TOTAL: Final = "together"
_PLACES: Final = 9  # of a dollar: a token costs some millionths


def cost_lines(detail: JobDetail, width: int | None) -> Lines:
    """A step that has called a provider a line, and their sum where there are several."""
    rows = [(step.name, step.cost) for step in detail.steps if step.cost]
    if len(rows) > 1:
        rows.append((_TOTAL, detail.cost))
    size = max((len(name) for name, _ in rows), default=0)
    lines: Lines = []
    for n, (name, cost) in enumerate(rows):
        label = (("cost" if n == 0 else "").ljust(_LABEL), "dim")
        lines += hang(words(label, padded(name, size), "  "), _told(cost), width)
    return lines


def _told(cost: Cost) -> Text:
    return words(*_parts(cost), joiner=" · ")


def _parts(cost: Cost) -> Iterator[str | tuple[str, str]]:
    if cost.calls:
        yield _count(cost.calls, "call")
    if cost.input_tokens is not None and cost.output_tokens is not None:
        yield f"{cost.input_tokens:,} tokens in, {cost.output_tokens:,} out"
    if cost.credits is not None:
        yield _count(cost.credits, "credit")
    if cost.untold and cost.known_usd:
        yield (f"at least ${cost.known_usd:,.4f}", "yellow")
    elif cost.untold:
        yield ("price unknown", "yellow")
    elif cost.known_usd or cost.credits is None:
        yield f"${cost.known_usd:,.4f}"


def _count(number: float, noun: str) -> str:
    return f"{number:,.10g} {noun}{'' if number == 1 else 's'}"


def cost_object(cost: Cost) -> dict[str, Any]:
    """A cost for scripts; ``cost_usd`` null is unknown, and then ``known_usd`` its part
    that is known."""
    return {
        "calls": cost.calls,
        "input_tokens": cost.input_tokens,
        "cached_tokens": cost.cached_tokens,
        "output_tokens": cost.output_tokens,
        "credits": cost.credits,
        "cost_usd": None if cost.cost_usd is None else round(cost.cost_usd, _PLACES),
        "known_usd": round(cost.known_usd, _PLACES),
        "untold_tries": cost.untold,
    }
