"""Asking the LLM, and what is kept of who answered."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from plinthctl.domain.failures import Failure, FailureClass, Usage, text_for
from plinthctl.domain.flaws import Flaw
from plinthctl.domain.results import Provenance, Source
from worker.context import Model, ProviderError, StepContext, Written

MARKER_BYTES: Final = 6


async def ask(
    ctx: StepContext, answer: type[Model], system: str, prompt: Callable[[str], str]
) -> Written[Model]:
    """An ``answer``. ``prompt`` makes the user's message of a marker that is drawn
    anew each time, so that no source can know it. Raises `ProviderError`."""
    message = prompt(secrets.token_hex(MARKER_BYTES))
    return await ctx.providers.writer.write(answer, system, message, ctx.call, room=ctx.room)


async def ask_streamed(
    ctx: StepContext,
    answer: type[Model],
    system: str,
    prompt: Callable[[str], str],
    heard: Callable[[int], None],
) -> Written[Model]:
    """As `ask`; ``heard`` is told how many characters there are while they come."""
    message = prompt(secrets.token_hex(MARKER_BYTES))
    return await ctx.providers.writer.stream(
        answer, system, message, ctx.call, room=ctx.room, heard=heard
    )


def signature(written: Written[Any], prompt_version: str) -> dict[str, Any]:
    """Which model wrote by which prompt at what cost: a part of a step's output."""
    return {
        "model": written.model,
        "prompt_version": prompt_version,
        "usage": asdict(written.usage),
    }


def provenance(output: Mapping[str, Any], *, simulated: bool) -> Provenance:
    """How a result came to be, from the output of the step that asked for it: a
    `signature` and ``sources``."""
    return Provenance(
        sources=tuple(Source.model_validate(source) for source in output["sources"]),
        model=output["model"],
        prompt_version=output["prompt_version"],
        usage=Usage(**output["usage"]),
        simulated=simulated,
    )


def unusable(code: str, detail: str, message: str | None = None) -> ProviderError:
    """The parse error of an answer that has the right shape, and cannot be used all
    the same. ``detail`` is told to the model at its next try."""
    return ProviderError(
        Failure(
            FailureClass.PARSE_ERROR,
            message or text_for(FailureClass.PARSE_ERROR, "llm"),
            provider="llm",
            provider_code=code,
            detail=detail,
        )
    )


def flawed(flaw: Flaw) -> ProviderError:
    """The parse error of an answer with a flaw."""
    return unusable(flaw.code, flaw.told)
