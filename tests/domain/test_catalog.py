from itertools import pairwise

import pytest

from plinthctl.domain import inputs
from plinthctl.domain.catalog import JOB_TYPES, JobType, job_type
from plinthctl.domain.steps import StepState, StepStatus, progress
from plinthctl.errors import ExitCode, UnknownJobType

TYPES = [pytest.param(kind, id=name) for name, kind in JOB_TYPES.items()]


@pytest.mark.parametrize("kind", TYPES)
def test_the_steps_weigh_100_together(kind: JobType) -> None:
    assert sum(step.began + step.ended for step in kind.steps) == 100
    assert all(step.began >= 0 and step.ended >= 0 for step in kind.steps)


@pytest.mark.parametrize("kind", TYPES)
def test_a_step_needs_only_steps_before_it(kind: JobType) -> None:
    names = [step.name for step in kind.steps]
    assert len(set(names)) == len(names)
    for place, step in enumerate(kind.steps):
        assert set(step.needs) <= set(names[:place])


@pytest.mark.parametrize("kind", TYPES)
def test_the_last_step_saves_and_waits_for_all_others(kind: JobType) -> None:
    needed = set(kind.steps[-1].needs)
    for step in reversed(kind.steps[:-1]):
        if step.name in needed:
            needed |= set(step.needs)
    assert kind.steps[-1].name == "save-results"
    assert needed == {step.name for step in kind.steps[:-1]}


@pytest.mark.parametrize("kind", TYPES)
def test_only_news_and_reviews_may_be_missing(kind: JobType) -> None:
    assert {s.name for s in kind.steps if s.degradable} <= {"search-news", "get-reviews"}


@pytest.mark.parametrize(
    ("name", "usual_s", "poll_s", "follow_s"),
    [
        pytest.param("competitor_analysis", (30, 90), 3, 120, id="competitor_analysis"),
        pytest.param("market_research", (20, 60), 3, 120, id="market_research"),
        pytest.param("brief_generation", (15, 30), 2, 60, id="brief_generation"),
        pytest.param("option_analysis", (10, 20), 2, 30, id="option_analysis"),
        pytest.param("evidence_search", (10, 30), 2, 60, id="evidence_search"),
    ],
)
def test_the_catalogue_is_the_specifications(
    name: str, usual_s: tuple[float, float], poll_s: float, follow_s: float
) -> None:
    kind = job_type(name)
    assert (kind.usual_s, kind.poll_s, kind.follow_s) == (usual_s, poll_s, follow_s)


def test_there_are_five_job_types_and_their_titles_differ() -> None:
    assert len(JOB_TYPES) == 5
    assert len({kind.title for kind in JOB_TYPES.values()}) == 5
    assert all(name == kind.name for name, kind in JOB_TYPES.items())


@pytest.mark.parametrize(
    ("name", "after_each"),
    [
        pytest.param("competitor_analysis", [20, 40, 60, 90, 100], id="competitor_analysis"),
        pytest.param("market_research", [10, 40, 60, 90, 100], id="market_research"),
        pytest.param("evidence_search", [40, 90, 100], id="evidence_search"),
        pytest.param("option_analysis", [20, 90, 100], id="option_analysis"),
        pytest.param("brief_generation", [20, 90, 95, 100], id="brief_generation"),
    ],
)
def test_progress_after_each_step_is_the_specifications(name: str, after_each: list[int]) -> None:
    steps = job_type(name).steps
    done = {step.name: StepState(StepStatus.DONE) for step in steps}
    ends = [
        progress(steps, {step.name: done[step.name] for step in steps[: n + 1]})
        for n in range(len(steps))
    ]
    assert ends == after_each
    assert all(one < other for one, other in pairwise(ends))


@pytest.mark.parametrize("kind", TYPES)
def test_its_own_examples_are_accepted(kind: JobType) -> None:
    fields = kind.input_model.model_fields
    given = {name: inputs.example_of(field.examples) for name, field in fields.items()}
    assert inputs.parse(kind.input_model, given, job_type=kind.name)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        pytest.param("COMPETITOR_ANALYSIS", "competitor_analysis", id="in capitals"),
        pytest.param("competitor_analisys", "competitor_analysis", id="a slip of the finger"),
        pytest.param("competitor", "competitor_analysis", id="half of it"),
        pytest.param("Market_Research", "market_research", id="capitals"),
        pytest.param("brief-generation", "brief_generation", id="a hyphen"),
        pytest.param("xyzzy", None, id="nothing like it"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_an_unknown_type_names_the_nearest(typed: str, near: str | None) -> None:
    with pytest.raises(UnknownJobType) as caught:
        job_type(typed)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.why == (f"did you mean {near}?" if near else None)
