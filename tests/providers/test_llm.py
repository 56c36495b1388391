"""The LLM client against contracts/openai.md section 4.3 and 7, answer by answer."""

import gzip
import json

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from plinthctl.domain.failures import FailureClass as F
from plinthctl.domain.failures import Usage
from tests.providers.loopback import KEY, Loopback, Try, answer, drip, hang_up
from worker.providers.config import LlmEndpoint, Price
from worker.providers.llm import Llm

USAGE = {
    "prompt_tokens": 812,
    "completion_tokens": 64,
    "total_tokens": 876,
    "prompt_tokens_details": {"cached_tokens": 256},
}
PRICES = {"m": Price(2.0, 0.5, 10.0)}
COST_USD = (556 * 2.0 + 256 * 0.5 + 64 * 10.0) / 1e6


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


@pytest.fixture
def attempt() -> Try:
    return Try()


def completion(content, *, finish="stop", refusal=None, usage=USAGE):
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-2026",
        "choices": [{"index": 0, "finish_reason": finish, "logprobs": None, "message": message}],
        "usage": usage,
    }


def write(attempt, *, timeout_s=10.0, room=1, **settings):
    async def work(url):
        settings.setdefault("model", "m")
        settings.setdefault("api_key", SecretStr(KEY))
        llm = Llm(LlmEndpoint(f"{url}/v1", timeout_s, prices=PRICES, **settings))
        try:
            return await llm.write(Answer, "system", "prompt", attempt.call, room=room)
        finally:
            await llm.close()

    return work


def test_an_answer_that_fits_is_read_and_paid(attempt):
    written = Loopback([answer(200, completion('{"name": "Acme"}'))]).run(write(attempt))
    assert (written.value.name, written.model) == ("Acme", "m-2026")
    assert attempt.spent == [Usage(1, 812, 256, 64, None, COST_USD)]
    assert written.usage == attempt.spent[0]


def test_an_answer_without_usage_costs_we_know_not_what(attempt):
    Loopback([answer(200, completion('{"name": "A"}', usage=None))]).run(write(attempt))
    assert attempt.spent == [Usage(calls=1)]


def test_the_request_is_as_the_contract_says(attempt):
    loopback = Loopback([answer(200, completion('{"name": "Acme"}'))])
    loopback.run(write(attempt, room=2, max_tokens_field="max_tokens", temperature=0.2))
    head, _, body = loopback.requests[0].partition(b"\r\n\r\n")
    sent = json.loads(body)
    assert head.startswith(b"POST /v1/chat/completions ")
    assert b"authorization: bearer " + KEY.encode() in head.lower()
    assert b"x-request-id: job_1:step:1" in head
    assert (sent["model"], sent["max_tokens"], sent["temperature"]) == ("m", 16_000, 0.2)
    assert "max_completion_tokens" not in sent
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    schema = sent["response_format"]["json_schema"]
    assert (schema["name"], schema["strict"]) == ("Answer", True)


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        pytest.param("json_object", {"type": "json_object"}, id="JSON of any shape"),
        pytest.param("none", None, id="nothing at all"),
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"name": "Acme"}', id="as it was asked for"),
        pytest.param('```json\n{"name": "Acme"}\n```', id="fenced"),
        pytest.param('<think>{hm}</think>\nHere it is: {"name": "Acme"}', id="after a thought"),
    ],
)
def test_a_server_that_knows_no_schema_is_told_it_in_words(attempt, form, asked, content):
    loopback = Loopback([answer(200, completion(content))])
    written = loopback.run(write(attempt, response_format=form))
    sent = json.loads(loopback.requests[0].partition(b"\r\n\r\n")[2])
    assert sent.get("response_format") == asked
    system, prompt = (message["content"] for message in sent["messages"])
    assert system.startswith("system\n\nAnswer with one JSON object and nothing else.")
    assert '"required": ["name"]' in system
    assert (prompt, written.value.name) == ("prompt", "Acme")
    assert attempt.spent == [Usage(1, 812, 256, 64, None, COST_USD)]


