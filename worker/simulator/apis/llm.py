"""An OpenAI-compatible chat completions endpoint. Source: contracts/openai.md."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from plinthctl.domain.analyses import OptionAnalysis
from plinthctl.domain.briefs import BriefDraft
from plinthctl.domain.evidence import FoundEvidence, ResearchPlan, WeighedEvidence
from plinthctl.domain.results import CompetitorProfile
from worker.simulator.apis.llm_stream import as_events
from worker.simulator.apis.llm_troubles import TROUBLES, error
from worker.simulator.faults import Trouble
from worker.simulator.seed import Seed
from worker.simulator.wire import Reply, Request, json_reply
from worker.simulator.writing import prompt as prompts
from worker.simulator.writing.deciding import write_analysis, write_brief
from worker.simulator.writing.evidence import write_found, write_plan, write_weighed
from worker.simulator.writing.filler import Filler
from worker.simulator.writing.profile import write_profile
from worker.simulator.writing.prompt import Prompt
from worker.simulator.writing.strict_schema import SchemaRefused, check_name, check_schema

MODEL: Final = "simulated-model"
CHARS_PER_TOKEN: Final = 4  # the usual rule of thumb for English
CREATED: Final = 1_791_300_000
_SUBJECTS: Final = ("Company", "Topic", "Query", "Option", "Decision")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Message(_Strict):
    role: Literal["system", "developer", "user", "assistant"]
    content: str


class JsonSchema(_Strict):
    name: Any
    description: str | None = None
    strict: StrictBool | None = None
    schema_: Any = Field(alias="schema")


class ResponseFormat(_Strict):
    type: Literal["json_schema", "text"]
    json_schema: JsonSchema | None = None


class StreamOptions(_Strict):
    include_usage: StrictBool | None = None


class ChatRequest(_Strict):
    """The body of a chat completion; an unknown argument is an error."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[StrictInt, Field(ge=1)] | None = None
    max_tokens: Annotated[StrictInt, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    response_format: ResponseFormat | None = None
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    seed: int | None = None
    user: str | None = None
    n: Literal[1] | None = None
    store: StrictBool | None = None
    metadata: dict[str, str] | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None

    @property
    def token_limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def wants_usage(self) -> bool:
        """Whether the last event of a stream is to say what it cost."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)

    @property
    def text(self) -> str:
        return "\n\n".join(message.content for message in self.messages)

    @property
    def asked(self) -> str:
        """What the user says, without the system's rules."""
        return "\n\n".join(m.content for m in self.messages if m.role == "user") or self.text


# What is written of the prompt's own facts.
_WRITERS: Final[Mapping[type[BaseModel], Callable[[Prompt], BaseModel]]] = {
    CompetitorProfile: write_profile,
    ResearchPlan: write_plan,
    FoundEvidence: write_found,
    WeighedEvidence: write_weighed,
    OptionAnalysis: write_analysis,
    BriefDraft: write_brief,
}


# What is shorter or longer than the other answers, in seconds.
_USUAL_S: Final = {OptionAnalysis.__name__: (9.0, 19.0), BriefDraft.__name__: (15.0, 28.0)}


class Llm:
    """Writes what it has learned to write, and fills any other schema."""

    name = "llm"
    troubles: Mapping[str, Trouble] = TROUBLES

    def __init__(self, key: str) -> None:
        self._key = key

    def about(self, request: Request) -> str:
        try:
            asked = prompts.read(ChatRequest.model_validate_json(request.body).asked)
        except ValidationError:
            return ""
        return next((said for name in _SUBJECTS if (said := asked.said(name))), "")

    def answer(self, request: Request) -> Reply:
        if request.bearer != self._key:
            said = "Incorrect API key provided." if request.bearer else "No API key provided."
            return error(401, said, "invalid_request_error", "invalid_api_key")
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                return _complete(request)
            case "GET", "/v1/models":
                return json_reply(200, {"object": "list", "data": [_model()]})
        return error(404, f"Invalid URL ({request.method} {request.path})")


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": CREATED, "owned_by": "plinthctl"}


def _complete(request: Request) -> Reply:
    try:
        chat = ChatRequest.model_validate_json(request.body)
        _check(chat)
        reply = replace(_completion(chat), usual_s=_USUAL_S.get(_name_of(chat)))
        return replace(reply, shaped=_events(chat)) if chat.stream else reply
    except ValidationError as problem:
        return _bad_request(problem)
    except SchemaRefused as refused:
        name = chat.response_format and chat.response_format.json_schema
        said = f"Invalid schema for response_format '{name.name if name else ''}': {refused}"
        return error(400, said, param="response_format")


def _name_of(chat: ChatRequest) -> str:
    """What is asked for, by the name of its schema; "" for plain text."""
    form = chat.response_format and chat.response_format.json_schema
    return str(form.name) if form else ""


def _events(chat: ChatRequest) -> Callable[[Reply], Reply]:
    return partial(as_events, with_usage=chat.wants_usage)


def _check(chat: ChatRequest) -> None:
    if chat.max_tokens and chat.max_completion_tokens:
        raise SchemaRefused("max_tokens and max_completion_tokens exclude each other")
    if chat.stream_options and not chat.stream:
        raise SchemaRefused("stream_options is for requests with stream: true")
    form = chat.response_format
    if form is None or form.type == "text":
        return
    if form.json_schema is None:
        raise SchemaRefused("Missing required parameter: 'response_format.json_schema'.")
    check_name(form.json_schema.name)
    if form.json_schema.strict:
        check_schema(form.json_schema.schema_)


def _completion(chat: ChatRequest) -> Reply:
    content = _content(chat)
    limit = chat.token_limit
    cut = limit is not None and _tokens(content) > limit
    if cut and limit is not None:
        content = content[: limit * CHARS_PER_TOKEN]
    read, wrote = _tokens(chat.text), _tokens(content)
    seed = Seed("completion", chat.text)
    body = {
        "id": f"chatcmpl-{seed.hex('id')}",
        "object": "chat.completion",
        "created": CREATED,
        "model": chat.model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "length" if cut else "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": content, "refusal": None},
            }
        ],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": wrote,
            "total_tokens": read + wrote,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": None,
    }
    return json_reply(200, body).with_header("x-request-id", f"req_{seed.hex('request')}")


def _content(chat: ChatRequest) -> str:
    form = chat.response_format
    if form is None or form.json_schema is None:
        return "This is a simulated answer."
    for answer, write in _WRITERS.items():
        if _asks_for(answer, form.json_schema):
            return write(prompts.read(chat.asked)).model_dump_json()
    return json.dumps(Filler(form.json_schema.schema_, chat.asked).fill(), ensure_ascii=False)


def _asks_for(answer: type[BaseModel], form: JsonSchema) -> bool:
    return form.name == answer.__name__ and set(answer.model_fields) == set(
        form.schema_.get("properties", {})
    )


def _tokens(text: str) -> int:
    return max(1, -(-len(text) // CHARS_PER_TOKEN))


def _bad_request(problem: ValidationError) -> Reply:
    first = problem.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return error(400, f"Unrecognized request argument supplied: {where}", param=where)
    return error(400, f"Invalid '{where}': {first['msg']}", param=where or None)
