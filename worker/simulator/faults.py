"""Misbehaviour on request: what every service can do wrong, and what is armed."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from worker.simulator.wire import JSON, Delivery, Reply, html_reply


class Fault(BaseModel):
    """One way to misbehave, for the next ``times`` calls of ``provider``.

    Attributes:
        retry_after: The ``Retry-After`` header, seconds or any text; None: no header.
        retry_after_ms: The ``retry-after-ms`` header, which the LLM's servers know.
        retry_after_text: Seconds that Firecrawl names in its message only.
        after_s: A wait before the reply, which no speed shortens.
        request_id: Only calls whose ``x-request-id`` begins so; None: any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    fault: str
    times: int = Field(1, ge=1)
    retry_after: float | str | None = None
    retry_after_ms: int | None = None
    retry_after_text: int | None = None
    after_s: float = Field(0.0, ge=0)
    request_id: str | None = None

    def is_for(self, request_id: str | None) -> bool:
        """Whether a call is one of those that are meant."""
        return self.request_id is None or (request_id or "").startswith(self.request_id)

    def with_wait(self, reply: Reply) -> Reply:
        """The reply with the headers that this fault asks for."""
        if self.retry_after is not None:
            seconds = self.retry_after
            text = seconds if isinstance(seconds, str) else f"{seconds:g}"
            reply = reply.with_header("retry-after", text)
        if self.retry_after_ms is not None:
            reply = reply.with_header("retry-after-ms", str(self.retry_after_ms))
        return reply


Trouble = Callable[[Fault, Reply], Reply]  # the fault, and what would have been answered


def always(reply: Reply) -> Trouble:
    """A trouble that is the same reply, whatever was asked."""
    return lambda _fault, _ok: reply


def travelling(delivery: Delivery) -> Trouble:
    """A trouble in which a good answer is delivered badly."""
    return lambda _fault, ok: replace(ok, delivery=delivery)


def _broken_json(_fault: Fault, ok: Reply) -> Reply:
    return replace(ok, body=ok.body[: len(ok.body) // 2])


def _invalid_utf8(_fault: Fault, ok: Reply) -> Reply:
    return replace(ok, body=b"\xff\xfe" + ok.body)


COMMON: Final[Mapping[str, Trouble]] = {
    "slow": lambda _fault, ok: ok,  # with after_s
    "timeout": travelling(Delivery.NEVER),
    "drip": travelling(Delivery.DRIP),
    "hang_up": travelling(Delivery.HANG_UP),
    "body_cut": travelling(Delivery.CUT),
    "garbled_chunks": travelling(Delivery.GARBLED),
    "noise": travelling(Delivery.NOISE),
    "broken_json": _broken_json,
    "invalid_utf8": _invalid_utf8,
    "empty_body": always(Reply(200, b"", (("content-type", JSON),))),
    "empty_object": always(Reply(200, b"{}", (("content-type", JSON),))),
    "html": always(html_reply(200, "Welcome")),
    "bad_gateway": always(html_reply(502, "502 Bad Gateway")),
    "gateway_timeout": always(html_reply(504, "504 Gateway Time-out")),
    "redirect": always(Reply(302, b"", (("location", "/elsewhere"),))),
}


class Armed:
    """The faults that wait for their calls, first armed first used."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[Fault]] = defaultdict(list)

    def arm(self, fault: Fault) -> None:
        self._waiting[fault.provider].extend([fault] * fault.times)

    def disarm(self) -> None:
        self._waiting.clear()

    def next_for(self, provider: str, request_id: str | None) -> Fault | None:
        waiting = self._waiting[provider]
        meant = (n for n, fault in enumerate(waiting) if fault.is_for(request_id))
        place = next(meant, None)
        return None if place is None else waiting.pop(place)
