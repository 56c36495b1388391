"""What each job type takes, and the words for input that does not fit."""

import difflib
import ipaddress
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from plinthctl.domain.text import cut
from plinthctl.errors import InvalidInput, MissingInput

MAX_INPUT_BYTES: Final = 64 * 1024
MAX_TEXT_CHARS: Final = 2_000
MAX_DEPTH: Final = 8
MAX_ITEMS: Final = 100
MAX_HOST_CHARS: Final = 253  # RFC 1035 section 2.3.4, as is the next
MAX_LABEL_CHARS: Final = 63
SHOWN_CHARS: Final = 200  # of a value that is refused
_JSON_SPACE: Final = " \t\n\r"  # RFC 8259 section 2

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT_CHARS)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def web_address(value: str) -> str:
    """An http(s) address of a public host name, as typed.

    Raises:
        ValueError: another scheme, credentials in it, no host with a dot, or a
            literal IP address. What the name resolves to is checked when it is
            dialled (SPEC.md section 9), not here.
    """
    try:
        parts = urlsplit(value)
        host = (parts.hostname or "").removesuffix(".")
        _ = parts.port
    except ValueError:
        raise ValueError("is not an http(s) address") from None
    if parts.scheme not in {"http", "https"} or not host or not _is_plain(value):
        raise ValueError("is not an http(s) address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user name or password in it; leave them out")
    if "[" in parts.netloc or not _is_name(host) or _is_ip(host):
        raise ValueError("does not name a public host, such as acme.com")
    return value


def is_web_address(value: str) -> bool:
    """Whether `web_address` takes it."""
    try:
        web_address(value)
    except ValueError:
        return False
    return True


def _is_plain(address: str) -> bool:
    # No reader of addresses agrees with the next about backslashes and what is not shown.
    return address.isprintable() and not {" ", "\\"} & set(address)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    fits = len(host) <= MAX_HOST_CHARS and all(0 < len(x) <= MAX_LABEL_CHARS for x in labels)
    return fits and len(labels) > 1


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 127.1 and 0x7f.1 are addresses to a resolver, and no public name ends in a number.
        return host.rpartition(".")[2][:1].isdigit()
    return True


def _number(value: Any) -> Any:
    # To Python `true` is the number 1.
    if isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004 - pydantic reads ValueErrors
    return value


Whole = Annotated[int, BeforeValidator(_number)]
WebAddress = Annotated[Text, AfterValidator(web_address)]


class JobInput(BaseModel):
    """The input of one job type: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CompetitorAnalysisInput(JobInput):
    company_name: Name = Field(title="Company name", examples=["Acme Corp"])
    company_url: WebAddress = Field(title="Company URL", examples=["https://acme.com"])


class MarketResearchInput(JobInput):
    topic: Text = Field(title="Topic", examples=["orchard sensors"])
    market: Text | None = Field(None, title="Market", examples=["agriculture"])
    region: Text | None = Field(None, title="Region", examples=["Europe"])
    max_items: Whole = Field(10, ge=1, le=25, title="Items at most", examples=[10])


class BriefGenerationInput(JobInput):
    decision: Text = Field(title="Decision", examples=["dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"])
    audience: Text | None = Field(None, title="Audience", examples=["the board"])
    title: Text | None = Field(None, title="Title", examples=["Which sensor to buy"])


class OptionAnalysisInput(JobInput):
    decision: Text = Field(title="Decision", examples=["dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"])
    option: Text = Field(title="Option", examples=["opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"])


class EvidenceSearchInput(JobInput):
    query: Text = Field(title="Query", examples=["frost losses in orchards"])
    since: date | None = Field(None, title="Published since", examples=["2026-01-01"])
    max_items: Whole = Field(10, ge=1, le=25, title="Items at most", examples=[10])


def parse_json(text: str) -> Any:
    """A JSON value with no key twice and no number outside JSON.

    Raises:
        InvalidInput: it is too large, too deep or not JSON.
    """
    with _in_words_of_ours(text, MAX_INPUT_BYTES):
        return json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)


def parse_json_values(text: str, at_most_bytes: int) -> list[Any]:
    """The JSON values that follow one another in ``text``: one, or one a line
    (NDJSON). Each is read, and the whole refused, as `parse_json` does."""
    values: list[Any] = []
    decoder = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    with _in_words_of_ours(text, at_most_bytes):
        at = _next_value(text, 0)
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
            at = _next_value(text, at)
    return values


def _next_value(text: str, at: int) -> int:
    while at < len(text) and text[at] in _JSON_SPACE:
        at += 1
    return at


@contextmanager
def _in_words_of_ours(text: str, at_most_bytes: int) -> Iterator[None]:
    if len(text.encode("utf-8", "surrogatepass")) > at_most_bytes:
        raise InvalidInput(f"the input is larger than {at_most_bytes // 1024:,} kB")
    try:
        yield
    except RecursionError:
        raise InvalidInput("the input is nested too deeply") from None
    except ValueError as error:
        raise InvalidInput(f"the input is not JSON: {error}") from None


def parse_json_object(text: str) -> dict[str, Any]:
    """A JSON object, read as `parse_json` does.

    Raises:
        InvalidInput: as there, or it is no object.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise InvalidInput('the input must be a JSON object, such as {"topic": "…"}')
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f'the key "{key}" is there twice')
        seen[key] = value
    return seen


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


