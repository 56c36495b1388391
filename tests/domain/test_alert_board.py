"""The alerts as a screen lists them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plinthctl.domain.alert_board import Board, unwatched, views
from plinthctl.domain.alert_life import Incident, Silence
from plinthctl.domain.alert_rules import EVERYTHING, AlertRules, Numbers, readings
from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.circuits import Circuit, CircuitState, Reason
from tests.alerting import all_numbers, an_incident, numbers_of, took
from tests.store.acts import NOON

RULES = AlertRules()
RATE, DEPTH = AlertRule.FAILURE_RATE, AlertRule.QUEUE_DEPTH
FAILING = numbers_of("market_research", failed=10, completed=20)
LATER = NOON + timedelta(hours=2)


def lines(
    numbers: Numbers, *open_: Incident, silences: tuple[Silence, ...] = ()
) -> list[AlertView]:
    return list(views(readings(numbers, RULES), open_, silences, NOON, RULES))


def told(found: list[AlertView]) -> list[tuple[str, str, float | None, str | None]]:
    return [(one.rule.value, one.state.value, one.value, one.type) for one in found]


def test_with_nothing_there_each_rule_has_a_line_that_is_ok() -> None:
    assert told(lines(all_numbers())) == [
        ("failure_rate", "ok", None, None),
        ("stuck_jobs", "ok", 0, None),
        ("p95_duration", "ok", None, None),
        ("queue_depth", "ok", 0, None),
    ]


def test_what_fires_and_nobody_has_evaluated_yet_is_firing_without_an_incident() -> None:
    one = lines(all_numbers(depth=60))[-1]
    assert (one.state, one.incident, one.since) == (AlertState.FIRING, None, None)
    assert (one.value, one.threshold, one.command) == (60, 50, "plinthctl worker list")


def test_an_open_alert_has_its_incident_and_today_s_number() -> None:
    one = lines(all_numbers(depth=70), an_incident(acknowledged_by="ana"))[-1]
    assert (one.state, one.value, one.since) == (AlertState.ACKNOWLEDGED, 70, NOON)
    assert (one.incident, one.acknowledged_by) == ("al_01HZX7Q2K9M4T0000000000001", "ana")


def test_an_alert_that_is_below_its_threshold_fires_until_it_is_resolved() -> None:
    one = lines(all_numbers(depth=3), an_incident(where="the oldest for 9m"))[-1]
    assert (one.state, one.value, one.where) == (AlertState.FIRING, 3, "the oldest for 9m")


def test_overall_names_the_worst_type_and_a_types_own_alert_has_a_line_of_its_own() -> None:
    open_ = an_incident(RATE, scope="market_research", id="al_1")
    good = numbers_of(completed=900)
    assert told(lines(all_numbers(good, FAILING), open_))[:2] == [
        ("failure_rate", "ok", 10 / 930, "market_research"),
        ("failure_rate", "firing", 10 / 30, "market_research"),
    ]


def test_a_type_that_overall_covers_has_no_line() -> None:
    found = told(lines(all_numbers(FAILING)))
    assert found[0] == ("failure_rate", "firing", 10 / 30, "market_research")
    assert len(found) == 4


def test_of_types_that_are_all_quick_enough_the_slowest_has_the_line() -> None:
    found = told(lines(all_numbers(took(20, 30.0), took(20, 90.0, "market_research"))))
    assert found[2] == ("p95_duration", "ok", 1.5, "market_research")


def test_of_types_that_are_slow_each_has_a_line() -> None:
    found = told(lines(all_numbers(took(20, 300.0), took(20, 240.0, "market_research"))))
    slow = [one for one in found if one[0] == "p95_duration"]
    assert [one[3] for one in slow] == ["competitor_analysis", "market_research"]


def test_an_alert_of_which_nothing_can_be_read_any_more_is_shown_still() -> None:
    gone = an_incident(RATE, scope="sixth_type")
    assert told(lines(all_numbers(), gone))[1] == ("failure_rate", "firing", None, "sixth_type")


def test_a_silence_is_shown_whether_it_is_for_the_type_or_for_everything() -> None:
    silence = Silence(DEPTH, EVERYTHING, LATER, "ana")
    quiet = lines(all_numbers(), silences=(silence,))[-1]
    assert (quiet.state, quiet.silenced_until) == (AlertState.OK, LATER)
    loud = lines(all_numbers(depth=60), silences=(silence,))[-1]
    assert loud.state is AlertState.SILENCED


def board(*found: AlertView) -> Board:
    return Board(NOON, found, (), NOON)


def view(rule: AlertRule, severity: Severity, state: AlertState) -> AlertView:
    return AlertView(rule, severity, state, 1.0, 1.0)


@pytest.mark.parametrize(
    ("found", "worst"),
    [
        pytest.param((), None, id="nothing"),
        pytest.param(
            (view(DEPTH, Severity.WARNING, AlertState.FIRING),), Severity.WARNING, id="a warning"
        ),
        pytest.param(
            (
                view(DEPTH, Severity.WARNING, AlertState.FIRING),
                view(RATE, Severity.PAGE, AlertState.ACKNOWLEDGED),
            ),
            Severity.PAGE,
            id="a page that somebody has",
        ),
        pytest.param(
            (view(RATE, Severity.PAGE, AlertState.SILENCED),), None, id="a page that is silenced"
        ),
        pytest.param((view(RATE, Severity.PAGE, AlertState.OK),), None, id="all is well"),
    ],
)
def test_the_worst_is_the_loudest_that_is_not_silenced(
    found: tuple[AlertView, ...], worst: Severity | None
) -> None:
    assert board(*found).worst is worst


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        pytest.param(None, "nobody has evaluated the alerts yet", id="never"),
        pytest.param(0, None, id="just now"),
        pytest.param(3, None, id="3 minutes ago"),
        pytest.param(22, "nobody has evaluated the alerts for 22m", id="long ago"),
    ],
)
def test_that_nobody_evaluates_is_said_after_3_minutes(
    minutes: int | None, says: str | None
) -> None:
    at = None if minutes is None else NOON - timedelta(minutes=minutes)
    assert unwatched(at, NOON) == says


def test_a_provider_has_a_line_while_it_is_down_only() -> None:
    down = Circuit("llm", "k", CircuitState.OPEN, Reason.QUOTA_GONE, None, NOON, NOON, parked=9)
    one = lines(replace(all_numbers(), circuits=(down,)))[-1]
    assert told([one]) == [("provider_down", "firing", 1, None)]
    over = replace(down, state=CircuitState.CLOSED)
    assert lines(replace(all_numbers(), circuits=(over,))) == lines(all_numbers())
