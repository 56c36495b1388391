"""A request and a reply, and the ways in which a reply may be delivered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

JSON: Final = "application/json"
JSON_API: Final = "application/vnd.api+json"
HTML: Final = "text/html; charset=utf-8"


class Delivery(StrEnum):
    """How a reply travels, from well to not at all."""

    WHOLE = "whole"
    STREAM = "stream"  # piece by piece, spread over the time that the answer takes
    DRIP = "drip"  # a byte every half second
    STREAM_CUT = "stream_cut"  # half of the pieces, then the connection closes
    STREAM_STALL = "stream_stall"  # half of them, then silence until the client leaves
    CUT = "cut"  # half of the promised body, then the connection closes
    GARBLED = "garbled"  # chunks that are none
    NOISE = "noise"  # bytes that are not HTTP
    HANG_UP = "hang_up"  # closed without a byte
    NEVER = "never"  # open, and silent until the client leaves


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def bearer(self) -> str | None:
        """The token of ``Authorization: Bearer``, None where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON, or nested beyond reading.
        """
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def below(self, prefix: str) -> "Request":
        """The same request as a service mounted at ``prefix`` sees it."""
        return replace(self, target=self.target.removeprefix(prefix))


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        after_s: A wait that no speed shortens.
        pieces: Of a body that travels as a stream, and ``spread_s`` the seconds from
            the first to the last of them.
        usual_s: From and to: how long it takes; None: as its provider's others.
        shaped: What is done to it last, after any misbehaviour.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = Delivery.WHOLE
    after_s: float = 0.0
    pieces: tuple[bytes, ...] = ()
    spread_s: float = 0.0
    usual_s: tuple[float, float] | None = None
    shaped: Callable[["Reply"], "Reply"] | None = None

    def json(self) -> Any:
        return json.loads(self.body)

    def with_json(self, value: Any) -> "Reply":
        """The same reply with another JSON body."""
        return replace(self, body=_encoded(value))

    def with_header(self, name: str, value: str) -> "Reply":
        return replace(self, headers=(*self.headers, (name, value)))


def json_reply(status: int, value: Any, media_type: str = JSON) -> Reply:
    return Reply(status, _encoded(value), (("content-type", media_type),))


def html_reply(status: int, title: str) -> Reply:
    """What a gateway in front of a service answers."""
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, page.encode(), (("content-type", HTML),))


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
