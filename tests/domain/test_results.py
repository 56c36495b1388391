from typing import Any

import pytest
from pydantic import ValidationError

from plinthctl.domain.results import CompetitorProfile
from tests.strict_schemas import assert_strict

PROFILE: dict[str, Any] = {
    "company_name": "Acme Corp",
    "summary": {"text": "Makes sensors.", "sources": ["S1"]},
    "positioning": {"text": "For growers.", "sources": ["S2"]},
    "offerings": [{"name": "Frost", "description": "A sensor", "sources": ["S3"]}],
    "pricing": [{"plan": "Basic", "price": "$9", "sources": ["S4"]}],
    "strengths": [{"text": "Cheap.", "sources": ["S5", "S1"]}],
    "weaknesses": [{"text": "Slow.", "sources": ["S6"]}],
    "recent_news": [{"headline": "Grows", "date": None, "sources": ["S7"]}],
    "customers": {
        "rating": 4.5,
        "review_count": None,
        "praised": [{"text": "Easy.", "sources": ["S8"]}],
        "criticised": [{"text": "Pricey.", "sources": ["S9"]}],
    },
    "meaning_for_us": [{"text": "Watch.", "sources": ["S10"]}],
}


def test_a_profile_names_every_source_it_cites() -> None:
    cited = list(CompetitorProfile.model_validate(PROFILE).cited())
    assert sorted(cited) == sorted([*(f"S{n}" for n in range(1, 11)), "S1"])


def test_a_profile_without_positioning_cites_the_rest() -> None:
    profile = CompetitorProfile.model_validate({**PROFILE, "positioning": None})
    assert "S2" not in set(profile.cited())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"more": 1}, id="a field that nobody asked for"),
        pytest.param({"summary": None}, id="no summary"),
        pytest.param({"pricing": "cheap"}, id="text for a list"),
    ],
)
def test_a_profile_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CompetitorProfile.model_validate({**PROFILE, **change})


def test_the_profiles_schema_is_one_that_strict_servers_take() -> None:
    assert_strict(CompetitorProfile)
