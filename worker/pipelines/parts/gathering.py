"""What jobs have gathered for a decision: read once, and kept as a step's output."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.failures import Failure, FailureClass
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultView
from worker.context import ProviderError, StepContext, Warned
from worker.pipelines.prompts.items import from_result
from worker.pipelines.prompts.sources import Quoted, numbered

MOST_EVIDENCE: Final = 40  # the most relevant; a prompt holds no more that is read with care
MOST_OTHERS: Final = 10  # profiles, and analyses: the newest

_DECISION: Final = TypeAdapter(DecisionContext)
_SOURCES: Final = TypeAdapter(tuple[Quoted, ...])


@dataclass(frozen=True, slots=True)
class Items:
    """A decision and what was gathered for it, numbered as sources, with what the user
    should know of what is missing."""

    decision: DecisionContext
    sources: tuple[Quoted, ...]
    warnings: tuple[Warned, ...]

    @property
    def ids(self) -> list[str]:
        """What may be cited."""
        return [one.source.id for one in self.sources]

    @property
    def addresses(self) -> list[str]:
        """Of the pages behind it."""
        return [one.source.url for one in self.sources if one.source.url]

    def stored(self) -> dict[str, Any]:
        """As a step's output keeps it."""
        return {
            "decision": _DECISION.dump_python(self.decision, mode="json"),
            "sources": _SOURCES.dump_python(self.sources, mode="json"),
            "warnings": [asdict(one) for one in self.warnings],
        }

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> "Items":
        """From a step's output."""
        return cls(
            _DECISION.validate_python(output["decision"]),
            _SOURCES.validate_python(output["sources"]),
            tuple(Warned(**one) for one in output["warnings"]),
        )


async def gather(ctx: StepContext, kinds: Sequence[ResultKind]) -> Items:
    """The job's decision with its results of these kinds.

    Raises:
        ProviderError: invalid_input; the job belongs to no decision.
    """
    detail = await ctx.gathered()
    if detail is None:
        raise wrong_input("The job belongs to no decision that is in the store.")
    # Simulated and real are never mixed: what is made up proves nothing to a real model.
    may_use = [one for one in detail.results if ctx.providers.simulated or not one.simulated]
    chosen = [one for kind in kinds for one in _chosen(kind, may_use)]
    read = [(one, from_result(one)) for one in chosen]
    sources = numbered(quoted for _, quoted in read if quoted is not None)
    wanted = [one for one in detail.results if one.kind in kinds]
    simulated = len(wanted) - sum(one.kind in kinds for one in may_use)
    unread = sum(quoted is None for _, quoted in read)
    warnings = tuple(
        Warned(ctx.step, reason) for reason in _missing(len(sources), simulated, unread)
    )
    return Items(detail.decision, sources, warnings)


def wrong_input(message: str) -> ProviderError:
    """The failure of a job that asks for what cannot be."""
    return ProviderError(Failure(FailureClass.INVALID_INPUT, message, user_fault=True))


def _missing(sources: int, simulated: int, unread: int) -> Iterator[str]:
    if not sources:
        yield "Nothing was gathered for this decision that could be cited."
    if simulated:
        yield f"{_results(simulated)} left out: simulated ones prove nothing."
    if unread:
        yield f"{_results(unread)} left out: another version has written them."


def _results(count: int) -> str:
    return f"{count} {'result was' if count == 1 else 'results were'}"


def _chosen(kind: ResultKind, results: Iterable[ResultView]) -> Sequence[ResultView]:
    """What is worth a place in the prompt: they come with the newest job first."""
    own = [one for one in results if one.kind == kind]
    if kind is ResultKind.EVIDENCE:
        best = sorted(own, key=lambda one: -_relevance(one))
        return _first_of_each(best, _said)[:MOST_EVIDENCE]
    return _first_of_each(own, _about)[:MOST_OTHERS]


def _relevance(result: ResultView) -> float:
    value = result.body.get("relevance")
    return value if isinstance(value, float | int) else 0.0


def _said(result: ResultView) -> str:
    return str(result.body.get("quote"))


def _about(result: ResultView) -> str:
    return result.option_id or result.title.casefold()


def _first_of_each(results: Iterable[ResultView], key: Any) -> list[ResultView]:
    once: dict[str, ResultView] = {}
    for result in results:
        once.setdefault(key(result), result)
    return list(once.values())
