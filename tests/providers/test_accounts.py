"""What a request cost, as far as the answer says."""

import json

import httpx
import pytest

from plinthctl.domain.failures import Usage
from worker.providers import exa, firecrawl
from worker.providers.config import Price
from worker.providers.http import Reply
from worker.providers.llm_chat import usage_of

PRICES = {"dear": Price(2.0, 0.5, 10.0)}
TOKENS = {"prompt_tokens": 1_000, "completion_tokens": 100}


def reply(status, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, httpx.Headers(), content)


@pytest.mark.parametrize(
    ("given", "credits"),
    [
        pytest.param(
            reply(200, {"success": True, "data": {"metadata": {"creditsUsed": 5}}}),
            5.0,
            id="as many credits as it says",
        ),
        pytest.param(
            reply(200, {"success": True, "data": {}}), 1.0, id="one where it says nothing"
        ),
        pytest.param(reply(200, {"success": False}), 0.0, id="none for a failure"),
        pytest.param(reply(401, {"success": False}), 0.0, id="none for a refusal"),
        pytest.param(reply(500, {"success": False}), None, id="unknown after a fault of theirs"),
        pytest.param(reply(200, b"<html>"), None, id="unknown where it cannot be read"),
        pytest.param(reply(200, {"success": True, "data": 5}), 1.0, id="one from a strange body"),
    ],
)
def test_a_scrape_costs(given, credits):
    assert firecrawl.cost(given) == Usage(calls=1, credits=credits)


@pytest.mark.parametrize(
    ("given", "cost_usd"),
    [
        pytest.param(reply(200, {"costDollars": {"total": 0.009}}), 0.009, id="what it says"),
        pytest.param(reply(200, {"results": []}), 0.007, id="the list price where it is silent"),
        pytest.param(reply(429, {"error": "x"}), 0.0, id="nothing for a refusal"),
        pytest.param(reply(503, {"error": "x"}), None, id="unknown after a fault of theirs"),
        pytest.param(reply(200, b"<html>"), None, id="unknown where it cannot be read"),
    ],
)
def test_a_search_costs(given, cost_usd):
    assert exa.cost(given) == Usage(calls=1, cost_usd=cost_usd)


@pytest.mark.parametrize(
    ("body", "model", "expected"),
    [
        pytest.param(
            {"usage": TOKENS},
            "dear",
            Usage(1, 1_000, None, 100, None, (1_000 * 2.0 + 100 * 10.0) / 1e6),
            id="tokens times the price of the model that was asked",
        ),
        pytest.param(
            {"usage": {**TOKENS, "prompt_tokens_details": {"cached_tokens": 400}}},
            "dear",
            Usage(1, 1_000, 400, 100, None, (600 * 2.0 + 400 * 0.5 + 100 * 10.0) / 1e6),
            id="cached tokens are cheaper",
        ),
        pytest.param(
            {"usage": TOKENS, "model": "dear"},
            "another",
            Usage(1, 1_000, None, 100, None, 0.003),
            id="the model that answered has the say",
        ),
        pytest.param(
            {"usage": TOKENS}, "x", Usage(1, 1_000, None, 100), id="without a price: unknown"
        ),
        pytest.param({}, "dear", Usage(calls=1), id="without usage: unknown, not zero"),
        pytest.param([], "dear", Usage(calls=1), id="a body of another shape: unknown"),
        pytest.param(
            {"usage": {"prompt_tokens": "many"}}, "dear", Usage(calls=1), id="words: unknown"
        ),
    ],
)
def test_an_answer_of_the_llm_costs(body, model, expected):
    assert usage_of(body, PRICES, model) == expected
