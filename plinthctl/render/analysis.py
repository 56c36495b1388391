"""The analysis of an option, as a person reads it: a table of scores, then the claims."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from plinthctl.domain.analyses import BEST, AnalysedOption, WeighedScore
from plinthctl.render.claims import Claims, marks
from plinthctl.render.sheet import hang, words, wrapped_columns

UNSHOWN: Final = "no evidence"
_LABEL: Final = 12


def lines(analysis: AnalysedOption, width: int | None) -> Iterator[Text]:
    """The analysis, part by part; claims that nothing shows say so."""
    claims = Claims(width, unshown=UNSHOWN)
    yield from claims.block("Summary", [analysis.summary], bullet="  ")
    yield from _scores(analysis, width)
    yield from claims.block("Pros", analysis.pros, bullet="  + ", colour="green")
    yield from claims.block("Cons", analysis.cons, bullet="  − ", colour="red")
    yield from claims.block("Risks", analysis.risks, bullet="  ! ", colour="yellow")
    yield Text()
    for label, claim in (("cost", analysis.cost), ("effort", analysis.effort)):
        said = words(claim.text) + marks(claim.sources, UNSHOWN)
        yield from hang(_label(label), said, width)
    yield _label("confidence") + words(f"{analysis.confidence:.2f}")


def _scores(analysis: AnalysedOption, width: int | None) -> Iterator[Text]:
    if not analysis.scores:
        return
    rows = [
        [
            words(one.criterion),
            words(f"{one.weight:g}"),
            words((f"{one.score} of {BEST}", _colour(one))),
            words(one.why) + marks(one.sources, UNSHOWN),
        ]
        for one in analysis.scores
    ]
    yield Text()
    yield from wrapped_columns(("CRITERION", "WEIGHT", "SCORE", "WHY"), rows, width)
    if analysis.total is not None:
        yield _label("by weight") + words((f"{analysis.total:g} of {BEST}", "bold"))


def _colour(score: WeighedScore) -> str:
    if score.score * 3 >= BEST * 2:
        return "green"
    return "yellow" if score.score * 3 >= BEST else "red"


def _label(text: str) -> Text:
    return words((text.ljust(_LABEL), "dim"))
