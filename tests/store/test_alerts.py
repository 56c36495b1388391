"""Alerts' rows over both databases: one incident, told once each, whoever evaluates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.alert_life import (
    GIVEN_UP_AFTER,
    KEPT_FOR,
    Delivery,
    Evaluated,
    Incident,
    Letter,
    Sinks,
    Telling,
)
from plinthctl.domain.alert_rules import EVERYTHING, Reading
from plinthctl.domain.alerting import AlertRule, Severity
from plinthctl.domain.ids import IdPrefix
from plinthctl.store import Store
from plinthctl.store.tables import alert_outbox, alerts
from tests.alerting import a_reading
from tests.store.acts import NOON, Clock, audits, table_rows
from tests.stores import an_id

DEPTH, RATE = AlertRule.QUEUE_DEPTH, AlertRule.FAILURE_RATE
SINKS: Sinks = {
    Severity.WARNING: ("command", "webhook"),
    Severity.PAGE: ("command", "urls.page"),
    Severity.INVESTIGATE: (),
}
NAMES = ("command", "webhook", "urls.page")
DEEP, CALM = a_reading(), a_reading(value=20.0, fires=False)
LEASE = timedelta(seconds=30)
ANA = Act("ana", "acknowledge", "on it")


def evaluate(store: Store, *found: Reading) -> Evaluated:
    return store.evaluate_alerts(found, SINKS, lambda: an_id(IdPrefix.ALERT))


def fired(store: Store, *found: Reading) -> Incident:
    (one,) = evaluate(store, *(found or (DEEP,))).fired
    return one


def take(store: Store, *names: str, at_most: int = 10) -> list[Letter]:
    return list(store.take_letters(names or NAMES, LEASE, at_most))


def told(store: Store, *, to: tuple[str, ...] = NAMES) -> list[tuple[str, str]]:
    """Everything that is due, taken and told."""
    letters = take(store, *to)
    for letter in letters:
        store.note_delivery(Delivery(letter))
    return sorted((letter.sink, letter.what.value) for letter in letters)


def resolved(store: Store, clock: Clock) -> Incident:
    """The open alert after it was below its threshold for 10 minutes."""
    evaluate(store, CALM)
    clock.move(minutes=10)
    (one,) = evaluate(store, CALM).resolved
    return one


# Its life


def test_an_alert_begins_once_with_what_is_to_be_told(timed: Store) -> None:
    one = fired(timed)
    assert (one.rule, one.scope, one.severity, one.fired_at) == (
        DEPTH,
        EVERYTHING,
        Severity.WARNING,
        NOON,
    )
    assert [(t.sink, t.what) for t in one.told] == [
        ("command", Telling.FIRING),
        ("webhook", Telling.FIRING),
    ]
    assert evaluate(timed, DEEP) == Evaluated()
    assert len(table_rows(timed, alerts)) == 1


def test_it_follows_its_value_and_keeps_the_peak(timed: Store) -> None:
    fired(timed)
    for value in (90.0, 70.0):
        evaluate(timed, a_reading(value=value, where=f"{value:g} wait"))
    (one,) = timed.open_alerts()
    assert (one.value, one.peak, one.where) == (70.0, 90.0, "70 wait")


def test_it_is_resolved_after_10_minutes_below_and_not_before(timed: Store, clock: Clock) -> None:
    one = fired(timed)
    evaluate(timed, CALM)
    clock.move(minutes=9)
    assert evaluate(timed, CALM) == Evaluated()
    clock.move(minutes=1)
    (over,) = evaluate(timed, CALM).resolved
    assert (over.id, over.resolved_at) == (one.id, clock.now)
    assert timed.open_alerts() == ()


def test_firing_again_meanwhile_begins_the_10_minutes_anew(timed: Store, clock: Clock) -> None:
    fired(timed)
    evaluate(timed, CALM)
    clock.move(minutes=9)
    evaluate(timed, DEEP)
    clock.move(minutes=2)
    assert evaluate(timed, CALM) == Evaluated()
    clock.move(minutes=9)
    assert evaluate(timed, CALM) == Evaluated()


def test_after_it_is_resolved_another_may_begin(timed: Store, clock: Clock) -> None:
    first = fired(timed)
    resolved(timed, clock)
    assert fired(timed).id != first.id
    assert len(timed.alert_history(None, None)) == 2


def test_each_type_has_an_alert_of_its_own(timed: Store) -> None:
    types = [a_reading(RATE, job_type=name) for name in ("market_research", "brief_generation")]
    assert {one.type for one in evaluate(timed, *types).fired} == {
        "market_research",
        "brief_generation",
    }


def test_resolved_ones_are_kept_for_90_days_and_go_with_their_messages(
    timed: Store, clock: Clock
) -> None:
    fired(timed)
    resolved(timed, clock)
    clock.now += KEPT_FOR
    evaluate(timed)
    assert len(timed.alert_history(None, None)) == 1
    clock.move(seconds=1)
    evaluate(timed)
    assert timed.alert_history(None, None) == ()
    assert table_rows(timed, alert_outbox) == []


# What is told


def test_it_is_told_once_when_it_fires_and_once_when_it_is_over(timed: Store, clock: Clock) -> None:
    fired(timed)
    assert told(timed) == [("command", "firing"), ("webhook", "firing")]
    clock.move(hours=1)
    assert told(timed) == []
    resolved(timed, clock)
    assert told(timed) == [("command", "resolved"), ("webhook", "resolved")]
    clock.move(hours=1)
    assert told(timed) == []


def test_only_those_sinks_are_taken_for_that_somebody_can_tell(timed: Store) -> None:
    fired(timed)
    assert told(timed, to=("webhook",)) == [("webhook", "firing")]
    assert told(timed, to=("elsewhere",)) == []
    assert told(timed) == [("command", "firing")]


def test_what_was_not_taken_is_tried_again_later_and_later(timed: Store, clock: Clock) -> None:
    fired(timed)
    # At least as long as a sender may take, then twice as long as before.
    for tries, after_s in enumerate((30, 30, 60, 120, 240, 300, 300), 1):
        (letter,) = take(timed, "webhook")
        assert letter.tries == tries
        timed.note_delivery(Delivery(letter, "answered 503"))
        clock.move(seconds=after_s - 1)
        assert take(timed, "webhook") == []
        clock.move(seconds=1)
    (one,) = timed.open_alerts()
    assert one.told[1].error == "answered 503"


def test_a_sender_that_dies_leaves_its_messages_to_the_next(timed: Store, clock: Clock) -> None:
    fired(timed)
    assert len(take(timed)) == 2
    assert take(timed) == []
    clock.now += LEASE
    assert [letter.tries for letter in take(timed)] == [2, 2]


def test_a_message_is_given_up_after_a_day(timed: Store, clock: Clock) -> None:
    fired(timed)
    (letter,) = take(timed, "webhook")
    timed.note_delivery(Delivery(letter, "cannot be reached"))
    clock.now += GIVEN_UP_AFTER + timedelta(seconds=1)
    assert take(timed, "webhook") == []
    told_ = timed.open_alerts()[0].told[1]
    assert (told_.given_up_at, told_.told_at, told_.error) == (
        clock.now,
        None,
        "cannot be reached",
    )


def test_that_it_is_over_is_told_after_that_it_fires(timed: Store, clock: Clock) -> None:
    fired(timed)
    told(timed, to=("command",))
    resolved(timed, clock)
    assert told(timed) == [("command", "resolved"), ("webhook", "firing")]
    assert told(timed) == [("webhook", "resolved")]


def test_what_nobody_is_told_of_is_an_alert_all_the_same(timed: Store) -> None:
    one = fired(timed, a_reading(AlertRule.P95_DURATION, job_type="market_research"))
    assert (one.severity, one.told) == (Severity.INVESTIGATE, ())


# By hand


def test_acknowledging_says_who_has_it_and_is_in_the_audit(timed: Store) -> None:
    one = fired(timed)
    (changed,) = timed.acknowledge_alerts([one.id], ANA)
    assert (changed.acknowledged_by, changed.acknowledged_reason) == ("ana", "on it")
    assert timed.acknowledge_alerts([one.id], ANA) == ()
    (entry,) = audits(timed)
    assert (entry["operator"], entry["action"], entry["reason"]) == ("ana", "acknowledge", "on it")
    assert entry["after"] == {"alert": one.id, "acknowledged_by": "ana"}


def test_somebody_else_may_take_it_over(timed: Store) -> None:
    one = fired(timed)
    timed.acknowledge_alerts([one.id], ANA)
    (changed,) = timed.acknowledge_alerts([one.id], Act("bo", "acknowledge"))
    assert (changed.acknowledged_by, changed.acknowledged_reason) == ("bo", None)


def test_what_is_over_cannot_be_acknowledged(timed: Store, clock: Clock) -> None:
    fired(timed)
    over = resolved(timed, clock)
    assert timed.acknowledge_alerts([over.id], ANA) == ()
    assert audits(timed) == []


QUIET = Act("ana", "silence", "bulk import")


def silence(store: Store, scope: str = EVERYTHING, rule: AlertRule = DEPTH, **span: float) -> None:
    until = store.now() + timedelta(**(span or {"hours": 1}))
    store.silence_alerts(rule, scope, until, QUIET)


def test_while_it_is_silenced_nothing_is_told_and_afterwards_what_fires_still(
    timed: Store, clock: Clock
) -> None:
    silence(timed)
    fired(timed)
    assert told(timed) == []
    clock.move(minutes=59)
    assert told(timed) == []
    clock.move(minutes=1)
    assert told(timed) == [("command", "firing"), ("webhook", "firing")]


def test_what_came_and_went_while_it_was_silenced_is_never_told(timed: Store, clock: Clock) -> None:
    silence(timed)
    fired(timed)
    resolved(timed, clock)
    clock.move(hours=2)
    assert told(timed) == []


def test_that_a_told_one_is_over_is_told_once_the_silence_is(timed: Store, clock: Clock) -> None:
    fired(timed)
    told(timed)
    silence(timed)
    resolved(timed, clock)
    assert told(timed) == []
    clock.move(hours=1)
    assert told(timed) == [("command", "resolved"), ("webhook", "resolved")]


def test_lifting_a_silence_tells_at_once(timed: Store) -> None:
    silence(timed)
    fired(timed)
    assert timed.lift_silence(DEPTH, EVERYTHING, Act("ana", "unsilence"))
    assert not timed.lift_silence(DEPTH, EVERYTHING, Act("ana", "unsilence"))
    assert len(told(timed)) == 2
    assert [one["action"] for one in audits(timed)] == ["silence", "unsilence"]


def test_a_silence_of_one_type_lets_the_others_be_told(timed: Store) -> None:
    silence(timed, "market_research", RATE)
    names = ("market_research", "brief_generation")
    evaluate(timed, *(a_reading(RATE, job_type=name) for name in names))
    assert {one.incident.type for one in take(timed)} == {"brief_generation"}


def test_silencing_again_says_for_how_long_from_now(timed: Store) -> None:
    silence(timed)
    silence(timed, hours=3)
    (one,) = timed.alert_silences()
    assert (one.until, one.operator, one.reason) == (
        NOON + timedelta(hours=3),
        "ana",
        "bulk import",
    )


# Reading


def test_history_has_what_was_open_since_then_the_newest_first(timed: Store, clock: Clock) -> None:
    fired(timed)
    resolved(timed, clock)
    clock.move(hours=1)
    newer = fired(timed)
    assert timed.alert_history(None, None)[0].id == newer.id
    assert [one.id for one in timed.alert_history(None, 1)] == [newer.id]
    since = clock.now - timedelta(minutes=30)
    assert [one.id for one in timed.alert_history(since, None)] == [newer.id]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(lambda one: one[-8:], id="its last 8 characters"),
        pytest.param(lambda one: one[:10], id="its beginning"),
        pytest.param(lambda one: one, id="all of it"),
    ],
)
def test_an_alert_is_found_by_a_part_of_its_id(timed: Store, part: Callable[[str], str]) -> None:
    one = fired(timed)
    assert timed.find_alerts(part(one.id), 5) == (one.id,)


def test_hostile_words_are_stored_as_they_can_be(timed: Store) -> None:
    strange: dict[str, Any] = {"where": "a\0b\ud800[/x]\x1b[31m"}
    assert fired(timed, a_reading(**strange)).where == "a\ufffdb\ufffd[/x]\x1b[31m"
