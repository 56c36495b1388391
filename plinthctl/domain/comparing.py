"""Two jobs side by side: what each came to, leaf by leaf."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from plinthctl.domain.views import JobDetail

LEAVES: Final = 500  # of one value; a page of text has few, a stranger's JSON may have many


class Part(StrEnum):
    """What is compared."""

    JOB = "job"
    INPUT = "input"
    STEP = "step"
    OUTPUT = "output"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such thing in one of the two."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing in both jobs; ``measured``: a time or a cost, which differs in any two."""

    part: Part
    name: str
    one: Any
    other: Any
    measured: bool = False

    @property
    def same(self) -> bool:
        """Whether it is the same in both; 1 and true are not."""
        return type(self.one) is type(self.other) and bool(self.one == self.other)


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two jobs: all that is known of it, and each step's stored output."""

    detail: JobDetail
    outputs: Mapping[str, Any]


def compare(one: Compared, other: Compared) -> tuple[Pair, ...]:
    """Everything in both, in the order of the first, what only the other has behind it."""
    return (
        *_pairs(Part.JOB, _job(one), _job(other), _MEASURED),
        *_pairs(Part.INPUT, _flat(one.detail.input), _flat(other.detail.input)),
        *_pairs(Part.STEP, _steps(one.detail), _steps(other.detail), _MEASURED),
        *_pairs(Part.OUTPUT, _outputs(one), _outputs(other)),
        *_pairs(Part.MADE, _made(one.detail), _made(other.detail), _MEASURED),
    )


# The ends of names of which no two jobs have the same by more than chance.
_MEASURED: Final = ("took_s", "waited_s", "cost_usd", "credits", "tokens", "tries")


def _pairs(
    part: Part, one: Mapping[str, Any], other: Mapping[str, Any], measured: Sequence[str] = ()
) -> Iterator[Pair]:
    for name in dict.fromkeys((*one, *other)):
        is_measured = name.endswith(tuple(measured)) if measured else False
        yield Pair(part, name, one.get(name, ABSENT), other.get(name, ABSENT), is_measured)


def _job(compared: Compared) -> dict[str, Any]:
    job, cost = compared.detail.job, compared.detail.cost
    return {
        "type": job.type,
        "status": job.status.value,
        "org": job.org,
        "user": job.user,
        "decision": job.decision,
        "simulated": job.simulated,
        "error": job.error,
        "waited_s": round(job.waited_s, 3),
        "took_s": None if job.elapsed_s is None else round(job.elapsed_s, 3),
        "cost_usd": cost.cost_usd,
        "credits": cost.credits,
        "input_tokens": cost.input_tokens,
        "output_tokens": cost.output_tokens,
    }


def _steps(detail: JobDetail) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for step in detail.steps:
        took_s = None if step.took_s is None else round(step.took_s, 3)
        found[f"{step.name} status"] = step.status.told
        found[f"{step.name} tries"] = len(step.history)
        found[f"{step.name} took_s"] = took_s
        found[f"{step.name} cost_usd"] = step.cost.cost_usd if step.cost else None
    return found


def _outputs(compared: Compared) -> dict[str, Any]:
    return {
        f"{step} {name}".rstrip(): value
        for step, output in compared.outputs.items()
        for name, value in _flat(output).items()
    }


def _made(detail: JobDetail) -> dict[str, Any]:
    """The models and the versions of the prompts that wrote the results."""
    found: dict[str, Any] = {}
    for result in detail.results:
        name = f"{result.kind} {result.ordinal + 1}"
        found[f"{name} title"] = result.title
        found[f"{name} model"] = result.model
        found[f"{name} prompt_version"] = result.prompt_version
        found[f"{name} cost_usd"] = result.cost_usd
    return found


def _flat(value: Any) -> dict[str, Any]:
    """The leaves of a JSON value by their paths, at most `LEAVES`; what lies behind the last
    is one leaf more."""
    found: dict[str, Any] = {}
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        path, leaf = left.pop()
        children = _children(path, leaf)
        if children and len(found) + len(left) + len(children) <= LEAVES:
            left.extend(reversed(children))
        else:
            found[path] = leaf
    return found


def _children(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"{path}.{key}" if path else str(key), child) for key, child in value.items()]
    if isinstance(value, list):
        return [(f"{path}[{number}]", child) for number, child in enumerate(value)]
    return []
