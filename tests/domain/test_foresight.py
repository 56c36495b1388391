"""What a retry of many jobs is likely to come to, from runs whose sums are visible."""

import pytest

from plinthctl.domain.catalog import job_type
from plinthctl.domain.costs import Cost
from plinthctl.domain.foresight import (
    ENOUGH,
    Likely,
    PastRun,
    Plan,
    Slots,
    foresee,
    likely,
    longest_way_s,
)

TYPE = job_type("competitor_analysis")
GATHERED = ("scrape-website", "search-news", "get-reviews")
STEPS_S = {
    "scrape-website": 4.0,
    "search-news": 2.0,
    "get-reviews": 3.0,
    "generate-profile": 10.0,
    "save-results": 1.0,
}
COSTS = {
    "search-news": Cost(calls=1, known_usd=0.01),
    "scrape-website": Cost(calls=1, credits=2.0),
    "generate-profile": Cost(calls=1, known_usd=0.2),
}
RUN = PastRun(16.0, STEPS_S, COSTS)  # 4 + 10 + 1, and 1 s beside its steps


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        pytest.param((), Likely(16.0, 0.21, 2.0), id="all again: as the run itself"),
        pytest.param(
            GATHERED, Likely(12.0, 0.2, 0.0), id="gathered: the profile, saving, the rest"
        ),
        pytest.param(
            ("scrape-website", "get-reviews"),
            Likely(14.0, 0.21, 0.0),
            id="the news, then the profile",
        ),
    ],
)
def test_a_job_is_likely_to_take_the_way_that_is_left(
    kept: tuple[str, ...], expected: Likely
) -> None:
    found = likely(TYPE, kept, [RUN] * ENOUGH)
    assert found.took_s == pytest.approx(expected.took_s)
    assert found.known_usd == pytest.approx(expected.known_usd)
    assert (found.credits, found.untold, found.guessed) == (expected.credits, False, False)


def test_few_runs_are_no_ground_and_the_catalogue_guesses() -> None:
    found = likely(TYPE, GATHERED, [RUN] * (ENOUGH - 1))
    assert found == Likely(0.4 * 60.0, untold=True, guessed=True)  # 40 of 100 points are left


def test_a_price_that_was_not_told_makes_the_whole_unknown() -> None:
    blind = PastRun(16.0, STEPS_S, {"generate-profile": Cost(calls=1, untold=1)})
    assert likely(TYPE, GATHERED, [*[RUN] * ENOUGH, blind]).untold
    assert not likely(TYPE, ("generate-profile",), [*[RUN] * ENOUGH, blind]).untold


def test_the_slowest_and_the_quickest_say_little() -> None:
    slow, quick = PastRun(160.0, STEPS_S, COSTS), PastRun(0.0, {}, COSTS)
    assert likely(TYPE, (), [slow, *[RUN] * ENOUGH, quick]).took_s == pytest.approx(16.0)


def test_steps_side_by_side_take_as_long_as_the_longest() -> None:
    assert longest_way_s(TYPE.steps, STEPS_S) == 15.0
    assert longest_way_s((), STEPS_S) == 0.0


def plan(jobs: int, took_s: float, **values: object) -> Plan:
    return Plan("a", (), ("b",), jobs, Likely(took_s, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("jobs", "slots", "took_s"),
    [
        pytest.param(1, 10, 4.0, id="one job: its own time"),
        pytest.param(10, 5, 8.0, id="ten in five slots: two rounds"),
        pytest.param(11, 5, 12.0, id="one more: a third round"),
        pytest.param(0, 5, 0.0, id="none"),
    ],
)
def test_many_take_as_many_rounds_as_their_slots_need(jobs: int, slots: int, took_s: float) -> None:
    found = foresee([plan(jobs, 4.0, known_usd=0.5)], {}, Slots(slots, alive=True), 300.0)
    assert (found.took_s, found.cost_usd, found.expire) == (took_s, jobs * 0.5, 0)


def test_who_would_wait_too_long_costs_nothing_and_is_counted() -> None:
    found = foresee([plan(10, 4.0, known_usd=1.0)], {"full": 3}, Slots(1, alive=True), 12.0)
    assert (found.jobs, found.expire) == (10, 6)  # begun at 0, 4, 8 and 12 s
    assert (found.took_s, found.cost_usd, dict(found.refused)) == (16.0, 4.0, {"full": 3})
