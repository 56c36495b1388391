"""Decisions as they come from outside: typed as flags, or as an export's JSON.

A draft may leave out what the store's side knows (ids, organisation, time), and
holds what was gathered for the decision where an export says it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from plinthctl.domain.archive import ID_SLACK
from plinthctl.domain.decisions import Criterion, DecisionContext, Option, checked, to_ms
from plinthctl.domain.ids import IdPrefix, is_full, made_at_ms
from plinthctl.domain.inputs import MAX_TEXT_CHARS, Name, Text, in_our_words, parse_json_values
from plinthctl.domain.results import ResultKind
from plinthctl.domain.text import storable
from plinthctl.domain.views import ResultView
from plinthctl.errors import InvalidInput

MAX_FILE_BYTES: Final = 32 * 1024 * 1024
MAX_CONTEXT_CHARS: Final = 20_000  # a document of ten pages; other texts are 2,000 at most
MAX_DEPTH: Final = 32
ID_SLACK_S: Final = ID_SLACK.total_seconds()
TOLD_AT_ONCE: Final = 5  # of many mistakes
MOST: Final = 2**31 - 1  # what both databases hold in a whole number

_FIX: Final = "as plinthctl decision export writes it: plinthctl decision import --help"


def _id_of(prefix: IdPrefix) -> AfterValidator:
    def whole(value: str) -> str:
        if not is_full(value, prefix):
            raise ValueError(f"is no whole id: {prefix}_ and 26 characters")
        return value

    return AfterValidator(whole)


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError("is not between 0 and 1")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


def _written(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("is not a time such as 2026-11-24T09:00:00Z")  # noqa: TRY004 - for pydantic
    return value


def _utc_ms(value: datetime) -> datetime:
    try:
        return to_ms(value.astimezone(UTC))
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


DecisionId = Annotated[str, _id_of(IdPrefix.DECISION)]
OptionId = Annotated[str, _id_of(IdPrefix.OPTION)]
JobId = Annotated[str, _id_of(IdPrefix.JOB)]
Weight = Annotated[float, Field(strict=True), AfterValidator(_share)]
Document = Annotated[
    str,
    StringConstraints(max_length=MAX_CONTEXT_CHARS),
    AfterValidator(_said),
    AfterValidator(str.rstrip),
]
# An organisation's name is taken as it is: jobs count for exactly that one.
Org = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS), AfterValidator(_said)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_utc_ms)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST)]
Money = Annotated[float, Field(strict=True, ge=0)]


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Draft = TypeVar("Draft", bound=_Draft)


class CriterionDraft(_Draft):
    name: Name
    weight: Weight = 1.0
    better: Text | None = None


class OptionDraft(_Draft):
    id: OptionId | None = None
    name: Name
    description: Text | None = None


class ResultDraft(_Draft):
    """A result as exports write it. What a model or a page has said is kept as it is."""

    id: str
    kind: ResultKind
    title: str
    org: Org
    decision: DecisionId
    job: JobId
    option: OptionId | None = None
    ordinal: Count = 0
    created_at: Moment
    simulated: Annotated[bool, Field(strict=True)]
    model: str | None = None
    prompt_version: str | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cost_usd: Money | None = None
    sources: tuple[dict[str, Any], ...] = ()
    body: dict[str, Any]

    def view(self) -> ResultView:
        """The result, as the store hands it out.

        Raises:
            InvalidInput: its id is not of its kind, or not of its time (results are
                found by the time in their ids), or it names an option without
                being an analysis of one.
        """
        if not is_full(self.id, self.kind.prefix):
            raise InvalidInput(
                f'"{self.id}" is not the id of a result of kind {self.kind}', fix=_FIX
            )
        if abs(made_at_ms(self.id) / 1000 - self.created_at.timestamp()) > ID_SLACK_S:
            raise InvalidInput(f"{self.id} was not made when its created_at says", fix=_FIX)
        if self.option is not None and self.kind is not ResultKind.ANALYSIS:
            raise InvalidInput(f"{self.id} names an option, and is no analysis of one", fix=_FIX)
        told = self.model_dump(exclude={"job", "option"})
        return ResultView(job_id=self.job, option_id=self.option, **told)


class DecisionDraft(_Draft):
    id: DecisionId | None = None
    org: Org | None = None
    title: Name
    question: Text | None = None
    context: Document | None = None
    criteria: tuple[CriterionDraft, ...] = ()
    options: tuple[OptionDraft, ...] = ()
    created_at: Moment | None = None
    results: tuple[ResultDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a decision takes for what its draft leaves out."""

    org: str
    now: datetime
    new_id: Callable[[IdPrefix], str]