@pytest.mark.parametrize(
    ("body", "expected", "code"),
    [
        pytest.param(completion('{"nome": "A"}'), F.PARSE_ERROR, None, id="of a wrong shape"),
        pytest.param(completion("I cannot say."), F.PARSE_ERROR, None, id="prose"),
        pytest.param(completion("}{"), F.PARSE_ERROR, None, id="braces"),
        pytest.param(completion(None), F.PARSE_ERROR, None, id="nothing"),
        pytest.param(completion('{"n', finish="length"), F.PARSE_ERROR, "length", id="cut off"),
        pytest.param(completion("", finish="content_filter"), F.CONTENT_REFUSED, None, id="filter"),
        pytest.param(completion(None, refusal="No."), F.CONTENT_REFUSED, None, id="a refusal"),
        pytest.param({}, F.PARSE_ERROR, None, id="an empty object"),
    ],
)
def test_an_answer_to_words_is_checked_as_every_other(attempt, body, expected, code):
    loopback = Loopback([answer(200, body, "Content-Type: application/json")])
    failure = loopback.failure(write(attempt, response_format="none"))
    assert (failure.failure_class, failure.provider_code) == (expected, code)
    assert len(loopback.requests) == len(attempt.spent) == 1


def test_a_temperature_that_is_not_set_is_not_sent(attempt):
    loopback = Loopback([answer(200, completion('{"name": "Acme"}'))])
    loopback.run(write(attempt))
    assert b'"temperature"' not in loopback.requests[0]


def test_an_answer_is_made_storable(attempt):
    loopback = Loopback([answer(200, completion('{"name": "a\\u0000b"}'))])
    assert loopback.run(write(attempt)).value.name == "a\ufffdb"


@pytest.mark.parametrize(
    ("body", "expected", "code", "detail"),
    [
        pytest.param(
            completion('{"nome": "A"}'),
            F.PARSE_ERROR,
            None,
            "The answer did not fit the schema. name: Field required; "
            "nome: Extra inputs are not permitted",
            id="an answer of a wrong shape names what is wrong",
        ),
        pytest.param(
            completion("Here is the profile."),
            F.PARSE_ERROR,
            None,
            "The answer did not fit the schema. answer: Invalid JSON",
            id="prose",
        ),
        pytest.param(
            completion('```json\n{"name": "A"}\n```'),
            F.PARSE_ERROR,
            None,
            "The answer did not fit the schema. answer: Invalid JSON",
            id="fenced JSON",
        ),
        pytest.param(
            completion('{"name": "A', finish="length"),
            F.PARSE_ERROR,
            "length",
            "The answer was cut off after 8,000 tokens.",
            id="an answer that was cut off",
        ),
        pytest.param(completion(""), F.PARSE_ERROR, None, "The answer was empty.", id="nothing"),
        pytest.param(
            completion(None, refusal="I cannot help."),
            F.CONTENT_REFUSED,
            None,
            "I cannot help.",
            id="a refusal",
        ),
        pytest.param(
            completion("", finish="content_filter"), F.CONTENT_REFUSED, None, "", id="a filter"
        ),
    ],
)
def test_a_bad_answer_is_classed_and_paid(attempt, body, expected, code, detail):
    failure = Loopback([answer(200, body)]).failure(write(attempt))
    assert (failure.failure_class, failure.provider_code) == (expected, code)
    assert (failure.detail or "").startswith(detail)
    assert attempt.spent == [Usage(1, 812, 256, 64, None, COST_USD)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            answer(200, b"<html>", "Content-Type: text/html"), F.PARSE_ERROR, id="HTML for JSON"
        ),
        pytest.param(
            answer(200, b'{"id": "ch', "Content-Type: application/json"),
            F.PARSE_ERROR,
            id="half JSON",
        ),
        pytest.param(
            answer(200, b"{}", "Content-Type: application/json"),
            F.PARSE_ERROR,
            id="an empty object",
        ),
        pytest.param(
            answer(200, {"choices": []}, "Content-Type: application/json"),
            F.PARSE_ERROR,
            id="no choices",
        ),
        pytest.param(
            answer(200, gzip.compress(b" " * 200_000_000, 1), "Content-Encoding: gzip"),
            F.PARSE_ERROR,
            id="a bomb",
        ),
        pytest.param(answer(200, b" " * (2 * 1024**2 + 1)), F.PARSE_ERROR, id="more than 2 MB"),
        pytest.param(
            answer(200, {"a": "b" * 99})[:-20], F.PROVIDER_UNAVAILABLE, id="a body that is cut"
        ),
        pytest.param(hang_up, F.PROVIDER_UNAVAILABLE, id="a hang-up"),
        pytest.param(answer(502, b"<html>"), F.PROVIDER_UNAVAILABLE, id="a gateway in HTML"),
        pytest.param(answer(302, {}, "Location: /x"), F.UNKNOWN, id="a redirect"),
        pytest.param(drip, F.NETWORK_TIMEOUT, id="a drip is stopped by the deadline"),
    ],
)
def test_a_broken_answer_is_classed_and_asked_for_once(attempt, raw, expected):
    loopback = Loopback([raw])
    timeout_s = 0.4 if raw is drip else 10.0
    failure = loopback.failure(write(attempt, timeout_s=timeout_s))
    assert failure.failure_class is expected
    assert len(loopback.requests) == 1
    assert attempt.spent == [Usage(calls=1)]


