"""What the simulated LLM makes of a decision: analyses of its options, and briefs.

It is gullible: what an item orders it to write, it writes, until it is told that its
answer could not be used. So tests can see what becomes of that.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.analyses import BEST, Argument, CriterionScore, OptionAnalysis
from plinthctl.domain.briefs import BriefDraft
from plinthctl.domain.evidence import Stance
from worker.simulator.seed import Seed
from worker.simulator.writing.prompt import Prompt, PromptSource

MOST: Final = 3  # arguments of one kind
WORST_SCORE: Final = 3

_ORDER: Final = re.compile(r"ignore (?:all |any )?previous instructions\W+(.+)", re.IGNORECASE)
_CRITERION: Final = re.compile(r"^Criterion: (.+?) \(weight [^)]*\)$", re.MULTILINE)
_OPTION: Final = re.compile(r"^Option \d+: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement, and the id of the item that makes it."""

    text: str
    source: str

    def argument(self) -> Argument:
        return Argument(text=self.text, sources=[self.source])

    def line(self) -> str:
        return f"- {self.text.rstrip('.')} [{self.source}]."


def write_analysis(prompt: Prompt) -> OptionAnalysis:
    """What the items say for and against the option; the rest is said to have no
    evidence."""
    option = prompt.said("Option") or "The option"
    seed = Seed("analysis", option)
    pros, cons = _for(prompt), _against(prompt)
    scores = [_score(name, seed, prompt) for name in _CRITERION.findall(prompt.decision)]
    shown = len(pros) + len(cons)
    return OptionAnalysis(
        summary=_summary(option, pros, cons),
        pros=[one.argument() for one in [*_ordered(prompt), *_some(pros, seed, "pros")]],
        cons=[one.argument() for one in _some(cons, seed, "cons")],
        risks=[Argument(text=f"Nothing that was gathered tells how {option} ages.", sources=[])],
        cost=_told(prompt, "price", f"What {option} costs was not found."),
        effort=_told(prompt, "offering", f"What it takes to introduce {option} was not found."),
        scores=scores,
        confidence=round(min(0.9, 0.1 + 0.1 * shown), 1),
    )


def _summary(option: str, pros: Sequence[_Said], cons: Sequence[_Said]) -> Argument:
    first = [*pros[:1], *cons[:1]]
    if not first:
        return Argument(text=f"Nothing was gathered that tells about {option}.", sources=[])
    said = " But: ".join(one.text for one in first)
    return Argument(text=f"On {option}: {said}", sources=list({one.source: 0 for one in first}))


def _some(said: Sequence[_Said], seed: Seed, what: str) -> Sequence[_Said]:
    """A few of them, others for another option."""
    start = seed.number(what, 0, max(0, len(said) - 1))
    return [*said[start:], *said[:start]][:MOST]


def _score(criterion: str, seed: Seed, prompt: Prompt) -> CriterionScore:
    about = _about(criterion, prompt)
    why = f"“{about.text}”" if about else f"Nothing was gathered on {criterion}."
    return CriterionScore(
        criterion=criterion,
        score=seed.number(criterion, WORST_SCORE, BEST),
        why=why,
        sources=[about.source] if about else [],
    )


def _about(topic: str, prompt: Prompt) -> _Said | None:
    stems = {word[:5] for word in re.findall(r"[a-z]{4,}", topic.lower())}
    found = (one for one in _statements(prompt) if any(s in one.text.lower() for s in stems))
    return next(found, None)


def _told(prompt: Prompt, field: str, otherwise: str) -> Argument:
    for source in prompt.of_kind("profile"):
        if text := source.field(field):
            return Argument(text=text, sources=[source.id])
    return Argument(text=otherwise, sources=[])


def _for(prompt: Prompt) -> list[_Said]:
    return [*_stands(prompt, Stance.FOR), *_fields(prompt.of_kind("profile"), "strength")]


def _against(prompt: Prompt) -> list[_Said]:
    return [*_stands(prompt, Stance.AGAINST), *_fields(prompt.of_kind("profile"), "weakness")]