def draft_of(given: Mapping[str, Any], fix: str = _FIX) -> DecisionDraft:
    """The draft in a JSON object; ``fix`` is what to type after a mistake.

    Raises:
        InvalidInput: a field is missing, unknown or does not fit, text is no valid
            Unicode, a number not finite, or it is nested deeper than 32 levels.
    """
    return _checked(DecisionDraft, given, fix)


def option_draft_of(given: Mapping[str, Any], fix: str) -> OptionDraft:
    """The draft of one option. Raises as `draft_of`."""
    return _checked(OptionDraft, given, fix)


def _checked(model: type[Draft], given: Mapping[str, Any], fix: str) -> Draft:
    try:
        _check_value(given)
        return model.model_validate(storable(dict(given)))
    except InvalidInput as error:
        raise InvalidInput(error.message, fix=fix) from None
    except ValidationError as error:
        raise InvalidInput(
            _told(error),
            fix=fix,
            details={"fields": sorted({_field(problem) for problem in error.errors()})},
        ) from None


def drafts_in(text: str) -> tuple[DecisionDraft, ...]:
    """The drafts in what exports write: one object, an array, or one a line.

    Raises:
        InvalidInput: it is none of these, or as `draft_of`; nothing is left out.
    """
    found = _objects(text)
    if not found:
        raise InvalidInput("there is no decision in it", fix=_FIX)
    return tuple(_numbered(one, n, len(found)) for n, one in enumerate(found, 1))


def _objects(text: str) -> Sequence[Any]:
    try:
        values = parse_json_values(text, MAX_FILE_BYTES)
    except InvalidInput as error:
        raise InvalidInput(error.message, fix=_FIX) from None
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _numbered(given: Any, number: int, of: int) -> DecisionDraft:
    which = f"decision {number} of {of}: " if of > 1 else ""
    if not isinstance(given, dict):
        raise InvalidInput(f"{which}a decision must be a JSON object", fix=_FIX)
    try:
        return draft_of(given)
    except InvalidInput as error:
        raise InvalidInput(which + error.message, fix=error.fix, details=error.details) from None


def _check_value(value: Any, depth: int = 1) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput("it holds a number that is not finite")
    if isinstance(value, str):
        _check_unicode(value)
    if isinstance(value, Mapping | list):
        for item in [*value, *value.values()] if isinstance(value, Mapping) else value:
            _check_value(item, depth + 1)


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("it holds text that is not valid Unicode") from None


def _told(error: ValidationError) -> str:
    problems = error.errors()
    told = [_problem_words(problem) for problem in problems[:TOLD_AT_ONCE]]
    more = len(problems) - len(told)
    return "; ".join([*told, *([f"and {more:,} more"] if more else [])])


def _problem_words(problem: Any) -> str:
    return (
        f"{_field(problem)} is missing" if problem["type"] == "missing" else in_our_words(problem)
    )


def _field(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"])


def complete(draft: DecisionDraft, stored: DecisionContext | None, fresh: Fresh) -> DecisionContext:
    """The decision that a draft means. What it leaves out is taken from the decision
    that is stored by its id, or else made.

    Raises:
        InvalidInput: as `decisions.checked`.
    """
    made_at = stored.created_at if stored else to_ms(fresh.now)
    return checked(
        DecisionContext(
            id=draft.id or fresh.new_id(IdPrefix.DECISION),
            org=draft.org or (stored.org if stored else fresh.org),
            title=draft.title,
            question=draft.question,
            context=draft.context,
            criteria=tuple(Criterion(**one.model_dump()) for one in draft.criteria),
            options=tuple(_options(draft, stored, fresh)),
            created_at=draft.created_at or made_at,
        )
    )


def _options(
    draft: DecisionDraft, stored: DecisionContext | None, fresh: Fresh
) -> Iterator[Option]:
    known = {option.name: option.id for option in stored.options} if stored else {}
    for option in draft.options:
        own = option.id or known.get(option.name) or fresh.new_id(IdPrefix.OPTION)
        yield Option(own, option.name, option.description)


def gathered(draft: DecisionDraft, decision: DecisionContext) -> tuple[ResultView, ...]:
    """The results that a draft holds.

    Raises:
        InvalidInput: one belongs to another decision, or is there twice, or as
            `ResultDraft.view`.
    """
    found = tuple(result.view() for result in draft.results)
    stranger = next((result for result in found if result.decision != decision.id), None)
    if stranger is not None:
        raise InvalidInput(
            f"{stranger.id} belongs to {stranger.decision}, not to {decision.id}", fix=_FIX
        )
    if len({result.id for result in found}) < len(found):
        raise InvalidInput("a result is there twice", fix=_FIX)
    return found
