"""An OpenAI-compatible LLM through the SDK. Contract: contracts/openai.md.

Importing this module loads the SDK, which takes most of a second: only `llm`
imports it, in a thread.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import openai
from openai import AsyncOpenAI
from pydantic import BaseModel

from plinthctl.domain.failures import Usage
from plinthctl.domain.text import storable
from worker.context import Call, Model, Written
from worker.providers import config
from worker.providers.config import LlmEndpoint, Price
from worker.providers.failures import Accused
from worker.providers.http import CONNECT_S, ONE_REQUEST
from worker.providers.llm_failures import LlmFailures
from worker.providers.llm_plainly import value_of, with_schema
from worker.providers.llm_stream import Heard, response_format
from worker.providers.llm_transport import bounded_client

MOST_TOKENS: Final = 8_000  # of an answer; a reasoning model's thoughts count too
NOTHING: Final = Usage(calls=1, input_tokens=0, cached_tokens=0, output_tokens=0, cost_usd=0.0)


def usage_of(body: Any, prices: Mapping[str, Price], model: str) -> Usage:
    """What an answer cost, from its raw body: a truncated, refused or unreadable
    one is billed too. Unknown where the server does not say."""
    told = body.get("usage") if isinstance(body, Mapping) else None
    if not isinstance(told, Mapping):
        return ONE_REQUEST
    details = told.get("prompt_tokens_details")
    given, written = _tokens(told.get("prompt_tokens")), _tokens(told.get("completion_tokens"))
    cached = _tokens(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    price = prices.get(str(body.get("model"))) or prices.get(model)
    return Usage(
        calls=1,
        input_tokens=given,
        cached_tokens=cached,
        output_tokens=written,
        cost_usd=_cost_usd(price, given, cached or 0, written),
    )


def _tokens(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cost_usd(
    price: Price | None, given: int | None, cached: int, written: int | None
) -> float | None:
    if price is None or given is None or written is None:
        return None
    millionths = (
        (given - cached) * price.input_usd + cached * price.cached_usd + written * price.output_usd
    )
    return millionths / 1_000_000


class Chat:
    """Writes answers that fit a schema; a `Writer`."""

    def __init__(self, endpoint: LlmEndpoint, key: str) -> None:
        self._endpoint = endpoint
        self._failures = LlmFailures(Accused("llm", endpoint.api_key), endpoint.timeout_s)
        self._client = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=key,
            max_retries=0,  # the runner is the only layer that retries
            timeout=endpoint.timeout_s,
            http_client=bounded_client(endpoint.timeout_s, CONNECT_S),
        )

    async def close(self) -> None:
        await self._client.close()

    async def write(
        self, answer: type[Model], system: str, prompt: str, call: Call, *, room: int
    ) -> Written[Model]:
        """An ``answer`` written by the LLM. Raises `ProviderError`."""
        most_tokens = MOST_TOKENS * room
        ask, told = self._asking(answer, system)
        asked = self._asked(told, prompt, call, most_tokens)
        async with self._billed(call, most_tokens) as bill:
            raw = await ask(**asked)
            bill.usage = self._usage(raw)
            completion = raw.parse()  # the schema is checked here, after the bill
            message = completion.choices[0].message
            value = self._value(completion, answer)
        if message.refusal:
            raise self._failures.refused(message.refusal)
        if value is None:
            raise self._failures.empty()
        return self._written(value, completion.model, bill.usage)

    async def stream(
        self,
        answer: type[Model],
        system: str,
        prompt: str,
        call: Call,
        *,
        room: int,
        heard: Callable[[int], None],
    ) -> Written[Model]:
        """The same, while ``heard`` is told how many characters of it there are."""
        most_tokens = MOST_TOKENS * room
        form, rules = self._form(answer, system)
        asked = self._asked(rules, prompt, call, most_tokens)
        told = Heard(plainly=self._endpoint.response_format != config.JSON_SCHEMA)
        async with self._billed(call, most_tokens) as bill:
            chunks = await self._client.chat.completions.create(
                **form, stream=True, **self._asks_for_usage(), **asked
            )
            async with chunks:
                async for chunk in chunks:
                    told.hear(chunk)
                    heard(told.chars)
            bill.usage = self._usage_told(told.usage)
            value = None if told.refusal else told.value(answer)
        if value is None:
            raise self._failures.refused(told.refusal)
        return self._written(value, told.model, bill.usage)

    def _written(self, value: Model, model: str | None, usage: Usage) -> Written[Model]:
        clean = type(value).model_validate(storable(value.model_dump()))
        return Written(clean, model or self._endpoint.model, usage)

    @asynccontextmanager
    async def _billed(self, call: Call, most_tokens: int) -> AsyncIterator["_Bill"]:
        """One request, bounded in time; whatever becomes of it, its cost is told, and
        what it raises is a `ProviderError`."""
        bill = _Bill()
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                yield bill
        except Exception as error:
            bill.usage = NOTHING if _was_turned_away(error) else bill.usage
            raise self._failures.of(error, most_tokens=most_tokens) from error
        finally:
            call.spend(bill.usage)

    def _asks_for_usage(self) -> dict[str, Any]:
        asks = {"stream_options": {"include_usage": True}}
        return asks if self._endpoint.stream_usage else {}

    def _asked(self, system: str, prompt: str, call: Call, most_tokens: int) -> dict[str, Any]:
        return {
            "model": self._endpoint.model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": prompt},
            ],
            "extra_headers": {"x-request-id": call.request_id},
            **self._options(most_tokens),
        }

    def _asking(self, answer: type[BaseModel], system: str) -> tuple[Callable[..., Any], str]:
        """The SDK's call, and the system's message for it."""
        completions = self._client.chat.completions.with_raw_response
        match self._endpoint.response_format:
            case config.JSON_SCHEMA:
                return partial(completions.parse, response_format=answer), system
            case config.JSON_OBJECT:
                ask = partial(completions.create, response_format={"type": "json_object"})
                return ask, with_schema(system, answer)
            case _:
                return completions.create, with_schema(system, answer)

    def _form(self, answer: type[BaseModel], system: str) -> tuple[dict[str, Any], str]:
        """What asks for the answer in a stream, and the system's message for it."""
        match self._endpoint.response_format:
            case config.JSON_SCHEMA:
                return {"response_format": response_format(answer)}, system
            case config.JSON_OBJECT:
                form = {"response_format": {"type": "json_object"}}
                return form, with_schema(system, answer)
            case _:
                return {}, with_schema(system, answer)

    def _value(self, completion: Any, answer: type[Model]) -> Model | None:
        if self._endpoint.response_format == config.JSON_SCHEMA:
            parsed: Model | None = completion.choices[0].message.parsed
            return parsed
        return value_of(completion, answer)

    def _options(self, most_tokens: int) -> dict[str, Any]:
        options: dict[str, Any] = {self._endpoint.max_tokens_field: most_tokens}
        if self._endpoint.temperature is not None:
            options["temperature"] = self._endpoint.temperature
        return options

    def _usage(self, raw: Any) -> Usage:
        try:
            body = json.loads(raw.http_response.content)
        except (ValueError, RecursionError):
            return ONE_REQUEST
        return self._usage_told(body)

    def _usage_told(self, body: Any) -> Usage:
        return usage_of(body, self._endpoint.prices, self._endpoint.model)


@dataclass(slots=True)
class _Bill:
    """What a request costs, as far as it is known."""

    usage: Usage = ONE_REQUEST


def _was_turned_away(error: Exception) -> bool:
    return isinstance(error, openai.APIStatusError) and 400 <= error.status_code < 500
