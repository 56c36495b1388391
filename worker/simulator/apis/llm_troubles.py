"""How a chat completion goes wrong. Source: contracts/openai.md, sections 4.3, 7 and 11."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from worker.simulator.faults import Fault, Trouble, always, travelling
from worker.simulator.wire import Delivery, Reply, json_reply


def error(
    status: int,
    text: str,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Reply:
    """An error body with the four keys that are always there."""
    said = {"message": text, "type": kind, "param": param, "code": code}
    return json_reply(status, {"error": said})


def _waiting(reply: Reply) -> Trouble:
    return lambda fault, _ok: fault.with_wait(reply)


def _spoken(finish_reason: str | None = "stop", **message: Any) -> Trouble:
    """The answer with another message in it; its usage is billed all the same."""

    def trouble(_fault: Fault, ok: Reply) -> Reply:
        body = ok.json()
        for choice in body.get("choices", []):
            choice["message"] |= message
            choice["finish_reason"] = finish_reason
        return ok.with_json(body)

    return trouble


def _cut_short(_fault: Fault, ok: Reply) -> Reply:
    body = ok.json()
    for choice in body.get("choices", []):
        content = choice["message"]["content"]
        choice["message"]["content"] = content[: len(content) // 2]
        choice["finish_reason"] = "length"
    return ok.with_json(body)


def _fenced(_fault: Fault, ok: Reply) -> Reply:
    body = ok.json()
    for choice in body.get("choices", []):
        choice["message"]["content"] = f"```json\n{choice['message']['content']}\n```"
    return ok.with_json(body)


def _items_changed(change: Callable[[dict[str, Any]], None], at_most: int | None = None) -> Trouble:
    """The answer with its first items of evidence changed; None: all of them."""

    def trouble(_fault: Fault, ok: Reply) -> Reply:
        body = ok.json()
        for choice in body.get("choices", []):
            said = json.loads(choice["message"]["content"])
            for item in said.get("items", [])[:at_most]:
                change(item)
            choice["message"]["content"] = json.dumps(said)
        return ok.with_json(body)

    return trouble


def _written(change: Callable[[str], str]) -> Trouble:
    """The answer with its text changed."""

    def trouble(_fault: Fault, ok: Reply) -> Reply:
        body = ok.json()
        for choice in body.get("choices", []):
            choice["message"]["content"] = change(choice["message"]["content"])
        return ok.with_json(body)

    return trouble


def _stray_citation(content: str) -> str:
    """Its first citation leads nowhere, or the one that it now has."""
    astray, count = re.subn(r'(?<=["\[])S\d+(?=["\]])', "S999", content, count=1)
    return astray if count else content.replace('"markdown":"', '"markdown":"[S999] ')


def _without_citations(content: str) -> str:
    return re.sub(r" ?\[S\d+\]", "", content)


def _no_scores(content: str) -> str:
    return json.dumps({**json.loads(content), "scores": []})


def _error_inside(_fault: Fault, ok: Reply) -> Reply:
    said = {"message": "The server had an error.", "type": "server_error", "code": None}
    return ok.with_json({**ok.json(), "error": said})


def _misquote(item: dict[str, Any]) -> None:
    item["quote"] = f"Nobody ever said: {item['quote']}"


def _in_percent(item: dict[str, Any]) -> None:
    item["relevance"] *= 100


def _without_usage(_fault: Fault, ok: Reply) -> Reply:
    return ok.with_json({key: value for key, value in ok.json().items() if key != "usage"})


_PROSE: Final = "Certainly! Here is what I found about the company. It seems to do well."
_QUOTA: Final = "You exceeded your current quota, please check your plan and billing details."

TROUBLES: Final[Mapping[str, Trouble]] = {
    "refusal": _spoken(content=None, refusal="I'm sorry, I can't help with that."),
    "length": _cut_short,
    "content_filter": _spoken("content_filter"),
    "prose": _spoken(content=_PROSE),
    "fenced": _fenced,
    "wrong_shape": _spoken(content='{"company": 7, "opinion": []}'),
    "unknown_source": _spoken(
        content='{"company_name":"X","summary":{"text":"X is.","sources":["S999"]},'
        '"positioning":null,"offerings":[],"pricing":[],"strengths":[],"weaknesses":[],'
        '"recent_news":[],"customers":{"rating":null,"review_count":null,"praised":[],'
        '"criticised":[]},"meaning_for_us":[]}'
    ),
    "misquote": _items_changed(_misquote, at_most=1),
    "misquotes": _items_changed(_misquote),
    "percent": _items_changed(_in_percent),
    "stray_citation": _written(_stray_citation),
    "no_citations": _written(_without_citations),
    "no_scores": _written(_no_scores),
    "stream_error": _error_inside,
    "stream_cut": travelling(Delivery.STREAM_CUT),
    "stream_stall": travelling(Delivery.STREAM_STALL),
    "stream_without_finish": _spoken(None),
    "no_items": _spoken(content='{"items": []}'),
    "one_query": _spoken(content='{"queries": ["everything", "Everything ", ""]}'),
    "empty_content": _spoken(content=""),
    "no_usage": _without_usage,
    "bad_schema": always(error(400, "Invalid schema for response_format.")),
    "content_policy": always(
        error(400, "Your request was rejected.", code="content_policy_violation")
    ),
    "too_long": always(error(400, "Too many tokens.", code="context_length_exceeded")),
    "unauthorized": always(error(401, "Incorrect API key provided.", code="invalid_api_key")),
    "payment_required": always(error(402, "Payment required.")),
    "forbidden": always(error(403, "Your project may not use this.")),
    "no_model": always(error(404, "The model does not exist.", code="model_not_found")),
    "rate_limited": _waiting(
        error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded")
    ),
    "no_credits": always(error(429, _QUOTA, "insufficient_quota", "insufficient_quota")),
    "server_error": always(error(500, "The server had an error.", "server_error")),
    "unavailable": _waiting(error(503, "Overloaded.", "server_error", "server_is_overloaded")),
}
