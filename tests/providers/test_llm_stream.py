"""The streamed answer against contracts/openai.md section 8, stream by stream."""

import asyncio
import json
from dataclasses import replace

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from plinthctl.domain.briefs import BriefDraft
from plinthctl.domain.failures import FailureClass as F
from plinthctl.domain.failures import Usage
from tests.providers.loopback import KEY, Loopback, answer, drip, hang_up
from worker.providers.config import LlmEndpoint, Price
from worker.providers.llm import Llm

USAGE = {
    "prompt_tokens": 812,
    "completion_tokens": 64,
    "total_tokens": 876,
    "prompt_tokens_details": {"cached_tokens": 256},
}
PRICES = {"m": Price(2.0, 0.5, 10.0)}
BILL = Usage(1, 812, 256, 64, None, (556 * 2.0 + 256 * 0.5 + 64 * 10.0) / 1e6)
UNKNOWN = Usage(calls=1)
DONE = b"data: [DONE]\n\n"
SSE = "Content-Type: text/event-stream"


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


def event(value):
    return f"data: {json.dumps(value)}\n\n".encode()


def chunk(content=None, *, finish=None, refusal=None, choices=None, **more):
    delta = {"content": content, "refusal": refusal}
    one = {"index": 0, "delta": delta, "finish_reason": finish}
    return event(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m-2026",
            "choices": [one] if choices is None else choices,
            **more,
        }
    )


COST = chunk(choices=[], usage=USAGE)


def told(*events):
    return answer(200, b"".join(events), SSE)


def stream(attempt, heard=lambda _: None, *, timeout_s=10.0, room=1, **settings):
    async def work(url):
        settings.setdefault("model", "m")
        settings.setdefault("api_key", SecretStr(KEY))
        llm = Llm(LlmEndpoint(f"{url}/v1", timeout_s, prices=PRICES, **settings))
        try:
            return await llm.stream(
                Answer, "system", "prompt", attempt.call, room=room, heard=heard
            )
        finally:
            await llm.close()

    return work


def test_an_answer_that_fits_is_heard_as_it_comes_read_and_paid(attempt):
    heard = []
    pieces = [chunk('{"name": '), b": ping\n\n", chunk('"Acme"}'), chunk(finish="stop"), COST, DONE]
    written = Loopback([told(*pieces)]).run(stream(attempt, heard.append))
    assert (written.value.name, written.model) == ("Acme", "m-2026")
    assert attempt.spent == [BILL]
    assert written.usage == BILL
    assert heard == [9, 16, 16, 16]


def test_an_answer_without_usage_costs_we_know_not_what(attempt):
    Loopback([told(chunk('{"name": "A"}', finish="stop"), DONE)]).run(stream(attempt))
    assert attempt.spent == [UNKNOWN]


def test_the_request_is_as_the_contract_says(attempt):
    loopback = Loopback([told(chunk('{"name": "A"}', finish="stop"), COST, DONE)])
    loopback.run(stream(attempt, room=2, max_tokens_field="max_tokens", temperature=0.2))
    head, _, body = loopback.requests[0].partition(b"\r\n\r\n")
    assert f"x-request-id: {attempt.request_id}".encode() in head
    assert json.loads(body) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "system"},
            {"role": "user", "content": "prompt"},
        ],
        "max_tokens": 16_000,
        "temperature": 0.2,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "Answer",
                "strict": True,
                "schema": {
                    "properties": {"name": {"title": "Name", "type": "string"}},
                    "required": ["name"],
                    "title": "Answer",
                    "type": "object",
                    "additionalProperties": False,
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("form", "sent"), [("json_object", {"type": "json_object"}), ("none", None)]
)
def test_a_server_that_enforces_no_schema_is_told_it_in_words(attempt, form, sent):
    raw = told(chunk('Here: ```json\n{"name": '), chunk('"Acme"}\n```', finish="stop"), COST, DONE)
    loopback = Loopback([raw])
    assert loopback.run(stream(attempt, response_format=form)).value.name == "Acme"
    body = json.loads(loopback.requests[0].partition(b"\r\n\r\n")[2])
    assert body.get("response_format") == sent
    assert '"required": ["name"]' in body["messages"][0]["content"]


