"""How Exa goes wrong. Source: contracts/exa.md, sections 3 and 5."""

from collections.abc import Mapping
from typing import Any, Final

from worker.simulator.faults import Fault, Trouble, always
from worker.simulator.seed import Seed
from worker.simulator.wire import Reply, json_reply


def error(status: int, text: str, tag: str | None = None, **more: Any) -> Reply:
    """Exa's error body; the tag is missing from some of its 429s."""
    tagged = {"tag": tag} if tag else {}
    request_id = Seed("exa error", text).hex("id")
    return json_reply(status, {"requestId": request_id, "error": text, **tagged, **more})


def _rate_limited(fault: Fault, _ok: Reply) -> Reply:
    text = "You have exceeded your rate limit. Please slow down."
    return fault.with_wait(error(429, text, "RATE_LIMIT_EXCEEDED"))


def _rate_limited_untagged(fault: Fault, _ok: Reply) -> Reply:
    return fault.with_wait(error(429, "Too many requests"))


def _no_results(_fault: Fault, ok: Reply) -> Reply:
    return ok.with_json(ok.json() | {"results": []})


def _null_results(_fault: Fault, ok: Reply) -> Reply:
    return ok.with_json(ok.json() | {"results": None})


def _untitled(_fault: Fault, ok: Reply) -> Reply:
    body = ok.json()
    for result in body.get("results", []):
        result |= {"title": None, "author": None}
        result.pop("publishedDate", None)
    return ok.with_json(body)


def _textless(_fault: Fault, ok: Reply) -> Reply:
    body = ok.json()
    for result in body.get("results", []):
        result.pop("text", None)
    return ok.with_json(body)


def _unavailable(fault: Fault, _ok: Reply) -> Reply:
    return fault.with_wait(error(503, "The service is overloaded", "SERVICE_OVERLOADED"))


NO_KEY: Final = error(
    402,
    "A payment or an API key is required.",
    "X402_PAYMENT_REQUIRED",
    x402Version=2,
    resource={"url": "https://api.exa.ai/search"},
    accepts=[],
)

TROUBLES: Final[Mapping[str, Trouble]] = {
    "rate_limited": _rate_limited,
    "rate_limited_untagged": _rate_limited_untagged,
    "bad_request": always(error(400, "Invalid request body", "INVALID_REQUEST_BODY")),
    "unauthorized": always(error(401, "Invalid API key", "INVALID_API_KEY")),
    "no_key": always(NO_KEY),
    "no_credits": always(error(402, "You have run out of credits", "NO_MORE_CREDITS")),
    "prohibited": always(error(403, "This query is not allowed", "PROHIBITED_CONTENT")),
    "not_in_plan": always(error(403, "Not part of your plan", "FEATURE_DISABLED")),
    "server_error": always(error(500, "Something went wrong", "INTERNAL_ERROR")),
    "unavailable": _unavailable,
    "no_results": _no_results,
    "null_results": _null_results,
    "untitled": _untitled,
    "no_text": _textless,
}
