"""How G2 goes wrong. Source: contracts/g2.md, sections 5 and 6."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from worker.simulator.faults import Fault, Trouble, always
from worker.simulator.wire import JSON_API, Reply, html_reply, json_reply

SMALL_PAGE: Final = 3


def error(status: int, title: str) -> Reply:
    return json_reply(status, {"errors": [{"status": str(status), "title": title}]}, JSON_API)


def _rate_limited(fault: Fault, _ok: Reply) -> Reply:
    return fault.with_wait(error(429, "Too Many Requests"))


def _rate_limited_html(fault: Fault, _ok: Reply) -> Reply:
    return fault.with_wait(html_reply(429, "Error 1015: you are being rate limited"))


def _changed(change: Callable[[dict[str, Any]], None]) -> Trouble:
    def trouble(_fault: Fault, ok: Reply) -> Reply:
        body = ok.json()
        if "data" in body:
            change(body)
        return ok.with_json(body)

    return trouble


def _nothing(body: dict[str, Any]) -> None:
    body["data"] = []


def _two_candidates(body: dict[str, Any]) -> None:
    """A namesake from elsewhere, with more reviews, stands before the product."""
    for shape in body["data"][:1]:
        other = copy.deepcopy(shape)
        other["id"] = "00000000-0000-5000-8000-000000000000"
        other["attributes"] |= {"domain": "namesake.example", "slug": "namesake"}
        other["attributes"] |= {"name": "Namesake", "review_count": 900}
        body["data"].insert(0, other)


def _null_rating(body: dict[str, Any]) -> None:
    for shape in body["data"]:
        shape["attributes"]["star_rating"] = None


def _sparse_answers(body: dict[str, Any]) -> None:
    for place, shape in enumerate(body["data"]):
        answers = shape["attributes"].get("answers", {})
        answers.pop("hate", None)
        answers["love"] = {"text": "?", "value": None if place % 2 else 7}


def _small_pages(body: dict[str, Any]) -> None:
    """Three at once, however many were asked for."""
    if len(body["data"]) > SMALL_PAGE:
        body["data"] = body["data"][:SMALL_PAGE]
        path = body["links"]["self"].partition("?")[0]
        # "after 3" in base 64, as the cursors of the whole answer are written.
        body["links"]["next"] = f"{path}?page%5Bafter%5D=YWZ0ZXIgMw%3D%3D"


def _foreign_next(body: dict[str, Any]) -> None:
    """A next page on another host, where no token may go."""
    _small_pages(body)
    query = (body["links"]["next"] or "").partition("?")[2]
    body["links"]["next"] = f"https://elsewhere.invalid/api?{query}"


_PLAN: Final = "Your current plan does not provide access to this resource."

TROUBLES: Final[Mapping[str, Trouble]] = {
    "rate_limited": _rate_limited,
    "rate_limited_html": _rate_limited_html,
    "bad_request": always(error(400, "Invalid parameter")),
    "unauthorized": always(error(401, "Bad Credentials")),
    "no_scope": always(error(403, "Missing products.reviews.read scope")),
    "not_in_plan": always(error(403, _PLAN)),
    "no_access": always(error(403, "You do not have access to that resource")),
    "blocked": always(html_reply(403, "Sorry, you have been blocked")),
    "not_found": always(error(404, "Not Found")),
    "server_error": always(error(500, "Internal Server Error")),
    "unavailable": always(error(503, "This service is temporarily unavailable")),
    "nothing": _changed(_nothing),
    "two_candidates": _changed(_two_candidates),
    "null_rating": _changed(_null_rating),
    "sparse_answers": _changed(_sparse_answers),
    "small_pages": _changed(_small_pages),
    "foreign_next": _changed(_foreign_next),
}
