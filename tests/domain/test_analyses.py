"""Analyses of options: what is asked of them, and what is kept."""

from typing import Any

import pytest
from pydantic import ValidationError

from plinthctl.domain.analyses import (
    OptionAnalysis,
    WeighedScore,
    analysed,
    cited_by,
    flaw_of,
    total_of,
)
from plinthctl.domain.decisions import Criterion, Option
from plinthctl.domain.results import Claim
from tests.strict_schemas import assert_strict

PRICE, RANGE = Criterion("Price", 0.75, "lower"), Criterion("range", 0.25)
ZETA = Option("opt_1", "Zeta")


def a_score(criterion: str, score: int = 5, *sources: str) -> dict[str, Any]:
    return {"criterion": criterion, "score": score, "why": "So it is.", "sources": list(sources)}


def argument(text: str, *sources: str) -> dict[str, Any]:
    return {"text": text, "sources": list(sources)}


def written(**changes: Any) -> OptionAnalysis:
    """An analysis by two criteria that cites S1 and S2."""
    told = {
        "summary": argument("Fine.", "S1"),
        "pros": [argument("Robust.", "S2")],
        "cons": [],
        "risks": [argument("Unknown.")],
        "cost": argument("Some."),
        "effort": argument("Little."),
        "confidence": 0.5,
        "scores": [a_score("range", 2, "S1"), a_score("Price", 8)],
    }
    return OptionAnalysis.model_validate({**told, **changes})


def told_of(analysis: OptionAnalysis, criteria: tuple[Criterion, ...] = (PRICE, RANGE)) -> Any:
    flaw = flaw_of(analysis, criteria, ["S1", "S2"], ["https://acme.com"])
    return flaw and flaw.told


def test_the_schema_is_one_that_strict_servers_take() -> None:
    assert_strict(OptionAnalysis)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"scores": [a_score("Price", 11)]}, "scores.0.score"),
        ({"scores": [a_score("Price", -1)]}, "scores.0.score"),
        ({"confidence": 50}, "confidence"),
    ],
)
def test_figures_are_within_their_bounds(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        written(**changes)
    [problem] = caught.value.errors()
    assert ".".join(map(str, problem["loc"])) == where


@pytest.mark.parametrize(
    ("analysis", "told"),
    [
        pytest.param(written(), None, id="all is well"),
        pytest.param(
            written(scores=[a_score(" PRICE "), a_score("Range")]),
            None,
            id="names in other letters are the same",
        ),
        pytest.param(
            written(cost=argument("$3", "S7")),
            "S7 is not a source. Cite only S1, S2.",
            id="an argument cites a stranger",
        ),
        pytest.param(
            written(scores=[a_score("Price", 1, "S9"), a_score("range")]),
            "S9 is not a source. Cite only S1, S2.",
            id="a score cites a stranger",
        ),
        pytest.param(
            written(scores=[a_score("Price")]),
            'Give one score for each criterion and no other: "Price", "range".',
            id="a score is missing",
        ),
        pytest.param(
            written(scores=[a_score("Price"), a_score("range"), a_score("looks")]),
            'Give one score for each criterion and no other: "Price", "range".',
            id="a criterion is made up",
        ),
        pytest.param(
            written(scores=[a_score("Price"), a_score("Price"), a_score("range")]),
            'Give one score for each criterion and no other: "Price", "range".',
            id="a score is there twice",
        ),
        pytest.param(
            written(effort=argument("See https://evil.example.")),
            "https://evil.example is no source's address. Write no web address.",
            id="an address that nobody fetched",
        ),
    ],
)
def test_what_cannot_be_used_is_told(analysis: OptionAnalysis, told: str | None) -> None:
    assert told_of(analysis) == told


def test_without_criteria_nothing_is_scored() -> None:
    assert told_of(written(), ()) == "There are no criteria: leave scores empty."
    assert told_of(written(scores=[]), ()) is None


def test_what_is_kept_has_its_scores_in_the_order_and_by_the_names_of_the_criteria() -> None:
    kept = analysed(
        written(scores=[a_score("RANGE", 2), a_score("price", 8)]), ZETA, [PRICE, RANGE]
    )
    assert [(one.criterion, one.weight, one.score) for one in kept.scores] == [
        ("Price", 0.75, 8),
        ("range", 0.25, 2),
    ]
    assert (kept.option, kept.total, kept.confidence) == ("Zeta", 6.5, 0.5)


@pytest.mark.parametrize(
    ("weights", "scores", "total"),
    [
        pytest.param([1.0, 1.0], [4, 7], 5.5, id="alike: the mean"),
        pytest.param([0.9, 0.1], [10, 0], 9.0, id="by weight"),
        pytest.param([1.0, 1.0, 1.0], [1, 1, 0], 0.7, id="to one decimal"),
        pytest.param([0.0, 0.0], [4, 7], None, id="nothing weighs anything"),
        pytest.param([], [], None, id="no criteria"),
    ],
)
def test_the_total_is_the_mean_by_weight(
    weights: list[float], scores: list[int], total: float | None
) -> None:
    weighed = [
        WeighedScore(criterion="c", score=score, why="", sources=[], weight=weight)
        for weight, score in zip(weights, scores, strict=True)
    ]
    assert total_of(weighed) == total


def test_all_that_is_cited_is_counted() -> None:
    assert list(cited_by(written())) == ["S1", "S2", "S1"]
    assert isinstance(written().summary, Claim)
