"""The simulated chat completions: contracts/openai.md."""

import json
from enum import StrEnum

import openai
import pytest
from pydantic import BaseModel, Field


class Stance(StrEnum):
    FOR = "for"
    AGAINST = "against"


class Point(BaseModel):
    text: str
    sources: list[str]


class Weighing(BaseModel):
    stance: Stance
    relevance: float = Field(ge=0, le=1)
    stars: int = Field(ge=1, le=5)
    sure: bool
    note: str | None
    points: list[Point]


class WithDefault(BaseModel):
    stars: int = 3


PROMPT = """\
Company: Acme Corp
<<<SOURCE S1 m4rk>>>
kind: website
url: https://acme.com/
title: Acme
published: -
text:
Acme makes bookkeeping software for independent shops.
<<<END S1 m4rk>>>"""


@pytest.fixture
def sdk(simulator):
    with openai.OpenAI(
        base_url=f"{simulator.url}/llm/v1", api_key="simulated", max_retries=0
    ) as client:
        yield client


def _parsed(sdk, model, prompt=PROMPT):
    messages = [{"role": "user", "content": prompt}]
    answer = sdk.chat.completions.parse(
        model="simulated-model", messages=messages, response_format=model
    )
    return answer.choices[0].message.parsed


def _strict(schema, name="Thing"):
    form = {"name": name, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _object(**properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def test_any_schema_is_filled_with_the_prompts_words_and_its_sources(sdk):
    weighing = _parsed(sdk, Weighing)
    assert 0 <= weighing.relevance <= 1
    assert 1 <= weighing.stars <= 5
    assert {source for point in weighing.points for source in point.sources} == {"S1"}
    assert all(point.text in PROMPT for point in weighing.points)


def test_the_same_prompt_gets_the_same_answer(sdk):
    assert _parsed(sdk, Weighing) == _parsed(sdk, Weighing)


def test_a_default_is_refused_through_the_sdk_too(sdk):
    with pytest.raises(openai.BadRequestError, match="'default' is not permitted"):
        _parsed(sdk, WithDefault)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        pytest.param(
            _object(a={"type": "integer", "default": 1}), "'default' is not permitted", id="default"
        ),
        pytest.param(
            _object(a={"type": "string", "maxLength": 3}), "'maxLength'", id="a length limit"
        ),
        pytest.param(_object(a={"type": "string", "format": "uri"}), "'uri'", id="an odd format"),
        pytest.param(
            _object(a={"allOf": [{"type": "string"}]}), "'allOf' is not permitted", id="allOf"
        ),
        pytest.param(_object(a={}), "must have a 'type' key", id="anything at all"),
        pytest.param(
            _object(a={"type": "string"}) | {"required": []}, "'required'", id="not required"
        ),
        pytest.param(
            _object(a={"type": "string"}) | {"additionalProperties": True},
            "'additionalProperties'",
            id="more keys allowed",
        ),
        pytest.param(
            _object(a={"type": "array", "items": {"type": "object", "properties": {}}}),
            "'additionalProperties'",
            id="a careless object inside",
        ),
        pytest.param(_object(a={"$ref": "#/$defs/B"}), "no answer fits", id="a ref to nothing"),
        pytest.param(
            _object(a={"$ref": "#/$defs/B"}) | {"$defs": {"B": {"$ref": "#/$defs/B"}}},
            "leads to itself",
            id="a ref to itself",
        ),
        pytest.param(_object(a={"$ref": "#"}), "no answer fits", id="nothing finite fits"),
        pytest.param({"type": "object", "properties": []}, "malformed", id="not even a schema"),
        pytest.param({"anyOf": [_object()]}, 'type: "object"', id="a union at the root"),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "'additionalProperties'",
            id="a dictionary",
        ),
    ],
)
def test_a_schema_that_is_not_strict_is_400(ask, schema, said):
    answer = ask.complete(**_strict(schema))
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["param"] == "response_format"


def test_a_schema_that_does_not_claim_to_be_strict_is_taken(ask):
    loose = {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}
    form = {"type": "json_schema", "json_schema": {"name": "Loose", "schema": loose}}
    assert ask.complete(response_format=form).status_code == 200