@pytest.mark.parametrize(
    ("raw", "expected", "wait_s"),
    [
        pytest.param(
            answer(429, {"error": {"message": "m", "code": "x"}}, "retry-after-ms: 200"),
            F.RATE_LIMITED,
            0.2,
            id="429 says how long",
        ),
        pytest.param(
            answer(429, {"error": {"message": "m", "type": "insufficient_quota"}}),
            F.QUOTA_EXHAUSTED,
            None,
            id="429 without money",
        ),
        pytest.param(
            answer(401, {"error": {"message": f"wrong key {KEY}"}}), F.AUTH_FAILURE, None, id="401"
        ),
        pytest.param(
            answer(400, {"error": {"message": "m", "code": 400}}), F.INVALID_INPUT, None, id="400"
        ),
    ],
)
def test_an_error_answer_is_asked_for_once_and_costs_nothing(attempt, raw, expected, wait_s):
    loopback = Loopback([raw])
    failure = loopback.failure(write(attempt))
    assert (failure.failure_class, failure.retry_after_s) == (expected, wait_s)
    assert KEY not in repr(failure)
    assert len(loopback.requests) == 1
    assert [usage.cost_usd for usage in attempt.spent] == [0.0]


def test_a_gzip_answer_is_read(attempt):
    body = gzip.compress(json.dumps(completion('{"name": "Acme"}')).encode())
    headers = ("Content-Encoding: gzip", "Content-Type: application/json")
    assert Loopback([answer(200, body, *headers)]).run(write(attempt)).value.name == "Acme"


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("line\nend")])
def test_a_key_that_is_none_is_told_without_a_request(attempt, key):
    loopback = Loopback([answer(200, completion("{}"))])
    failure = loopback.failure(write(attempt, api_key=key))
    assert failure.failure_class is F.AUTH_FAILURE
    assert "providers.llm.api_key" in failure.message
    assert (loopback.requests, attempt.spent) == ([], [])


def test_a_model_that_is_none_is_told_without_a_request(attempt):
    loopback = Loopback([answer(200, completion("{}"))])
    failure = loopback.failure(write(attempt, model=""))
    assert "providers.llm.model" in failure.message
    assert loopback.requests == []


def test_an_address_that_is_none_is_our_configuration(attempt):
    failure = Loopback([]).failure(lambda _: write(attempt)("no address"))
    assert failure.failure_class is F.INVALID_INPUT
    assert "providers.llm.base_url" in failure.message
