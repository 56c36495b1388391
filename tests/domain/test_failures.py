from dataclasses import replace

import pytest

from plinthctl.domain.failures import FailureClass, Usage, provider_title, text_for


@pytest.mark.parametrize(
    ("failure_class", "provider", "expected"),
    [
        pytest.param(
            FailureClass.NETWORK_TIMEOUT, "exa", "Exa did not answer in time.", id="a time-out"
        ),
        pytest.param(
            FailureClass.RATE_LIMITED,
            "g2",
            "G2 is limiting requests; try again in a minute.",
            id="too many requests",
        ),
        pytest.param(
            FailureClass.PROVIDER_UNAVAILABLE,
            "firecrawl",
            "Firecrawl is not available at the moment.",
            id="a provider that is down",
        ),
        pytest.param(
            FailureClass.PARSE_ERROR,
            "llm",
            "The answer of the LLM could not be read.",
            id="an answer that makes no sense",
        ),
        pytest.param(
            FailureClass.INVALID_INPUT,
            "exa",
            "Exa did not accept the request.",
            id="a request that was refused",
        ),
        pytest.param(
            FailureClass.AUTH_FAILURE,
            "llm",
            "The LLM refused our credentials; an administrator must check the key.",
            id="a key that was refused",
        ),
        pytest.param(
            FailureClass.QUOTA_EXHAUSTED, "exa", "The Exa budget is used up.", id="no money left"
        ),
        pytest.param(
            FailureClass.QUOTA_EXHAUSTED,
            "llm",
            "The LLM budget is used up.",
            id="no money left for the LLM",
        ),
        pytest.param(
            FailureClass.CONTENT_REFUSED, "llm", "The LLM declined this content.", id="a refusal"
        ),
        pytest.param(
            FailureClass.UNKNOWN, None, "An unexpected error occurred.", id="anything else"
        ),
    ],
)
def test_each_class_has_its_sentence(
    failure_class: FailureClass, provider: str | None, expected: str
) -> None:
    assert text_for(failure_class, provider) == expected


@pytest.mark.parametrize("failure_class", FailureClass)
@pytest.mark.parametrize("provider", ["firecrawl", "direct", "exa", "g2", "llm", "own-thing", None])
def test_every_sentence_is_one(failure_class: FailureClass, provider: str | None) -> None:
    text = text_for(failure_class, provider)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "{" not in text
    assert "The The" not in text


def test_a_provider_nobody_has_named_keeps_its_own_name() -> None:
    assert provider_title("own-thing") == "own-thing"
    assert provider_title(None) == "The step"


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        pytest.param(Usage(), [Usage(), Usage()], id="unknown stays unknown"),
        pytest.param(Usage(cost_usd=0.0), [Usage(cost_usd=0.0)], id="nothing stays nothing"),
        pytest.param(
            Usage(calls=1, input_tokens=7, output_tokens=2, credits=3.0, cost_usd=0.6),
            [
                Usage(calls=1, input_tokens=3, output_tokens=1, credits=1.0, cost_usd=0.2),
                Usage(calls=0, input_tokens=2, output_tokens=1, credits=1.0, cost_usd=0.2),
                Usage(calls=0, input_tokens=2, output_tokens=0, credits=1.0, cost_usd=0.2),
            ],
            id="what does not divide goes to the first",
        ),
        pytest.param(Usage(calls=1), [], id="nobody has a part"),
    ],
)
def test_what_was_spent_together_is_shared_and_adds_up(whole: Usage, parts: list[Usage]) -> None:
    shared = whole.shared(len(parts))
    assert [replace(part, cost_usd=None) for part in shared] == [
        replace(part, cost_usd=None) for part in parts
    ]
    assert [part.cost_usd for part in shared] == [pytest.approx(part.cost_usd) for part in parts]
