"""An LLM's answer that comes piece by piece. Contract: contracts/openai.md section 8.

The pieces are put together here and read once they are whole: the SDK's own way
reads the half-written answer anew at each of them, and loses the bill of one that
was cut short.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import openai
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from worker.context import Model
from worker.providers.bounded import TooLarge
from worker.providers.llm_plainly import object_in
from worker.providers.llm_transport import MAX_ANSWER_BYTES

CUT: Final = "length"
FILTERED: Final = "content_filter"


class StreamBroken(Exception):
    """The stream ended without saying that the answer is whole."""


class StreamCut(Exception):
    """The answer has reached its token limit."""


def response_format(answer: type[BaseModel]) -> Any:
    """What asks for an ``answer``, as the SDK's own ``parse`` does."""
    schema = openai.pydantic_function_tool(answer)["function"]["parameters"]
    named = {"name": answer.__name__, "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}


@dataclass(slots=True)
class Heard:
    """What has come so far. ``usage`` is the body that says what it cost; None: no
    piece has said it. ``plainly``: no schema was enforced."""

    plainly: bool = False
    model: str | None = None
    usage: dict[str, Any] | None = None
    refusal: str = ""
    chars: int = 0
    _pieces: list[str] = field(default_factory=list)
    _finish: str | None = None

    def hear(self, chunk: ChatCompletionChunk) -> None:
        """Take one piece of the stream.

        Raises:
            TooLarge: the text has no end.
        """
        self.model = chunk.model or self.model
        if chunk.usage is not None:
            self.usage = {"usage": chunk.usage.to_dict(), "model": chunk.model}
        for choice in chunk.choices or ():
            self._finish = choice.finish_reason or self._finish
            self.refusal += choice.delta.refusal or ""
            self._add(choice.delta.content or "")

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self.chars += len(text)
        if self.chars > MAX_ANSWER_BYTES:
            raise TooLarge(f"the text is longer than {MAX_ANSWER_BYTES // 1024**2} MB")

    def value(self, answer: type[Model]) -> Model:
        """The whole answer.

        Raises:
            StreamBroken, StreamCut: it is not whole.
            openai.ContentFilterFinishReasonError: a filter has stopped it.
            ValidationError: it does not fit.
        """
        if self._finish is None:
            raise StreamBroken
        if self._finish == CUT:
            raise StreamCut
        if self._finish == FILTERED:
            raise openai.ContentFilterFinishReasonError
        text = "".join(self._pieces)
        return answer.model_validate_json(object_in(text) if self.plainly else text)
