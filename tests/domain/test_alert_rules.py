"""What each rule makes of the numbers, and how it explains itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from plinthctl.domain.alert_rules import (
    AlertRules,
    Bar,
    Reading,
    StepPace,
    bar_of,
    bar_shown,
    failure_rates,
    hollow_rates,
    p95_durations,
    provider_down,
    queue_depth,
    readings,
    shown,
    stuck_jobs,
)
from plinthctl.domain.alerting import AlertRule, Severity
from plinthctl.domain.circuits import Circuit, CircuitState, Reason
from plinthctl.domain.snapshot import Normal
from tests.alerting import all_numbers, now_of, numbers_of, took
from tests.store.acts import NOON

RULES = AlertRules()
RATE = RULES.failure_rate


def fires(found: tuple[Reading, ...]) -> list[str | None]:
    return [one.type for one in found if one.fires]


@pytest.mark.parametrize(
    ("failed", "completed", "value", "expected"),
    [
        pytest.param(3, 17, 0.15, True, id="3 of 20 failed: 15%"),
        pytest.param(2, 18, 0.10, False, id="2 of 20: 10% is not above 10%"),
        pytest.param(3, 16, None, False, id="3 of 19: below the minimum sample"),
        pytest.param(19, 0, None, False, id="all of 19 failed: below the minimum sample"),
        pytest.param(3, 27, 0.10, False, id="3 of 30: exactly the threshold"),
        pytest.param(4, 27, 4 / 31, True, id="4 of 31: above it"),
        pytest.param(20, 0, 1.0, True, id="all of 20"),
        pytest.param(0, 0, None, False, id="nothing finished"),
    ],
)
def test_the_failure_rate_is_failed_among_finished(
    failed: int, completed: int, value: float | None, expected: bool
) -> None:
    overall = failure_rates([numbers_of(failed=failed, completed=completed)], RATE)[0]
    assert (overall.value, overall.fires, overall.type) == (value, expected, None)


def test_fewer_than_3_failed_page_nobody_however_low_the_threshold() -> None:
    low = Bar(0.01, timedelta(hours=1), 20)
    assert fires(failure_rates([numbers_of(failed=2, completed=20)], low)) == []
    assert fires(failure_rates([numbers_of(failed=3, completed=20)], low)) == [
        None,
        "competitor_analysis",
    ]


def test_one_type_fires_where_all_of_them_together_do_not() -> None:
    bad = numbers_of("market_research", failed=6, completed=14)
    good = numbers_of(failed=0, completed=200)
    found = failure_rates([good, bad], RATE)
    assert fires(found) == ["market_research"]
    assert (found[0].worst, found[0].where) == ("market_research", "market_research 30.0%")


def test_what_expired_was_invalid_or_was_cancelled_is_not_counted_and_said() -> None:
    found = failure_rates([numbers_of(completed=20, expired=9, invalid=8, cancelled=7)], RATE)[0]
    assert (found.value, found.fires) == (0.0, False)
    apart = "9 expired in the queue, 8 failed for their input, 7 cancelled"
    assert f"not counted: {apart}" in found.why


def test_the_failure_rate_explains_its_arithmetic() -> None:
    found = failure_rates([numbers_of(failed=31, completed=214)], RATE)[0]
    assert found.why == (
        "all types, last 1h: 31 failed / (31 failed + 214 completed) = 12.7%",
        "needs 20 finished: there are 245",
        "needs 3 failed: there are 31",
        "fires above 10%: it does",
    )
    assert found.command == "plinthctl stats --by error --since 1h"


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        pytest.param(50, False, id="50 are not above 50"),
        pytest.param(51, True, id="51 are"),
        pytest.param(0, False, id="none"),
    ],
)
def test_the_queue_is_too_deep_above_its_threshold(depth: int, expected: bool) -> None:
    found = queue_depth(now_of(depth=depth, oldest_due_s=121.0), RULES.queue_depth)
    assert (found.value, found.fires) == (depth, expected)
    assert found.where == ("the oldest for 2m01s" if depth else None)


@pytest.mark.parametrize(
    ("count", "p95_s", "value", "expected"),
    [
        pytest.param(20, 121.0, 121 / 60, True, id="20 jobs: a little above twice 60 s"),
        pytest.param(20, 120.0, 2.0, False, id="exactly twice"),
        pytest.param(19, 600.0, None, False, id="19 jobs: below the minimum sample"),
        pytest.param(500, 30.0, 0.5, False, id="faster than usual"),
    ],
)
def test_a_type_is_slow_above_twice_its_normal(
    count: int, p95_s: float, value: float | None, expected: bool
) -> None:
    (found,) = p95_durations([took(count, p95_s)], {}, RULES.p95_duration)
    assert (found.value, found.fires, found.type) == (value, expected, "competitor_analysis")


def test_the_step_that_slowed_the_most_is_named_and_every_step_explained() -> None:
    steps = (
        StepPace("get-reviews", 80.0, 20.0),
        StepPace("generate-profile", 50.0, 30.0),
        StepPace("scrape-website", 8.0, 8.0),
    )
    paces = {"competitor_analysis": steps}
    (found,) = p95_durations([took(96, 132.0)], paces, RULES.p95_duration)
    assert found.where == "competitor_analysis, get-reviews 4.0×"
    assert found.action == "Look at get-reviews: it has slowed the most."
    assert found.why == (
        "competitor_analysis, last 1h: P95 2m12s of 96 completed / normal 1m (7 days) = 2.2×",
        "get-reviews: 1m20s / 20s = 4.0×",
        "generate-profile: 50s / 30s = 1.7×",
        "scrape-website: 8s / 8s = 1.0×",
        "needs 20 completed: there are 96",
        "fires above 2×: it does",
    )


def test_a_normal_that_is_the_catalogues_says_so() -> None:
    one = replace(took(20, 30.0), normal=Normal(90.0, guessed=True))
    (found,) = p95_durations([one], {}, RULES.p95_duration)
    assert "of the catalogue: too few jobs of the last 7 days" in found.why[0]


@pytest.mark.parametrize(
    ("running", "pending", "reaped", "expected"),
    [
        pytest.param(2, 2, 1, False, id="5 in all are not above 5"),
        pytest.param(2, 2, 2, True, id="6 are"),
        pytest.param(0, 0, 6, True, id="what was put right of late counts still"),
    ],
)
def test_stuck_is_what_is_beyond_its_clocks_and_what_was(
    running: int, pending: int, reaped: int, expected: bool
) -> None:
    now = now_of(stuck_running=running, stuck_pending=pending, reaped=reaped)
    assert stuck_jobs(now, RULES.stuck_jobs).fires is expected


def test_what_is_stuck_says_what_is_left_to_sweep() -> None:
    left = stuck_jobs(now_of(stuck_running=4, stuck_pending=2), RULES.stuck_jobs)
    assert (left.where, left.command) == ("4 running, 2 pending", "plinthctl reap")
    assert left.action.startswith("6 are still stuck: sweep")
    swept = stuck_jobs(now_of(reaped=6), RULES.stuck_jobs)
    assert swept.action.startswith("All were swept")
    assert swept.why[0].endswith("+ 6 ended or recovered by a sweep in the last 15m = 6")


QUIET = all_numbers()


@pytest.mark.parametrize("rule", AlertRule)
def test_no_rule_fires_where_nothing_happens(rule: AlertRule) -> None:
    found = [one for one in readings(QUIET, RULES) if one.rule is rule]
    assert [one for one in found if one.fires] == []


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        (AlertRule.FAILURE_RATE, Severity.PAGE),
        (AlertRule.STUCK_JOBS, Severity.PAGE),
        (AlertRule.P95_DURATION, Severity.INVESTIGATE),
        (AlertRule.QUEUE_DEPTH, Severity.WARNING),
    ],
)
def test_each_rule_has_its_severity_and_says_what_to_do(
    rule: AlertRule, severity: Severity
) -> None:
    busy = all_numbers(numbers_of(failed=9, completed=11), took(20, 500.0), depth=99, reaped=9)
    firing = [one for one in readings(busy, RULES) if one.rule is rule and one.fires]
    assert firing
    assert {one.severity for one in firing} == {severity}
    assert all(one.action and one.command.startswith("plinthctl ") for one in firing)


@pytest.mark.parametrize(
    ("rule", "value", "words", "bar"),
    [
        (AlertRule.FAILURE_RATE, 0.127, "12.7%", "> 10% over 1h"),
        (AlertRule.P95_DURATION, 2.2, "2.2×", "> 2× normal"),
        (AlertRule.QUEUE_DEPTH, 37.0, "37", "> 50"),
        (AlertRule.STUCK_JOBS, None, "–", "> 5"),
    ],
)
def test_values_and_bars_are_shown_in_their_unit(
    rule: AlertRule, value: float | None, words: str, bar: str
) -> None:
    assert (shown(rule, value), bar_shown(rule, bar_of(RULES, rule))) == (words, bar)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(
            lambda bar: failure_rates([numbers_of(failed=9, completed=1)], bar), id="rate"
        ),
        pytest.param(lambda bar: p95_durations([took(10, 900.0)], {}, bar), id="p95"),
    ],
)
def test_a_lower_minimum_sample_lets_it_fire(
    read: Callable[[Bar], tuple[Reading, ...]],
) -> None:
    hour = timedelta(hours=1)
    assert fires(read(Bar(0.1, hour, 11))) == []
    assert "competitor_analysis" in fires(read(Bar(0.1, hour, 10)))


OPEN = Circuit("llm", "k1", CircuitState.OPEN, Reason.AUTH_REFUSED, "No.", NOON, NOON, parked=190)


@pytest.mark.parametrize(
    ("circuits", "value", "expected"),
    [
        pytest.param((), 0, False, id="there was never trouble"),
        pytest.param((replace(OPEN, state=CircuitState.CLOSED),), 0, False, id="it is over"),
        pytest.param((OPEN,), 1, True, id="a key is refused"),
        pytest.param((replace(OPEN, state=CircuitState.HALF_OPEN),), 1, True, id="it is probed"),
        pytest.param((replace(OPEN, reason=Reason.BY_HAND),), 0, False, id="an operator knows"),
    ],
)
def test_a_provider_is_down_while_its_circuit_is_open_by_itself(
    circuits: tuple[Circuit, ...], value: int, expected: bool
) -> None:
    found = provider_down(circuits, RULES.provider_down)
    assert (found.value, found.fires, found.severity) == (value, expected, Severity.PAGE)


def test_a_provider_that_is_down_is_named_with_who_waits_and_what_helps() -> None:
    found = provider_down((OPEN,), RULES.provider_down)
    assert (found.where, found.command) == ("llm: 190 parked", "plinthctl providers close llm")
    assert found.why[0] == "llm is open (auth refused), 190 parked: No."


@pytest.mark.parametrize(
    ("hollow", "completed", "threshold", "value", "expected"),
    [
        pytest.param(5, 20, 0.2, 0.25, True, id="5 of 20: 25% is above 20%"),
        pytest.param(4, 20, 0.2, 0.2, False, id="4 of 20: exactly the threshold"),
        pytest.param(19, 19, 0.2, None, False, id="all of 19: below the minimum sample"),
        pytest.param(20, 20, 1.0, 1.0, False, id="all of 20, at the default: it is off"),
    ],
)
def test_the_hollow_rate_is_hollow_among_completed_of_each_type(
    hollow: int, completed: int, threshold: float, value: float | None, expected: bool
) -> None:
    bar = Bar(threshold, timedelta(hours=1), 20)
    (found,) = hollow_rates([numbers_of(completed=completed, hollow=hollow), numbers_of("b")], bar)
    assert (found.value, found.fires, found.type) == (value, expected, "competitor_analysis")
