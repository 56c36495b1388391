"""The simulated stream of a chat completion: contracts/openai.md, section 8."""

import json
import time

import httpx
import pytest

from worker.simulator.process import SimulatorProcess

DONE = "data: [DONE]"
BEARER = {"authorization": "Bearer simulated"}
USAGE = {"stream_options": {"include_usage": True}}
PROMPT = """\
Option 1: Zeta

Decision: Which sensor to buy

<<<SOURCE S1 m4rk>>>
kind: evidence
url: https://wire.example/frost
title: Frost
published: -
text:
finding: Sensors halve the losses to frost.
stance: for
<<<END S1 m4rk>>>"""


def events_of(reply):
    lines = [line for line in reply.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    return lines


def chunks_of(reply):
    return [json.loads(line[len("data: ") :]) for line in events_of(reply) if line != DONE]


def text_of(chunks):
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])


def test_a_stream_says_what_an_answer_would_piece_by_piece(ask):
    whole = ask.complete(PROMPT).json()["choices"][0]["message"]["content"]
    reply = ask.complete(PROMPT, stream=True)
    chunks = chunks_of(reply)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert text_of(chunks) == whole
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert events_of(reply)[-1] == DONE


def test_what_it_cost_is_said_only_when_asked_for(ask):
    assert all("usage" not in chunk for chunk in chunks_of(ask.complete(PROMPT, stream=True)))
    last = chunks_of(ask.complete(PROMPT, stream=True, **USAGE))[-1]
    assert last["choices"] == []
    assert last["usage"] == ask.complete(PROMPT).json()["usage"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(USAGE, "stream_options", id="options of a stream without one"),
        pytest.param({"stream": "yes"}, "stream", id="a word for yes"),
        pytest.param(
            {"stream": True, "stream_options": {"every": 2}}, "every", id="an unknown option"
        ),
    ],
)
def test_a_malformed_request_is_refused(ask, more, said):
    reply = ask.complete(PROMPT, **more)
    assert reply.status_code == 400
    assert said in reply.json()["error"]["message"]


def test_a_refused_key_is_refused_before_any_event(ask):
    reply = ask.complete(PROMPT, stream=True, headers={})
    assert (reply.status_code, reply.headers["content-type"]) == (401, "application/json")


@pytest.mark.parametrize("fault", ["stream_cut", "body_cut"])
def test_a_stream_may_be_cut(ask, fault):
    ask.control.fault("llm", fault)
    with pytest.raises(httpx.RemoteProtocolError):
        ask.complete(PROMPT, stream=True)


def test_a_stream_may_hold_an_error_and_nothing_after_it(ask):
    ask.control.fault("llm", "stream_error")
    *_, last = chunks_of(ask.complete(PROMPT, stream=True))
    assert set(last) == {"error"}


def test_a_stream_may_end_without_saying_so(ask):
    ask.control.fault("llm", "stream_without_finish")
    reply = ask.complete(PROMPT, stream=True, **USAGE)
    assert DONE not in events_of(reply)
    assert {c["choices"][0]["finish_reason"] for c in chunks_of(reply)} == {None}


def test_a_stream_comes_over_the_time_that_an_answer_takes(own_journal):
    with SimulatorProcess.start(own_journal, speed=40) as process:
        body = {"model": "m", "messages": [{"role": "user", "content": PROMPT}], "stream": True}
        url = f"{process.url}/llm/v1/chat/completions"
        with (
            httpx.Client(trust_env=False, timeout=10.0) as client,
            client.stream("POST", url, json=body, headers=BEARER) as reply,
        ):
            came_s = [time.monotonic() for _ in reply.iter_raw()]
    assert len(came_s) >= 3
    assert came_s[-1] - came_s[0] > 0.15  # of 0.3 to 0.6 s
