"""The job types on a screen and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic.fields import FieldInfo
from rich.text import Text

from plinthctl.domain.catalog import JobType
from plinthctl.domain.inputs import example_flags, example_of
from plinthctl.domain.job import Phase
from plinthctl.domain.pauses import Pause, holding
from plinthctl.domain.retries import POLICIES
from plinthctl.domain.spans import span, usual
from plinthctl.domain.steps import StepSpec
from plinthctl.render.pauses import named_pause
from plinthctl.render.phases import phase_text
from plinthctl.render.sheet import Lines, columns, words

_NOT_YET: Final = "not in this version yet"


def table(types: Sequence[JobType], width: int | None, pauses: Sequence[Pause] = ()) -> Lines:
    """One type a line; what is paused is marked on a terminal."""
    rows = [
        [
            _name(t, paused=width is not None and bool(holding(pauses, t.name))),
            words(usual(t.usual_s)),
            words(span(t.follow_s)),
            words(str(len(t.steps))),
            words((", ".join(_fields(t)) if t.runnable else f"({_NOT_YET})", "dim")),
        ]
        for t in types
    ]
    return columns(("TYPE", "USUALLY", "MAX", "STEPS", "INPUT"), rows, width)


def _name(found: JobType, *, paused: bool) -> Text:
    name = words((found.name, "" if found.runnable else "dim"))
    return name + Text(" ") + phase_text(Phase.PAUSED) if paused else name


def _fields(found: JobType) -> Iterator[str]:
    for name, field in found.input_model.model_fields.items():
        yield f"{name}*" if field.is_required() else name


def one(found: JobType, width: int | None) -> Lines:
    """Everything about one type, with a line to paste."""
    head = words(
        (found.name, "bold"), f"   makes {found.produces}   usually {usual(found.usual_s)}"
    )
    lines = [head if found.runnable else head + words((f"   {_NOT_YET}", "yellow")), Text()]
    fields = [_field_row(n, f) for n, f in found.input_model.model_fields.items()]
    lines += columns(("FIELD", "KIND", "REQUIRED", "EXAMPLE"), fields, width)
    lines += [Text(), *columns(("STEP", "PROGRESS", "SAYS"), [*_step_rows(found)], width)]
    lines += [Text(), words("retries  ", (_retries(), "dim"))]
    if found.runnable:
        flags = example_flags(found.input_model)
        lines += [Text(), words("submit   ", (f"plinthctl submit {found.name} {flags}", "bold"))]
    return lines


def _field_row(name: str, field: FieldInfo) -> list[Text]:
    required = Text("yes", "bold") if field.is_required() else Text("no", "dim")
    return [words(name), words(_kind(field)), required, words(example_of(field.examples))]


def _kind(field: FieldInfo) -> str:
    kinds = {"int": "number", "date": "date"}
    text = str(field.annotation)
    return next((word for part, word in kinds.items() if part in text), "text")


def _step_rows(found: JobType) -> Iterator[list[Text]]:
    done = 0
    for step in found.steps:
        share = step.began + step.ended
        yield [words(step.name), words(f"{done:>3} → {done + share}%"), _says(step)]
        done += share


def _says(step: StepSpec) -> Text:
    return words(step.message, ("  may end without data" if step.degradable else "", "dim"))


def _retries() -> str:
    by_number: dict[int, list[str]] = {}
    for failure_class, policy in POLICIES.items():
        by_number.setdefault(policy.retries, []).append(failure_class.value)
    kept = sorted((n for n in by_number if n), reverse=True)
    return " · ".join(f"{n}: {', '.join(by_number[n])}" for n in kept) + " · others none"


def type_object(found: JobType, pauses: Sequence[Pause] | None = None) -> dict[str, Any]:
    """The type as JSON; ``input`` is its JSON Schema. What is paused may be unknown."""
    held = None if pauses is None else [named_pause(one) for one in holding(pauses, found.name)]
    return {
        "name": found.name,
        "title": found.title,
        "version": found.version,
        "runnable": found.runnable,
        "paused": None if held is None else bool(held),
        "pauses": held,
        "usual_s": list(found.usual_s),
        "poll_s": found.poll_s,
        "follow_s": found.follow_s,
        "produces": found.produces,
        "input": found.input_model.model_json_schema(),
        "steps": [_step_object(step) for step in found.steps],
    }


def _step_object(step: StepSpec) -> dict[str, Any]:
    return {
        "name": step.name,
        "message": step.message,
        "progress": step.began + step.ended,
        "needs": list(step.needs),
        "degradable": step.degradable,
    }