def _stands(prompt: Prompt, stance: Stance) -> list[_Said]:
    sources = [s for s in prompt.of_kind("evidence") if s.field("stance") == stance]
    return _fields(sources, "finding")


def _statements(prompt: Prompt) -> Iterator[_Said]:
    yield from _fields(prompt.of_kind("evidence"), "finding")
    for field in ("price", "strength", "weakness", "summary"):
        yield from _fields(prompt.of_kind("profile"), field)


def _fields(sources: Sequence[PromptSource], name: str) -> list[_Said]:
    """What the sources say in a field, but for orders to whoever reads it."""
    told = ((source, source.field(name)) for source in sources)
    return [_Said(text, source.id) for source, text in told if text and not _ORDER.search(text)]


def _ordered(prompt: Prompt) -> list[_Said]:
    """What items order to be written."""
    if prompt.again:
        return []
    orders = ((source, _ORDER.search(source.text)) for source in prompt.sources)
    return [_Said(found[1], source.id) for source, found in orders if found]


def write_brief(prompt: Prompt) -> BriefDraft:
    """A brief in which every statement cites the item that makes it."""
    title = prompt.decision.partition("\n")[0].strip() or "A decision"
    return BriefDraft(
        title=prompt.said("Title") or title,
        markdown="\n\n".join(part for part in _parts(prompt, title) if part),
    )


def _parts(prompt: Prompt, title: str) -> Iterator[str]:
    question = re.search(r"^Question: (.+)$", prompt.decision, re.MULTILINE)
    yield f"## The question\n\n{question[1] if question else title}"
    yield from (_option(option, prompt) for option in _OPTION.findall(prompt.head))
    yield _section("What the evidence says for it", _stands(prompt, Stance.FOR))
    yield _section("What it says against it", _stands(prompt, Stance.AGAINST))
    yield _section("What else is known", _unweighed(prompt))
    yield _section("What rivals do", _fields(prompt.of_kind("profile"), "summary"))
    yield "\n".join(one.line() for one in _ordered(prompt))
    yield f"## Recommendation\n\n{_recommendation(prompt)}"


def _option(told: str, prompt: Prompt) -> str:
    name, _, about = told.partition(": ")
    analysis = _analysis_of(name, prompt)
    lines = [f"### {name}"] + ([f"{about.rstrip('.')}."] if about else [])
    if analysis is None:
        return "\n\n".join([*lines, "It was not analysed."])
    said = [line for field in ("total", "pro", "con", "risk") if (line := _field(analysis, field))]
    return "\n\n".join([*lines, "\n".join(said)])


def _analysis_of(option: str, prompt: Prompt) -> PromptSource | None:
    found = (s for s in prompt.of_kind("analysis") if s.field("option") == option)
    return next(found, None)


def _field(source: PromptSource, name: str) -> str:
    text = source.field(name)
    return f"- {name.capitalize()}: {text.rstrip('.')} [{source.id}]." if text else ""


def _unweighed(prompt: Prompt) -> list[_Said]:
    sides = {Stance.FOR.value, Stance.AGAINST.value}
    rest = [s for s in prompt.of_kind("evidence") if s.field("stance") not in sides]
    return _fields(rest, "finding")


def _section(heading: str, said: Sequence[_Said]) -> str:
    return "\n".join([f"## {heading}", "", *(one.line() for one in said)]) if said else ""


def _recommendation(prompt: Prompt) -> str:
    totals = [(total, s) for s in prompt.of_kind("analysis") if (total := _total(s)) is not None]
    if not totals:
        return "Nothing that was gathered tells one option from another: it is too early."
    best, source = max(totals, key=lambda one: one[0])
    return f"{source.field('option')}, which scores {best:g} of {BEST} [{source.id}]."


def _total(source: PromptSource) -> float | None:
    found = re.match(r"\d+(\.\d+)?", source.field("total") or "")
    return float(found[0]) if found else None
