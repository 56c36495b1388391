"""Answers of servers that enforce no schema: it is told in words, and checked here.

Source: contracts/openai.md section 9.
"""

import json
from typing import Final

import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from worker.context import Model

_TOLD: Final = """{system}

Answer with one JSON object and nothing else. It must fit this JSON schema:
{schema}"""
_THOUGHT: Final = "</think>"  # some models think aloud first


def with_schema(system: str, answer: type[BaseModel]) -> str:
    """The system's message, with the schema of the answer in it."""
    schema = json.dumps(answer.model_json_schema(), ensure_ascii=False)
    return _TOLD.format(system=system, schema=schema)


def value_of(completion: ChatCompletion, answer: type[Model]) -> Model | None:
    """The answer; None where nothing was said, or it was refused.

    Raises:
        OpenAIError: it was cut off, or filtered, as the SDK's own parsing has it.
        ValidationError: it does not fit.
    """
    choice = completion.choices[0]
    if choice.finish_reason == "length":
        raise openai.LengthFinishReasonError(completion=completion)
    if choice.finish_reason == "content_filter":
        raise openai.ContentFilterFinishReasonError()
    content = choice.message.content
    return answer.model_validate_json(object_in(content)) if content else None


def object_in(text: str) -> str:
    """The JSON object in a text, out of its fence and after its preface."""
    said = text.rpartition(_THOUGHT)[2]
    start, end = said.find("{"), said.rfind("}")
    return said[start : end + 1] if 0 <= start < end else said