@pytest.mark.parametrize("name", ["Weird[x]", "", "a" * 65])
def test_a_schemas_name_must_be_a_plain_word(ask, name):
    assert ask.complete(**_strict(_object(a={"type": "string"}), name)).status_code == 400


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"messages": []}, "messages", id="no messages"),
        pytest.param({"model": ""}, "model", id="no model"),
        pytest.param({"max_tokens_": 3}, "max_tokens_", id="an unknown argument"),
        pytest.param({"temperature": 3}, "temperature", id="too hot"),
        pytest.param({"stream": 1}, "stream", id="a stream by a number"),
        pytest.param(
            {"max_tokens": 3, "max_completion_tokens": 3}, "exclude", id="two token limits"
        ),
    ],
)
def test_a_wrong_body_is_400(ask, body, said):
    answer = ask.complete(**body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer other"}])
def test_without_the_right_key_it_is_401(ask, headers):
    answer = ask.complete(headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_usage_grows_with_the_text(ask):
    short, long = (ask.complete(text).json()["usage"] for text in ("a" * 40, "a" * 4000))
    assert (short["prompt_tokens"], long["prompt_tokens"]) == (10, 1000)
    assert short["completion_tokens"] > 0


def test_an_answer_over_the_limit_of_tokens_is_cut(ask):
    body = ask.complete(PROMPT, max_completion_tokens=2).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 2


def test_models_are_listed(ask):
    answer = ask.client.get(
        f"{ask.url}/llm/v1/models", headers={"authorization": "Bearer simulated"}
    )
    assert [model["id"] for model in answer.json()["data"]] == ["simulated-model"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        pytest.param("bad_schema", 400, None, id="schema refused"),
        pytest.param("content_policy", 400, "content_policy_violation", id="content refused"),
        pytest.param("too_long", 400, "context_length_exceeded", id="prompt too long"),
        pytest.param("unauthorized", 401, "invalid_api_key", id="key refused"),
        pytest.param("payment_required", 402, None, id="payment required"),
        pytest.param("forbidden", 403, None, id="forbidden"),
        pytest.param("no_model", 404, "model_not_found", id="no such model"),
        pytest.param("rate_limited", 429, "rate_limit_exceeded", id="rate limited"),
        pytest.param("no_credits", 429, "insufficient_quota", id="quota used up"),
        pytest.param("server_error", 500, None, id="server error"),
        pytest.param("unavailable", 503, "server_is_overloaded", id="overloaded"),
    ],
)
def test_a_fault_has_its_status_and_code(ask, fault, status, code):
    ask.control.fault("llm", fault)
    answer = ask.complete()
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}


def test_a_rate_limit_may_name_milliseconds(ask):
    ask.control.fault("llm", "rate_limited", retry_after_ms=200)
    assert ask.complete().headers["retry-after-ms"] == "200"


def _said(ask, fault):
    ask.control.fault("llm", fault)
    form = _strict(_object(a={"type": "string"}))
    body = ask.complete(PROMPT, **form).json()
    return body["choices"][0]["finish_reason"], body["choices"][0]["message"]


def test_a_model_may_refuse(ask):
    assert _said(ask, "refusal")[1]["refusal"]
    assert _said(ask, "refusal")[1]["content"] is None


def test_a_model_may_be_cut_or_filtered(ask):
    reason, message = _said(ask, "length")
    assert reason == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(message["content"])
    assert _said(ask, "content_filter")[0] == "content_filter"


@pytest.mark.parametrize("fault", ["prose", "fenced", "empty_content"])
def test_a_model_may_say_what_is_not_json(ask, fault):
    reason, message = _said(ask, fault)
    assert reason == "stop"
    with pytest.raises(json.JSONDecodeError):
        json.loads(message["content"])


def test_a_model_may_answer_in_the_wrong_shape_and_without_usage(ask):
    assert "a" not in json.loads(_said(ask, "wrong_shape")[1]["content"])
    ask.control.fault("llm", "no_usage")
    assert "usage" not in ask.complete().json()
