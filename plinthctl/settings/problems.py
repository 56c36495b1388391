"""What is wrong with a configuration, all of it at once, in words that help."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from plinthctl.errors import BadConfiguration
from plinthctl.settings.sources import PREFIX, Given, is_table, keys, settable

# Read elsewhere than here: by the search for a file, and by commands for their output.
OTHER_VARIABLES: Final = frozenset({"CONFIG", "OUTPUT", "COLOR", "TIME"})
NEAR_ENOUGH: Final = 0.65
_SHOWN_CHARS: Final = 60
_EVERY_SETTING: Final = "every setting with its default: plinthctl config init --config new.toml"

_WORDS: Final = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not text; put it in quotes",
    "string_too_short": "may not be empty",
    "path_type": "is not a path",
    "mapping_type": "is not a table",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "model_attributes_type": "is not a table",
    "missing": "is missing",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the key, what is wrong with it and where it was set."""

    key: str
    words: str
    place: str
    fix: str | None = None

    def __str__(self) -> str:
        return f"{self.key} {self.words} ({self.place})"


NO_MODEL: Final = Problem("providers.llm.model", "must name the model to use", "not set")


def unknown_keys(given: Iterable[Given]) -> Iterator[Problem]:
    """Keys that nothing reads, with the nearest that exist."""
    for one in given:
        if one.path not in settable():
            yield Problem(one.path, f"is no setting{_did_you_mean(one.path)}", one.place)


def _did_you_mean(path: str) -> str:
    if is_table(path):
        return ", but a table of settings"
    ends_so = [known for known in settable() if known.endswith(f".{path}")]
    near = ends_so or difflib.get_close_matches(path, settable(), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def near_misses(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that were surely meant for us.

    A name that resembles none of ours is left alone: Kubernetes sets
    ``PLINTHCTL_PORT`` and the like for a service of that name.
    """
    known = {path.replace(".", "_").upper() for path in settable()}
    mine = (v.removeprefix(PREFIX) for v in sorted(environ) if v.startswith(PREFIX))
    for name in mine:
        if name in known or name in OTHER_VARIABLES:
            continue
        if near := difflib.get_close_matches(name, known, n=1, cutoff=NEAR_ENOUGH):
            words = f"is no setting; did you mean {PREFIX}{near[0]}?"
            yield Problem(PREFIX + name, words, "the environment")


def of_validation(error: ValidationError, chosen: Mapping[str, Given]) -> Iterator[Problem]:
    """What pydantic refused, by key path; a secret's value is not repeated."""
    for problem in error.errors(include_url=False):
        path = ".".join(str(part) for part in problem["loc"])
        given = _whose(path, chosen)
        key = keys().get(given.path if given else path)
        shown = "" if key is None or key.secret else _shown(problem["input"])
        place = given.place if given else "not set"
        yield Problem(path, f"{shown}{_in_our_words(problem)}", place)


def _whose(path: str, chosen: Mapping[str, Given]) -> Given | None:
    above = (given for at, given in chosen.items() if f"{path}.".startswith(f"{at}."))
    return next(above, None)


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return f"= {text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + '…'} "


def _in_our_words(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    match kind:
        case "greater_than_equal":
            return f"is below {context['ge']:g}"
        case "less_than_equal":
            return f"is above {context['le']:g}"
        case "greater_than":
            return f"must be above {context['gt']:g}"
        case "literal_error" | "enum":
            return f"is none of {context['expected']}"
        case "extra_forbidden":
            return "is no setting"
        case "value_error":
            return str(context["error"])
    return _WORDS.get(kind) or str(problem["msg"])


def as_error(wrong: Sequence[Problem]) -> BadConfiguration:
    """All of it as the one error that an operator sees."""
    details = {"problems": [{"key": p.key, "problem": p.words, "place": p.place} for p in wrong]}
    fixes = [p.fix for p in wrong if p.fix]
    fix = "\n".join(dict.fromkeys(fixes)) or _EVERY_SETTING
    if len(wrong) == 1:
        return BadConfiguration(f"configuration: {wrong[0]}", fix=fix, details=details)
    return BadConfiguration(
        f"the configuration has {len(wrong)} mistakes",
        why="\n".join(map(str, wrong)),
        fix=fix,
        details=details,
    )
