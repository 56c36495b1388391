"""Each rule over both databases, from rows to what is told: it fires, is answered for, ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.alert_life import Delivery, Sinks
from plinthctl.domain.alert_rules import AlertRules, Bar
from plinthctl.domain.alerting import AlertRule, AlertState, AlertView, Severity
from plinthctl.domain.circuits import CircuitEvent, Reason, Sign
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.limits import Limits
from plinthctl.domain.rollups import hour_of
from plinthctl.errors import NotFound, ReadOnly, WrongState
from plinthctl.services.alerting import Alerting
from plinthctl.services.measuring import measured
from plinthctl.services.watch import Watch
from plinthctl.store import Store
from plinthctl.store.opening import open_database
from plinthctl.store.tables import job_ends
from tests.store.acts import TYPE, Clock, Timed, admitted, audits, fail, running, write
from tests.stores import an_id

RULES = AlertRules(queue_depth=Bar(3))
SINKS: Sinks = dict.fromkeys(Severity, ("command",))
HOOK = ("command",)
STEPS = ("scrape-website", "get-reviews")
OTHER = "market_research"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()


def alerting_over(store: Store, rules: AlertRules = RULES) -> Alerting:
    watch = Watch(store, Expiry(), Limits())
    return Alerting(
        store,
        rules,
        lambda known: measured(watch.snapshot, rules, known),
        SINKS,
        lambda: an_id(IdPrefix.ALERT),
        "ana",
    )


@pytest.fixture
def alerting(timed: Store) -> Alerting:
    return alerting_over(timed)


def ends(
    store: Store,
    count: int,
    at: datetime,
    *,
    status: str = "completed",
    took_s: float = 30.0,
    job_type: str = TYPE,
    code: str | None = None,
    quality: str | None = None,
) -> None:
    """So many runs that ended then."""
    rows = [
        {
            "job_id": an_id(),
            "token": 1,
            "type": job_type,
            "org": "acme",
            "status": status,
            "code": code,
            "created_at": at - timedelta(seconds=took_s),
            "started_at": at - timedelta(seconds=took_s),
            "ended_at": at,
            "step_times": dict.fromkeys(STEPS, took_s / 2),
            "quality": quality,
        }
        for _ in range(count)
    ]
    write(store, lambda tx: tx.insert_all(job_ends, rows))


# What makes each rule fire, and what makes it end


@dataclass(frozen=True)
class Trouble:
    begins: Callable[[Store, Clock], None]
    is_over: Callable[[Store, Clock], None]
    where: str
    severity: Severity


def jobs_fail(store: Store, clock: Clock) -> None:
    ends(store, 6, clock.now, status="failed", code="auth_failure", job_type=OTHER)
    ends(store, 20, clock.now)
    ends(store, 24, clock.now, status="failed", code="invalid_input")


def an_hour_passes(_: Store, clock: Clock) -> None:
    clock.move(minutes=61)


def jobs_wait(store: Store, _: Clock) -> None:
    for _number in range(4):
        admitted(store)


def they_are_held_back(store: Store, clock: Clock) -> None:
    store.pause_intake(TYPE, Act("ana", "pause"))
    clock.move(seconds=1)


def jobs_are_stuck(store: Store, clock: Clock) -> None:
    store.pause_intake(OTHER, Act("ana", "pause"))
    for _number in range(6):
        admitted(store)
    clock.move(minutes=6)
    store.expire(Expiry())


def jobs_are_slow(store: Store, clock: Clock) -> None:
    usual_at = hour_of(clock.now) - timedelta(days=3)
    ends(store, 100, usual_at + timedelta(minutes=5), took_s=20.0)
    store.roll_up(usual_at)
    clock.move(hours=1)  # what is normal is read once an hour
    ends(store, 20, clock.now, took_s=50.0)


def a_key_is_refused(store: Store, _: Clock) -> None:
    refused = Sign("firecrawl", "k1", CircuitEvent.TRIP, Reason.AUTH_REFUSED, "No such key.")
    store.apply(replace(fail(running(store)), sign=refused))


def it_is_another_now(store: Store, _: Clock) -> None:
    assert store.supersede_circuits({"firecrawl": "k2"})


TROUBLES = {
    AlertRule.PROVIDER_DOWN: Trouble(
        a_key_is_refused, it_is_another_now, "firecrawl: 0 parked", Severity.PAGE
    ),
    AlertRule.FAILURE_RATE: Trouble(jobs_fail, an_hour_passes, "market_research", Severity.PAGE),
    AlertRule.QUEUE_DEPTH: Trouble(
        jobs_wait, they_are_held_back, "the oldest for", Severity.WARNING
    ),
    AlertRule.STUCK_JOBS: Trouble(jobs_are_stuck, an_hour_passes, "6 reaped", Severity.PAGE),
    AlertRule.P95_DURATION: Trouble(
        jobs_are_slow,
        an_hour_passes,
        "competitor_analysis, scrape-website 2.5×",
        Severity.INVESTIGATE,
    ),
}


def line(alerting: Alerting, rule: AlertRule) -> AlertView:
    return next(one for one in alerting.board().views if one.rule is rule)


def state(alerting: Alerting, rule: AlertRule) -> AlertState:
    """A rule may have no line while it is well."""
    found = (one.state for one in alerting.board().views if one.rule is rule)
    return next(found, AlertState.OK)


def told(store: Store) -> list[tuple[str, str]]:
    """What is due, taken and told."""
    letters = store.take_letters(HOOK, timedelta(seconds=30), 10)
    for letter in letters:
        store.note_delivery(Delivery(letter))
    return [(letter.incident.rule.value, letter.what.value) for letter in letters]


@pytest.mark.parametrize("rule", TROUBLES)  # the others are listed only while they fire
def test_a_rule_fires_is_told_acknowledged_silenced_resolved_and_told_so(
    timed: Store, clock: Clock, alerting: Alerting, rule: AlertRule
) -> None:
    trouble = TROUBLES[rule]
    assert state(alerting, rule) is AlertState.OK
    trouble.begins(timed, clock)
    assert [one.rule for one in alerting.evaluate().fired] == [rule]
    one = line(alerting, rule)
    assert (one.state, one.severity) == (AlertState.FIRING, trouble.severity)
    assert trouble.where in (one.where or "")
    assert told(timed) == [(rule, "firing")]

    alerting.acknowledge(alerting.open_of(rule), "on it")
    assert line(alerting, rule).acknowledged_by == "ana"
    alerting.silence(rule, None, timedelta(minutes=30))
    assert line(alerting, rule).state is AlertState.SILENCED

    trouble.is_over(timed, clock)
    assert alerting.evaluate().resolved == ()
    clock.move(minutes=10)
    assert [one.rule for one in alerting.evaluate().resolved] == [rule]
    assert state(alerting, rule) is not AlertState.FIRING
    clock.move(minutes=30)
    assert told(timed) == [(rule, "resolved")]
    assert told(timed) == []


def test_hollow_results_raise_no_alert_unless_somebody_has_set_how_many_are_too_many(
    timed: Store, clock: Clock, alerting: Alerting
) -> None:
    ends(timed, 4, clock.now, quality="hollow")
    ends(timed, 16, clock.now, quality="ok")
    assert alerting.evaluate().fired == ()
    assert AlertRule.HOLLOW_RATE not in [one.rule for one in alerting.board().views]
    strict = replace(
        alerting, rules=replace(AlertRules(), hollow_rate=Bar(0.1, timedelta(hours=1), 20))
    )
    assert [(one.rule, one.scope, one.value) for one in strict.evaluate().fired] == [
        (AlertRule.HOLLOW_RATE, TYPE, 0.2)
    ]
    assert line(strict, AlertRule.HOLLOW_RATE).state is AlertState.FIRING


@pytest.mark.parametrize(
    "few",
    [
        pytest.param({"count": 19, "status": "failed"}, id="19 failed"),
        pytest.param({"count": 19, "took_s": 900.0}, id="19 slow ones"),
    ],
)
def test_below_its_minimum_sample_no_rule_fires(
    timed: Store, clock: Clock, alerting: Alerting, few: dict[str, object]
) -> None:
    ends(timed, at=clock.now, **few)  # type: ignore[arg-type]
    assert alerting.evaluate().fired == ()
    ends(timed, at=clock.now, **{**few, "count": 1})  # type: ignore[arg-type]
    assert len(alerting.evaluate().fired) == 1


def test_a_window_of_its_own_is_looked_back_over(timed: Store, clock: Clock) -> None:
    ends(timed, 20, clock.now - timedelta(minutes=30), status="failed")
    short = replace(RULES, failure_rate=replace(RULES.failure_rate, window=timedelta(minutes=10)))
    assert alerting_over(timed, short).evaluate().fired == ()
    assert len(alerting_over(timed).evaluate().fired) == 1


# Whose turn it is, and that nobody took it


def test_one_of_many_workers_evaluates_each_minute(
    timed: Store, clock: Clock, alerting: Alerting
) -> None:
    jobs_wait(timed, clock)
    assert [len(alerting.evaluate_in_turn().fired) for _ in range(3)] == [1, 0, 0]
    assert alerting.board().unwatched is None
    clock.move(minutes=22)
    assert alerting.board().unwatched == "nobody has evaluated the alerts for 22m"


def test_a_board_needs_no_evaluation_to_be_right(
    timed: Store, clock: Clock, alerting: Alerting
) -> None:
    jobs_fail(timed, clock)
    board = alerting.board()
    assert (board.worst, board.evaluated_at) == (Severity.PAGE, None)
    assert board.unwatched == "nobody has evaluated the alerts yet"
    assert timed.open_alerts() == ()


def test_a_rehearsal_says_what_would_fire_and_changes_nothing(
    timed: Store, clock: Clock, alerting: Alerting
) -> None:
    jobs_wait(timed, clock)
    assert [one.rule for one in alerting.rehearse().fire] == [AlertRule.QUEUE_DEPTH]
    assert timed.open_alerts() == ()


def test_the_lines_beside_a_look_need_no_second_look(timed: Store, clock: Clock) -> None:
    jobs_wait(timed, clock)
    alerting, watch = alerting_over(timed), Watch(timed, Expiry(), Limits())
    looked = watch.snapshot()
    unread = replace(alerting, measure=lambda known: measured(_no_look, RULES, known))
    assert unread.lines(looked) == alerting.board().views


def _no_look(_: timedelta) -> None:  # type: ignore[misc]
    raise AssertionError("a second look")


# Answering


def test_what_is_acknowledged_is_named_by_its_id_too(
    timed: Store, clock: Clock, alerting: Alerting
) -> None:
    jobs_wait(timed, clock)
    (one,) = alerting.evaluate().fired
    assert alerting.open_by_id(one.id[-8:]).id == one.id
    (changed,) = alerting.acknowledge([one], "the import")
    assert changed.acknowledged_by == "ana"
    assert [entry["action"] for entry in audits(timed)] == ["acknowledge"]


def test_what_is_not_open_cannot_be_answered_for(alerting: Alerting) -> None:
    with pytest.raises(WrongState, match="no alert of queue_depth is open"):
        alerting.open_of(AlertRule.QUEUE_DEPTH)
    with pytest.raises(NotFound, match='no alert "ZZZZZZZZ"'):
        alerting.open_by_id("ZZZZZZZZ")
    with pytest.raises(NotFound):
        alerting.open_by_id(an_id(IdPrefix.ALERT))


def test_read_only_refuses_every_change(timed: Store) -> None:
    alerting = replace(alerting_over(timed), read_only=True)
    hour, rule = timedelta(hours=1), AlertRule.QUEUE_DEPTH
    refused: list[Callable[[], object]] = [
        alerting.evaluate,
        lambda: alerting.acknowledge([]),
        lambda: alerting.silence(rule, None, hour),
        lambda: alerting.lift_silence(rule, None),
    ]
    for act in refused:
        with pytest.raises(ReadOnly):
            act()
    assert alerting.board().views
