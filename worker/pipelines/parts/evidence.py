"""From what an LLM has found to the rows that are kept of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from plinthctl.domain.evidence import Checked, EvidenceItem, QuotedFinding, check
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.results import NewResult, Provenance, ResultKind
from plinthctl.domain.text import cut, one_line
from worker.context import Finished, StepContext, Warned
from worker.pipelines.parts.asking import provenance, unusable
from worker.pipelines.parts.sources import Collected
from worker.pipelines.prompts.sources import Quoted

TITLE_CHARS: Final = 200
TOLD_CHARS: Final = 100  # of a quote that is not there, to the model

# What a step keeps that had nothing to read, and so asked nobody.
NOTHING_TO_READ: Final[Mapping[str, Any]] = {
    "items": [],
    "sources": [],
    "quotes_dropped": 0,
    "addresses_dropped": 0,
}

_DROPPED: Final = (
    (
        "quotes_dropped",
        "quote is not in its source and was",
        "quotes are not in their sources and were",
    ),
    (
        "addresses_dropped",
        "finding names an address that nobody found and was",
        "findings name addresses that nobody found and were",
    ),
)


def checked(
    found: Sequence[QuotedFinding], sources: Sequence[Quoted], at_most: int
) -> dict[str, Any]:
    """What may be kept of the findings, and which sources it quotes: a part of a
    step's output.

    Raises:
        ProviderError: parse_error; there are findings, and none may be kept.
    """
    texts = {one.source.id: one.text for one in sources}
    kept = check(found, texts, [one.source.url for one in sources], at_most)
    if found and not kept.items:
        raise unusable(
            "nothing_quoted", _advice(found, kept), "The LLM quoted no source correctly."
        )
    quoted = {item.source for item in kept.items}
    return {
        "items": [item.model_dump(mode="json") for item in kept.items],
        "sources": [
            one.source.model_dump(mode="json") for one in sources if one.source.id in quoted
        ],
        "quotes_dropped": kept.misquoted,
        "addresses_dropped": kept.astray,
    }


def _advice(found: Sequence[QuotedFinding], kept: Checked) -> str:
    if kept.misquoted:
        first = cut(one_line(found[0].quote), TOLD_CHARS)
        return (
            f'No quote stands in its source, such as "{first}". '
            "Copy quotes word for word from the source that you name."
        )
    return "Every finding names a web address that is no source's. Write no web address."


def saved(ctx: StepContext, collected_by: str, found_by: str) -> Finished:
    """A row for each item, with the source that it quotes and its share of the cost.

    Args:
        collected_by: The step that has collected the sources.
        found_by: The step that has quoted them.
    """
    found: Mapping[str, Any] = ctx.outputs[found_by]
    collected = Collected.of(ctx.outputs[collected_by])
    rows = tuple(_rows(ctx, found))
    return Finished(
        output={
            "evidence_item_ids": [row.id for row in rows],
            "quotes_dropped": found["quotes_dropped"],
            "addresses_dropped": found["addresses_dropped"],
        },
        results=rows,
        warnings=(*collected.warnings(collected_by), *_warnings(found_by, found, collected)),
    )


def _rows(ctx: StepContext, found: Mapping[str, Any]) -> Iterator[NewResult]:
    items = [EvidenceItem.model_validate(item) for item in found["items"]]
    if not items:
        return
    whole = provenance(found, simulated=ctx.providers.simulated)
    sources = {source.id: source for source in whole.sources}
    for ordinal, (item, usage) in enumerate(
        zip(items, whole.usage.shared(len(items)), strict=True)
    ):
        made = replace(whole, sources=(sources[item.source],), usage=usage)
        yield _row(ctx, item, made, ordinal)


def _row(ctx: StepContext, item: EvidenceItem, made: Provenance, ordinal: int) -> NewResult:
    return NewResult(
        id=ctx.new_id(IdPrefix.EVIDENCE),
        kind=ResultKind.EVIDENCE,
        title=cut(one_line(item.finding) or item.quote, TITLE_CHARS),
        body=item.model_dump(mode="json"),
        provenance=made,
        ordinal=ordinal,
    )


def _warnings(step: str, found: Mapping[str, Any], collected: Collected) -> Iterator[Warned]:
    if not collected.sources:
        yield Warned(step, "There was nothing to read: the search found no page.")
    elif not found["items"]:
        yield Warned(step, "The sources say nothing about it.")
    for key, one, many in _DROPPED:
        if count := found[key]:
            yield Warned(step, f"{count} {one if count == 1 else many} left out.")