def test_a_server_that_refuses_the_question_is_not_asked_what_it_costs(attempt):
    loopback = Loopback([told(chunk('{"name": "A"}', finish="stop"), DONE)])
    loopback.run(stream(attempt, stream_usage=False))
    assert "stream_options" not in json.loads(loopback.requests[0].partition(b"\r\n\r\n")[2])
    assert attempt.spent == [UNKNOWN]


def test_an_answer_is_made_storable(attempt):
    raw = told(chunk('{"name": "a\\u0000b"}', finish="stop"), COST, DONE)
    assert Loopback([raw]).run(stream(attempt)).value.name == "a\ufffdb"


@pytest.mark.parametrize(
    ("raw", "expected", "code", "detail", "bill"),
    [
        pytest.param(
            told(chunk('{"nome": "A"}', finish="stop"), COST, DONE),
            F.PARSE_ERROR,
            None,
            "The answer did not fit the schema. name: Field required",
            BILL,
            id="a wrong shape names what is wrong",
        ),
        pytest.param(
            told(chunk("Here it is."), chunk(finish="stop"), COST, DONE),
            F.PARSE_ERROR,
            None,
            "The answer did not fit the schema. answer: Invalid JSON",
            BILL,
            id="prose",
        ),
        pytest.param(
            told(chunk('{"name": "A'), chunk(finish="length"), COST, DONE),
            F.PARSE_ERROR,
            "length",
            "The answer was cut off after 8,000 tokens.",
            BILL,
            id="an answer that was cut off is paid",
        ),
        pytest.param(
            told(chunk(refusal="I cannot "), chunk(refusal="help."), chunk(finish="stop"), COST),
            F.CONTENT_REFUSED,
            None,
            "I cannot help.",
            BILL,
            id="a refusal",
        ),
        pytest.param(
            told(chunk('{"na'), chunk(finish="content_filter"), COST, DONE),
            F.CONTENT_REFUSED,
            None,
            "",
            BILL,
            id="a filter",
        ),
        pytest.param(
            told(chunk('{"name": "A"}'), DONE),
            F.PARSE_ERROR,
            None,
            "The answer broke off.",
            UNKNOWN,
            id="no word that it is whole",
        ),
        pytest.param(
            told(chunk('{"name": '), event({"error": {"message": "m", "code": "x"}})),
            F.PROVIDER_UNAVAILABLE,
            "x",
            "",
            UNKNOWN,
            id="an error in the middle",
        ),
        pytest.param(
            told(chunk("{"), event({"error": {"message": "m", "code": "rate_limit_exceeded"}})),
            F.RATE_LIMITED,
            "rate_limit_exceeded",
            "",
            UNKNOWN,
            id="a limit in the middle",
        ),
        pytest.param(
            told(chunk("{"), event({"error": {"message": "m", "code": "insufficient_quota"}})),
            F.QUOTA_EXHAUSTED,
            "insufficient_quota",
            "",
            UNKNOWN,
            id="no money in the middle",
        ),
        pytest.param(
            told(chunk('{"name": "A"}', finish="stop"), COST, DONE)[:-40],
            F.PROVIDER_UNAVAILABLE,
            None,
            "",
            UNKNOWN,
            id="a stream that is cut",
        ),
        pytest.param(
            told(b"data: {nonsense\n\n"), F.PARSE_ERROR, None, "", UNKNOWN, id="events of no JSON"
        ),
        pytest.param(
            told(event({"choices": [{"index": 0}]}), DONE),
            F.PARSE_ERROR,
            None,
            "",
            UNKNOWN,
            id="chunks of another shape",
        ),
        pytest.param(
            answer(200, b"<html>", "Content-Type: text/html"),
            F.PARSE_ERROR,
            None,
            "The answer broke off.",
            UNKNOWN,
            id="HTML for a stream",
        ),
        pytest.param(
            answer(200, b"", SSE), F.PARSE_ERROR, None, "", UNKNOWN, id="nothing for a stream"
        ),
        pytest.param(hang_up, F.PROVIDER_UNAVAILABLE, None, "", UNKNOWN, id="a hang-up"),
        pytest.param(drip, F.NETWORK_TIMEOUT, None, "", UNKNOWN, id="a drip is stopped"),
        pytest.param(
            answer(429, {"error": {"message": "m"}}),
            F.RATE_LIMITED,
            None,
            "",
            Usage(1, 0, 0, 0, None, 0.0),
            id="turned away before it began",
        ),
    ],
)
def test_a_broken_stream_is_classed_asked_for_once_and_paid(
    attempt, raw, expected, code, detail, bill
):
    loopback = Loopback([raw])
    failure = loopback.failure(stream(attempt, timeout_s=1.0 if raw is drip else 10.0))
    assert (failure.failure_class, failure.provider_code) == (expected, code)
    assert (failure.detail or "").startswith(detail)
    assert attempt.spent == [bill]
    assert len(loopback.requests) == 1


