"""A chat completion as the events of a stream. Source: contracts/openai.md, section 8."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from worker.simulator.wire import Delivery, Reply

EVENT_STREAM: Final = "text/event-stream; charset=utf-8"
PIECE_CHARS: Final = 24  # of an answer, in one event
END: Final = b"data: [DONE]\n\n"
_KEPT: Final = frozenset(("id", "created", "model"))


def as_events(reply: Reply, *, with_usage: bool) -> Reply:
    """The reply as a stream of events, where it is a completion; any other stays as it is."""
    completion = _completion(reply)
    if completion is None:
        return reply
    events = list(_events(completion, with_usage=with_usage))
    headers = [(name, value) for name, value in reply.headers if name != "content-type"]
    whole = reply.delivery is Delivery.WHOLE
    return replace(
        reply,
        body=b"".join(events),
        pieces=tuple(events),
        headers=(("content-type", EVENT_STREAM), *headers),
        delivery=Delivery.STREAM if whole else reply.delivery,
    )


def _completion(reply: Reply) -> dict[str, Any] | None:
    try:
        body = reply.json()
    except ValueError:
        return None
    whole = isinstance(body, dict) and reply.status == 200 and bool(body.get("choices"))
    return body if whole else None


def _events(completion: dict[str, Any], *, with_usage: bool) -> Iterator[bytes]:
    """Its text piece by piece, why it ends, and what it cost. An error that it holds
    comes in the middle of the text, and nothing after it."""
    choice, fault = completion["choices"][0], completion.get("error")
    message, finish = choice["message"], choice.get("finish_reason")
    pieces = list(_deltas(message))
    yield _event(completion, {"role": "assistant", "content": ""})
    if fault:
        yield from (_event(completion, piece) for piece in pieces[: len(pieces) // 2])
        yield _line({"error": fault})
        return
    yield from (_event(completion, piece) for piece in pieces)
    if finish is None:
        return
    yield _event(completion, {}, finish)
    if with_usage and "usage" in completion:
        yield _line(_chunk(completion, []) | {"usage": completion["usage"]})
    yield END


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name in ("content", "refusal"):
        text = message.get(name) or ""
        for at in range(0, len(text), PIECE_CHARS):
            yield {name: text[at : at + PIECE_CHARS]}


def _event(completion: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _line(_chunk(completion, [choice]))


def _chunk(completion: dict[str, Any], choices: list[Any]) -> dict[str, Any]:
    kept = {name: value for name, value in completion.items() if name in _KEPT}
    return {**kept, "object": "chat.completion.chunk", "choices": choices}


def _line(value: Any) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
