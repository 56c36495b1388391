"""How Firecrawl goes wrong. Source: contracts/firecrawl.md, sections 2, 5 and 8."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worker.simulator.faults import Fault, Trouble, always
from worker.simulator.wire import Reply, json_reply


def error(status: int, text: str, code: str | None = None, **more: Any) -> Reply:
    """Firecrawl's error body; some of its refusals have no code."""
    coded = {"code": code} if code else {}
    return json_reply(status, {"success": False, **coded, "error": text, **more})


def _rate_limited(fault: Fault, _ok: Reply) -> Reply:
    text = "Rate limit exceeded. Consumed (req/min): 11, Remaining (req/min): 0. "
    if fault.retry_after_text is not None:
        text += f"Upgrade your plan or please retry after {fault.retry_after_text}s, resets soon"
    return fault.with_wait(error(429, text))


def _slow_pdf(fault: Fault, _ok: Reply) -> Reply:
    seconds = 20 if fault.retry_after is None else fault.retry_after
    details = {"state": "processing_continues", "retryAfterSeconds": seconds}
    reply = error(408, "The scrape ran out of time.", "SCRAPE_TIMEOUT", details=details)
    return fault.with_wait(reply)


def _target(status: int, reason: str) -> Trouble:
    """The page's own server answers so; Firecrawl itself is content."""

    def change(body: dict[str, Any]) -> None:
        body["data"] |= {"markdown": f"# {reason}", "links": []}
        body["data"]["metadata"] |= {"title": reason, "statusCode": status, "error": reason}

    return _changed(change)


def _changed(change: Callable[[dict[str, Any]], None]) -> Trouble:
    def trouble(_fault: Fault, ok: Reply) -> Reply:
        body = ok.json()
        if body.get("success"):
            change(body)
        return ok.with_json(body)

    return trouble


def _from_cache(body: dict[str, Any]) -> None:
    body["data"]["metadata"]["cacheState"] = "hit"


def _title_list(body: dict[str, Any]) -> None:
    body["data"]["metadata"]["title"] = [body["data"]["metadata"]["title"], "Welcome"]


def _empty_markdown(body: dict[str, Any]) -> None:
    body["data"]["markdown"] = ""


_UNSUPPORTED: Final = "We apologize for the inconvenience but we do not support this site."

TROUBLES: Final[Mapping[str, Trouble]] = {
    "rate_limited": _rate_limited,
    "bad_request": always(error(400, "Bad Request", "BAD_REQUEST", details=[])),
    "unauthorized": always(error(401, "Unauthorized: Invalid token")),
    "no_credits": always(error(402, "Insufficient credits to perform this request.")),
    "unsupported_site": always(error(403, _UNSUPPORTED, "UNSUPPORTED_SITE")),
    "banned": always(error(403, "This account has been banned")),
    "scrape_timeout": always(error(408, "The scrape timed out.", "SCRAPE_TIMEOUT")),
    "slow_pdf": _slow_pdf,
    "queue_timeout": always(
        error(408, "Waited too long for a browser.", "CONCURRENCY_QUEUE_TIMEOUT")
    ),
    "server_error": always(error(500, "All engines failed.", "SCRAPE_ALL_ENGINES_FAILED")),
    "bad_certificate": always(error(500, "The certificate is invalid.", "SCRAPE_SSL_ERROR")),
    "unavailable": always(error(503, "Service Unavailable")),
    "no_such_host": always(
        error(200, "DNS resolution failed for hostname.", "SCRAPE_DNS_RESOLUTION_ERROR")
    ),
    "cached": _changed(_from_cache),
    "title_list": _changed(_title_list),
    "empty_markdown": _changed(_empty_markdown),
    "target_403": _target(403, "Forbidden"),
    "target_404": _target(404, "Page not found"),
    "target_500": _target(500, "Internal Server Error"),
}
