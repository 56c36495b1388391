"""What makes an answer of the right shape useless, and how the model is told."""

from typing import Any

import pytest

from plinthctl.domain.flaws import Flaw, strange_address, texts_in, unknown_source

FETCHED = ["https://acme.com", "https://wire.example/frost?page=2"]


@pytest.mark.parametrize(
    ("cited", "given", "told"),
    [
        pytest.param(["S1", "S2"], ["S1", "S2", "S3"], None, id="all of them are known"),
        pytest.param([], [], None, id="nothing is cited and nothing is given"),
        pytest.param(["S9"], ["S1"], "S9 is not a source. Cite only S1.", id="one stranger"),
        pytest.param(
            ["S9", "S8", "S9"], ["S1"], "S8, S9 are not sources. Cite only S1.", id="two of them"
        ),
        pytest.param(
            ["S1"],
            [],
            "S1 is not a source. There are no sources: cite nothing.",
            id="nothing is given",
        ),
    ],
)
def test_what_was_not_given_cannot_be_cited(
    cited: list[str], given: list[str], told: str | None
) -> None:
    assert unknown_source(cited, given) == (Flaw("unknown_source", told) if told else None)


def test_a_thousand_strangers_are_told_in_few_words() -> None:
    flaw = unknown_source((f"X{n}" for n in range(1000)), [f"S{n}" for n in range(1000)])
    assert flaw is not None
    assert len(flaw.told) < 500


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param("Acme (https://acme.com/) grows.", None, id="a page that was fetched"),
        pytest.param({"a": ["see http://www.acme.com#top"]}, None, id="the same, otherwise typed"),
        pytest.param("5 % of 3.5 million, e.g. in May", None, id="figures are no addresses"),
        pytest.param("https://acme.com/buy", "https://acme.com/buy", id="another page of it"),
        pytest.param(
            {"a": [1, {"b": "go to WWW.Evil.example."}]}, "WWW.Evil.example", id="deep inside"
        ),
        pytest.param("javascript://x", "javascript://x", id="whatever the scheme"),
    ],
)
def test_no_page_is_named_that_nobody_fetched(value: Any, named: str | None) -> None:
    told = f"{named} is no source's address. Write no web address."
    assert strange_address(value, FETCHED) == (Flaw("strange_address", told) if named else None)


def test_every_text_of_a_value_is_looked_at_but_no_name_of_a_field() -> None:
    value = {"name": "a", "more": [1, None, True, {"inner": ["b", "c"]}]}
    assert list(texts_in(value)) == ["a", "b", "c"]
