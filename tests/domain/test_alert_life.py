"""The life of alerts: when they begin, go on and end; when messages are tried again."""

from datetime import timedelta

import pytest

from plinthctl.domain.alert_life import (
    Plan,
    Silence,
    again_after,
    is_given_up,
    plan,
    silence_of,
)
from plinthctl.domain.alert_rules import EVERYTHING
from plinthctl.domain.alerting import AlertRule, AlertState
from tests.alerting import a_reading, an_incident, standing
from tests.store.acts import NOON

DEEP, CALM = a_reading(), a_reading(value=20.0, fires=False)
RATE, TYPE = AlertRule.FAILURE_RATE, "market_research"
MINUTES = {n: timedelta(minutes=n) for n in (0, 9, 10, 30)}
ALMOST = timedelta(minutes=10) - timedelta(microseconds=1)


def test_what_fires_and_is_not_open_begins() -> None:
    assert plan([DEEP], [], NOON) == Plan(fire=(DEEP,))


def test_what_fires_and_is_open_goes_on() -> None:
    one = standing()
    assert plan([DEEP], [one], NOON) == Plan(go_on=((one, DEEP),))


def test_what_fires_again_within_the_10_minutes_goes_on() -> None:
    one = standing(below_for=MINUTES[9])
    assert plan([DEEP], [one], NOON) == Plan(go_on=((one, DEEP),))


@pytest.mark.parametrize(
    ("below_for", "over"),
    [
        pytest.param(None, False, id="the first look below"),
        pytest.param(MINUTES[0], False, id="just below"),
        pytest.param(ALMOST, False, id="a microsecond too early"),
        pytest.param(MINUTES[10], True, id="10 minutes below"),
        pytest.param(MINUTES[30], True, id="nobody has looked for long"),
    ],
)
def test_it_is_resolved_after_10_minutes_below(below_for: timedelta | None, over: bool) -> None:
    one = standing(below_for=below_for)
    expected = Plan(resolve=(one,)) if over else Plan(calm=((one, CALM),))
    assert plan([CALM], [one], NOON) == expected


def test_what_can_no_longer_be_read_is_below_its_threshold() -> None:
    one = standing(RATE, scope=TYPE)
    assert plan([], [one], NOON) == Plan(calm=((one, None),))


def test_a_type_begins_none_while_the_rule_fires_for_everything() -> None:
    all_, one = a_reading(RATE), a_reading(RATE, job_type=TYPE)
    assert plan([all_, one], [], NOON).fire == (all_,)
    assert plan([one], [standing(RATE)], NOON).fire == ()
    assert plan([one], [], NOON).fire == (one,)


def test_a_type_that_is_open_keeps_its_alert_when_the_rule_fires_for_everything() -> None:
    all_, one, open_ = a_reading(RATE), a_reading(RATE, job_type=TYPE), standing(RATE, scope=TYPE)
    assert plan([all_, one], [open_], NOON) == Plan(fire=(all_,), go_on=((open_, one),))


def test_another_rules_alert_of_everything_covers_nothing() -> None:
    one = a_reading(AlertRule.P95_DURATION, job_type=TYPE)
    assert plan([one], [standing(AlertRule.QUEUE_DEPTH)], NOON).fire == (one,)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 300), (7, 300), (10_000, 300)],
)
def test_a_message_is_tried_again_after_twice_as_long_up_to_5_minutes(
    tries: int, seconds: int
) -> None:
    assert again_after(tries) == timedelta(seconds=seconds)


def test_tries_count_from_1() -> None:
    with pytest.raises(ValueError, match="tries count from 1, got 0"):
        again_after(0)


def test_a_message_is_given_up_a_day_after_its_first_try() -> None:
    day = timedelta(hours=24)
    assert not is_given_up(None, NOON)
    assert not is_given_up(NOON - day, NOON)
    assert is_given_up(NOON - day - timedelta(seconds=1), NOON)


def silence(scope: str = EVERYTHING, hours: int = 1, rule: AlertRule = RATE) -> Silence:
    return Silence(rule, scope, NOON + timedelta(hours=hours), "ana")


def test_a_silence_of_everything_covers_each_type_and_that_of_a_type_itself_only() -> None:
    all_, one = silence(), silence(TYPE)
    assert all_.covers(RATE, TYPE)
    assert all_.covers(RATE, EVERYTHING)
    assert one.covers(RATE, TYPE)
    assert not one.covers(RATE, EVERYTHING)
    assert not one.covers(RATE, "brief_generation")
    assert not all_.covers(AlertRule.QUEUE_DEPTH, EVERYTHING)


def test_of_two_silences_the_longer_counts() -> None:
    short, long = silence(hours=1), silence(TYPE, hours=2)
    assert silence_of([short, long], RATE, TYPE) == long
    assert silence_of([short, long], RATE, EVERYTHING) == short
    assert silence_of([], RATE, TYPE) is None


@pytest.mark.parametrize(
    ("acknowledged_by", "silenced", "state"),
    [
        (None, False, AlertState.FIRING),
        ("ana", False, AlertState.ACKNOWLEDGED),
        (None, True, AlertState.SILENCED),
        ("ana", True, AlertState.SILENCED),
    ],
)
def test_an_open_alert_is_firing_acknowledged_or_silenced(
    acknowledged_by: str | None, silenced: bool, state: AlertState
) -> None:
    one = an_incident(acknowledged_by=acknowledged_by)
    assert one.state(silence() if silenced else None) is state