def test_a_stream_that_trickles_ends_at_the_deadline(attempt):
    heard = []

    async def trickle(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while not writer.is_closing():
            writer.write(chunk("x"))
            await writer.drain()
            await asyncio.sleep(0.05)  # the misbehaviour itself, not a wait of the test

    failure = Loopback([trickle]).failure(stream(attempt, heard.append, timeout_s=0.5))
    assert (failure.failure_class, failure.detail) == (
        F.NETWORK_TIMEOUT,
        "no whole answer in 0.5 s",
    )
    assert heard
    assert attempt.spent == [UNKNOWN]


def test_a_stream_without_end_is_bounded(attempt):
    raw = told(*[chunk("x" * 60_000)] * 100, chunk(finish="stop"), DONE)
    failure = Loopback([raw]).failure(stream(attempt))
    assert (failure.failure_class, failure.provider_code) == (F.PARSE_ERROR, "response_too_large")


PROMPT = """\
Title: Which sensor

Decision: Which sensor to buy

<<<SOURCE S1 abc123>>>
kind: evidence
url: https://wire.example/frost
title: Frost
published: -
text:
finding: Sensors halve the losses to frost.
stance: for
<<<END S1 abc123>>>"""


def brief(attempt, heard=lambda _: None):
    return lambda providers: providers.writer.stream(
        BriefDraft, "system", PROMPT, attempt.call, room=1, heard=heard
    )


def test_the_simulator_streams_what_it_writes(world, attempt):
    heard = []
    written = world.run(brief(attempt, heard.append))
    assert "Sensors halve the losses to frost [S1]." in written.value.markdown
    assert heard == sorted(heard)
    assert len(set(heard)) > 5
    [spent] = attempt.spent
    assert spent.output_tokens > 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("stream_error", F.PROVIDER_UNAVAILABLE),
        ("stream_cut", F.PROVIDER_UNAVAILABLE),
        ("body_cut", F.PROVIDER_UNAVAILABLE),
        ("hang_up", F.PROVIDER_UNAVAILABLE),
        ("noise", F.PROVIDER_UNAVAILABLE),
        ("garbled_chunks", F.PROVIDER_UNAVAILABLE),
        ("server_error", F.PROVIDER_UNAVAILABLE),
        ("bad_gateway", F.PROVIDER_UNAVAILABLE),
        ("stream_without_finish", F.PARSE_ERROR),
        ("length", F.PARSE_ERROR),
        ("prose", F.PARSE_ERROR),
        ("fenced", F.PARSE_ERROR),
        ("wrong_shape", F.PARSE_ERROR),
        ("empty_content", F.PARSE_ERROR),
        ("broken_json", F.PARSE_ERROR),
        ("html", F.PARSE_ERROR),
        ("refusal", F.CONTENT_REFUSED),
        ("content_filter", F.CONTENT_REFUSED),
        ("rate_limited", F.RATE_LIMITED),
        ("no_credits", F.QUOTA_EXHAUSTED),
        ("unauthorized", F.AUTH_FAILURE),
    ],
)
def test_every_fault_of_a_stream_is_classed_and_asked_for_once(world, attempt, fault, expected):
    world.control.fault("llm", fault)
    failure = world.failure(brief(attempt))
    assert failure.failure_class is expected, failure
    assert len(world.journal.calls(request_id=attempt.request_id)) == 1


@pytest.mark.parametrize("fault", ["drip", "timeout"])
def test_a_stream_that_drips_or_never_begins_ends_at_the_deadline(world, attempt, fault):
    world.control.fault("llm", fault)
    failure = world.failure(brief(attempt), world.within(1.0))
    assert failure.failure_class is F.NETWORK_TIMEOUT


def test_a_streamed_answer_may_be_a_model_without_a_name(world, attempt):
    config = world.config
    odd = replace(config, llm=replace(config.llm, model="another"))
    assert world.run(brief(attempt), odd).model == "another"
