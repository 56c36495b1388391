"""A job that somebody fills in: its fields, what is wrong with them, and the command that
would do the same."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plinthctl.domain.catalog import JOB_TYPES, JobType
from plinthctl.domain.inputs import MAX_TEXT_CHARS, example_of, faults, missing_fields
from plinthctl.domain.text import json_text, safe_line

DECISION: Final = "decision"  # filled in once, beside the input


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a type's input: its title, whether it has to be filled in, an example."""

    name: str
    title: str
    needed: bool
    example: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody has filled in, as it was typed."""

    type: str
    fields: Mapping[str, str]
    org: str
    user: str
    decision: str = ""


def runnable() -> tuple[JobType, ...]:
    """The types that can be submitted."""
    return tuple(found for found in JOB_TYPES.values() if found.runnable)


def fields_of(job_type: JobType) -> tuple[Field, ...]:
    """The fields to fill in, in the model's order; the decision has a place of its own."""
    needed = missing_fields(job_type.input_model, {})
    return tuple(
        Field(name, field.title or name, name in needed, example_of(field.examples))
        for name, field in job_type.input_model.model_fields.items()
        if name != DECISION
    )


def needs_decision(job_type: JobType) -> bool:
    """Whether a job of this type has to belong to a decision."""
    return DECISION in missing_fields(job_type.input_model, {})


def given(filled: Filled) -> dict[str, str]:
    """The input: what was left empty is left out."""
    told = {name: value.strip() for name, value in filled.fields.items() if value.strip()}
    decision = filled.decision.strip()
    takes_one = DECISION in JOB_TYPES[filled.type].input_model.model_fields
    return told | ({DECISION: decision} if takes_one and decision else {})


def wrong(filled: Filled) -> dict[str, str]:
    """What is wrong with each field that does not fit, by its name; empty: nothing is."""
    own = {"org": filled.org, "user": filled.user}
    nameless = {name: "is empty" for name, value in own.items() if not value.strip()}
    too_long = {
        name: f"is longer than {MAX_TEXT_CHARS:,} characters"
        for name, value in {**own, DECISION: filled.decision}.items()
        if len(value) > MAX_TEXT_CHARS
    }
    return {**faults(JOB_TYPES[filled.type].input_model, given(filled)), **nameless, **too_long}


def subject(job_input: Mapping[str, Any]) -> str:
    """What a job is about, in a few words: the first thing it was given."""
    return str(next(iter(job_input.values()), ""))


def submit_command(
    type_name: str, job_input: Mapping[str, Any], org: str, user: str, decision: str | None
) -> str:
    """The command that submits the same job, ready to be pasted."""
    words = ["plinthctl", "submit", type_name]
    for name, value in job_input.items():
        if name != DECISION or decision is None:
            words += ["-i", _item(name, value)]
    return " ".join(map(shlex.quote, [*words, *_whose(org, user, decision)]))


def _whose(org: str, user: str, decision: str | None) -> Iterator[str]:
    yield from ("--org", org, "--user", user)
    if decision:
        yield from ("--decision", decision)


def _item(name: str, value: Any) -> str:
    # What begins with @ would be a file's name; what is not shown is escaped, for a shell.
    plain = isinstance(value, str) and not value.startswith("@") and value == safe_line(value)
    return f"{name}={value}" if plain else f"{name}:={json_text(value)}"