def check_shape(value: Any, depth: int = 1) -> None:
    """Bound what may be stored as an input.

    Raises:
        InvalidInput: text over 2,000 characters, a list over 100 items, nesting
            over 8 levels, a number that is not finite, or a lone surrogate.
    """
    if depth > MAX_DEPTH:
        raise InvalidInput(f"the input is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput("the input holds a number that is not finite")
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, Mapping | list):
        if len(value) > MAX_ITEMS:
            raise InvalidInput(f"the input holds more than {MAX_ITEMS} items in one place")
        for item in [*value, *value.values()] if isinstance(value, Mapping) else value:
            check_shape(item, depth + 1)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidInput(
            f"text of {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are taken"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the input holds text that is not valid Unicode") from None


def missing_fields(model: type[JobInput], given: Mapping[str, Any]) -> list[str]:
    """The required fields that are not given, in the model's order."""
    return [n for n, f in model.model_fields.items() if f.is_required() and n not in given]


def unknown_fields(model: type[JobInput], given: Mapping[str, Any]) -> list[str]:
    """The given fields that the model does not have, in the order of their names."""
    return sorted(set(given) - set(model.model_fields))


def parse(model: type[JobInput], given: Mapping[str, Any], *, job_type: str) -> JobInput:
    """The checked input of a job.

    Raises:
        MissingInput: a field is missing, and none is there that no job has.
        InvalidInput: in our words.
    """
    check_shape(dict(given))
    unknown, missing = unknown_fields(model, given), missing_fields(model, given)
    needs = f"{job_type} needs {_listed(missing)}" if missing else None
    if needs and not unknown:
        raise MissingInput(
            needs,
            fix=f"plinthctl submit {job_type} {example_flags(model)}",
            flags=example_flags(model, missing),
            missing=missing,
        )
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        others = [p for p in error.errors() if p["type"] not in {"extra_forbidden", "missing"}]
        told = [*map(_no_field, unknown), *filter(None, [needs]), *map(in_our_words, others)]
        raise InvalidInput(
            "; ".join(told),
            why=_did_you_mean(model, unknown),
            fix=f"fields and examples: plinthctl types {job_type}",
            details={"fields": sorted({str(p["loc"][0]) for p in error.errors() if p["loc"]})},
        ) from None


def _no_field(name: str) -> str:
    return f'there is no field "{name}"'


def _did_you_mean(model: type[JobInput], unknown: Sequence[str]) -> str | None:
    near = (difflib.get_close_matches(name, model.model_fields, n=1) for name in unknown)
    return "\n".join(f"did you mean {name}?" for name in chain(*near)) or None


def field_problem(model: type[JobInput], name: str, value: Any) -> str | None:
    """What is wrong with one field's value, in our words; None: nothing."""
    try:
        check_shape(value)
        model.model_validate({name: value})
    except InvalidInput as error:
        return error.message
    except ValidationError as error:
        own = (in_our_words(p) for p in error.errors() if p["loc"][:1] == (name,))
        return next(own, None)
    return None


def faults(model: type[JobInput], given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each field that does not fit, in our words, by its name."""
    try:
        model.model_validate(dict(given))
    except ValidationError as error:
        return {str(p["loc"][0]): _wrong(p) for p in reversed(error.errors()) if p["loc"]}
    return {}


def example_flags(model: type[JobInput], names: Sequence[str] | None = None) -> str:
    """The ``-i`` flags that give these fields an example; by default the required ones."""
    wanted = missing_fields(model, {}) if names is None else names
    examples = {name: example_of(model.model_fields[name].examples) for name in wanted}
    return " ".join(f"-i {name}={_quoted(example)}" for name, example in examples.items())


def example_of(examples: list[Any] | None) -> str:
    """The first example of a field, as text."""
    return str((examples or ["…"])[0])


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def in_our_words(problem: Any) -> str:
    """One of pydantic's errors: the field, its value and what is wrong with it."""
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _no_field(field)
    value = problem["input"]
    shown = f'"{value}"' if isinstance(value, str) else json.dumps(value, default=str)
    return f"{field}: {cut(shown, SHOWN_CHARS)} {_wrong(problem)}"


def _wrong(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    match kind:
        case "value_error":
            return str(context["error"])
        case "string_too_long":
            return f"is longer than {context['max_length']:,} characters"
        case "greater_than_equal":
            return f"is below {context['ge']:g}"
        case "less_than_equal":
            return f"is above {context['le']:g}"
    return _WRONG.get(kind) or f"does not fit: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


_NO_NUMBER: Final = "is not a whole number"
_NO_DAY: Final = "is not a day, such as 2026-01-01"
_WRONG: Final = {
    "missing": "is needed",
    "string_too_short": "is empty",
    "string_type": "is not text",
    "int_parsing": _NO_NUMBER,
    "int_type": _NO_NUMBER,
    "int_from_float": _NO_NUMBER,
    "date_parsing": _NO_DAY,
    "date_type": _NO_DAY,
    "date_from_datetime_parsing": _NO_DAY,
    "date_from_datetime_inexact": _NO_DAY,
}
