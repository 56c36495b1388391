"""The one way out for Firecrawl, Exa and G2: bounded, watched, never redirected."""

import asyncio
import functools
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from plinthctl.domain.failures import FailureClass, Usage
from plinthctl.domain.text import storable
from worker.context import Call, ProviderError
from worker.providers import bounded
from worker.providers.config import Endpoint
from worker.providers.failures import INVALID_JSON, TOO_LARGE, Accused
from worker.providers.retry_after import retry_after_s

CONNECT_S: Final = 5.0
ONE_REQUEST: Final = Usage(calls=1)  # what it cost beyond that is unknown

Answer = TypeVar("Answer", bound=BaseModel)


class Unreadable(ValueError):
    """A body that is not the JSON it should be; ``code`` says in which way."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. ``body`` is None where it was too large to be read."""

    status: int
    headers: httpx.Headers
    body: bytes | None

    def json(self) -> Any:
        """The decoded body, fit to be stored.

        Raises:
            Unreadable: it is too large, not JSON, or nested too deeply.
        """
        if self.body is None:
            raise Unreadable(TOO_LARGE, "the answer is too large")
        if bounded.has_too_many_values(self.body):
            raise Unreadable(TOO_LARGE, "the answer holds too many values")
        try:
            return storable(json.loads(self.body, parse_constant=_no_constant))
        except RecursionError:
            raise Unreadable(INVALID_JSON, "the answer is nested too deeply") from None
        except ValueError as error:
            raise Unreadable(INVALID_JSON, f"the answer is not JSON: {error}") from None

    def error_body(self) -> Mapping[str, Any]:
        """The decoded body of an error; empty where it is no JSON object."""
        try:
            body = self.json()
        except Unreadable:
            return {}
        return body if isinstance(body, Mapping) else {}

    def text(self) -> str:
        """The body as text, for people."""
        return (self.body or b"").decode("utf-8", "replace")


def text_of(value: Any) -> str | None:
    """A value of someone else's JSON, if it is text and says something."""
    return value if isinstance(value, str) and value else None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whose certificates are believed."""
    # Reading the certificates takes 20 ms; the clients may share them.
    return httpx.create_ssl_context(trust_env=False)


class GuardedClient:
    """One provider's client, shared by all jobs of a worker.

    Args:
        auth: Makes the headers that carry the key.
        read_share: The part of ``endpoint.timeout_s`` that one read may take.
        degrades_without_key: A step that may degrade does so at once.
    """

    def __init__(
        self,
        provider: str,
        endpoint: Endpoint,
        *,
        auth: Callable[[str], Mapping[str, str]],
        read_share: float,
        degrades_without_key: bool = False,
    ) -> None:
        self.accused = Accused(provider, endpoint.api_key)
        self.timeout_s = endpoint.timeout_s
        self._root = endpoint.base_url.rstrip("/")
        self._auth = auth
        self._degrades_without_key = degrades_without_key
        self._http = httpx.AsyncClient(
            verify=trusted(),
            trust_env=False,  # no proxy and no .netrc may see or change a request
            follow_redirects=False,
            headers={"user-agent": "plinthctl", "accept-encoding": bounded.ACCEPT_ENCODING},
            timeout=httpx.Timeout(
                endpoint.timeout_s,
                connect=min(CONNECT_S, endpoint.timeout_s),
                read=endpoint.timeout_s * read_share,
            ),
        )

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """Bounds a whole try: a server that drips never trips httpx's own limits."""
        try:
            async with asyncio.timeout(self.timeout_s):
                yield
        except TimeoutError as error:
            raise self.accused.failed(
                FailureClass.NETWORK_TIMEOUT, detail=f"no whole answer in {self.timeout_s:g} s"
            ) from error

    async def send(
        self,
        method: str,
        path: str,
        call: Call,
        *,
        cost: Callable[[Reply], Usage],
        body: Any = None,
        params: Sequence[tuple[str, str]] = (),
        accept: str = "application/json",
    ) -> Reply:
        """One request and its whole answer, of whatever status.

        What it cost is told to ``call`` in every case.

        Raises:
            ProviderError: no usable key (then nothing was sent), or no answer.
        """
        key = self.accused.key(may_degrade=self._degrades_without_key)
        headers = {**self._auth(key), "accept": accept, "x-request-id": call.request_id}
        usage = ONE_REQUEST
        try:
            request = self._http.build_request(
                method, self._root + path, headers=headers, json=body, params=list(params) or None
            )
            reply = await self._exchange(request)
            usage = cost(reply)
        except (httpx.HTTPError, httpx.InvalidURL, bounded.CutShort) as error:
            raise self.accused.unreached(error) from error
        else:
            return reply
        finally:
            call.spend(usage)

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._http.send(request, stream=True)
        try:
            body = await _body(response)
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, body)

    def refused(
        self,
        failure_class: FailureClass,
        reply: Reply,
        *,
        code: str | None = None,
        detail: str | None = None,
        message: str | None = None,
        user_fault: bool = False,
        may_degrade: bool = False,
    ) -> ProviderError:
        """The error of an answer that is no success."""
        body = reply.error_body()
        return self.accused.failed(
            failure_class,
            message=message,
            detail=detail or reply.text(),
            http_status=reply.status,
            provider_code=code,
            request_id=reply.headers.get("x-request-id"),
            retry_after_s=retry_after_s(reply.headers, body, datetime.now(UTC)),
            user_fault=user_fault,
            may_degrade=may_degrade,
        )

    def read(self, reply: Reply, answer: type[Answer]) -> Answer:
        """The body of a success as ``answer``.

        Raises:
            ProviderError: parse_error.
        """
        try:
            return answer.model_validate(reply.json())
        except (Unreadable, ValidationError) as error:
            code = error.code if isinstance(error, Unreadable) else None
            raise self.refused(
                FailureClass.PARSE_ERROR, reply, code=code, detail=problems(error)
            ) from error


def problems(error: ValueError) -> str:
    """What did not fit, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, p['loc'])) or 'answer'}: {p['msg']}" for p in found[:5])


async def _body(response: httpx.Response) -> bytes | None:
    encoding = response.headers.get("content-encoding", "")
    try:
        return await bounded.whole(response.aiter_raw(), encoding)
    except bounded.TooLarge:
        return None


def quiet_libraries() -> None:
    """Keep the HTTP libraries from writing a line for each request."""
    for name in ("httpx", "httpcore", "httpx2", "httpcore2", "openai"):
        logging.getLogger(name).setLevel(logging.WARNING)
