"""What an option is worth: for and against it, and how it does by each criterion.

The models that an LLM fills are as plain as those in `results`.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from plinthctl.domain.decisions import Criterion, Option
from plinthctl.domain.evidence import Share
from plinthctl.domain.flaws import Flaw, strange_address, unknown_source
from plinthctl.domain.results import Claim, WrittenModel

BEST: Final = 10


def _up_to_best(value: int) -> int:
    if not 0 <= value <= BEST:
        raise ValueError(f"is not from 0 to {BEST}")
    return value


Score = Annotated[int, AfterValidator(_up_to_best)]

_NONE_OR_IDS: Final = "Ids of the items that show it, such as S1; empty says that none does."


class Argument(Claim):
    """A statement that may have no evidence, and then says so by citing none."""

    sources: list[str] = Field(description=_NONE_OR_IDS)


class CriterionScore(WrittenModel):
    criterion: str = Field(description="The criterion's name, exactly as it is given.")
    score: Score = Field(description=f"From 0, worst for us, to {BEST}, best for us.")
    why: str = Field(description="In one sentence.")
    sources: list[str] = Field(description=_NONE_OR_IDS)


class _Arguments(WrittenModel):
    summary: Argument
    pros: list[Argument]
    cons: list[Argument]
    risks: list[Argument]
    cost: Argument = Field(description="What it costs, and what that depends on.")
    effort: Argument = Field(description="What it takes to do it: time, people, changes.")
    confidence: Share = Field(description="From 0, a guess, to 1, all of it is shown.")


class OptionAnalysis(_Arguments):
    """What the LLM thinks of an option, by the given items."""

    scores: list[CriterionScore] = Field(description="One for each criterion; else empty.")


class WeighedScore(CriterionScore):
    """A score with what its criterion counts for, 0 to 1."""

    weight: float


class AnalysedOption(_Arguments):
    """An analysis that was checked; the body of its row. ``total`` is the mean of the
    scores by their weights, 0 to 10; None where nothing has a weight."""

    option: str
    scores: list[WeighedScore]
    total: float | None


def cited_by(analysis: OptionAnalysis | AnalysedOption) -> Iterator[str]:
    """Every id that an analysis cites, with repeats."""
    for argument in _arguments(analysis):
        yield from argument.sources
    for score in analysis.scores:
        yield from score.sources


def _arguments(of: _Arguments) -> Sequence[Argument]:
    return (of.summary, *of.pros, *of.cons, *of.risks, of.cost, of.effort)


def flaw_of(
    written: OptionAnalysis,
    criteria: Sequence[Criterion],
    given: Sequence[str],
    addresses: Collection[str],
) -> Flaw | None:
    """Why an analysis cannot be used; None: it can.

    Args:
        given: The ids that it may cite.
        addresses: Of the pages that were fetched.
    """
    return (
        unknown_source(cited_by(written), given)
        or _misscored(written.scores, criteria)
        or strange_address(written.model_dump(), addresses)
    )


def _misscored(scores: Sequence[CriterionScore], criteria: Sequence[Criterion]) -> Flaw | None:
    wanted = [criterion.name for criterion in criteria]
    if sorted(_key(one.criterion) for one in scores) == sorted(map(_key, wanted)):
        return None
    if not wanted:
        return Flaw("wrong_scores", "There are no criteria: leave scores empty.")
    listed = ", ".join(f'"{name}"' for name in wanted)
    return Flaw("wrong_scores", f"Give one score for each criterion and no other: {listed}.")


def analysed(
    written: OptionAnalysis, option: Option, criteria: Sequence[Criterion]
) -> AnalysedOption:
    """The analysis of the option, its scores in the order of the criteria and by their
    names. It has passed `flaw_of`."""
    scored = {_key(one.criterion): one for one in written.scores}
    scores = [_weighed(scored[_key(criterion.name)], criterion) for criterion in criteria]
    told = written.model_dump(exclude={"scores"})
    return AnalysedOption(option=option.name, scores=scores, total=total_of(scores), **told)


def _weighed(score: CriterionScore, criterion: Criterion) -> WeighedScore:
    told = score.model_dump(exclude={"criterion"})
    return WeighedScore(criterion=criterion.name, weight=criterion.weight, **told)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def total_of(scores: Sequence[WeighedScore]) -> float | None:
    """The mean of the scores by their weights, to one decimal; None: nothing weighs."""
    weight = sum(one.weight for one in scores)
    if not weight:
        return None
    return round(sum(one.weight * one.score for one in scores) / weight, 1)
