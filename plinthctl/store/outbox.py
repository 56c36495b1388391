"""What is to be told of alerts: rows that senders take, and try again until one is taken.

Taking a row puts its next try off. So a sender that dies leaves nothing to tidy up:
the row is due again by itself.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    literal,
    or_,
    select,
    update,
)

from plinthctl.domain.alert_life import (
    Delivery,
    Incident,
    Letter,
    Telling,
    Told,
    again_after,
    is_given_up,
)
from plinthctl.domain.alert_rules import EVERYTHING
from plinthctl.domain.alerting import AlertRule, Severity
from plinthctl.store.tables import IS_UNTOLD, alert_outbox, alert_silences, alerts
from plinthctl.store.tx import Tx

_firing = alert_outbox.alias("firing")


def put(tx: Tx, alert_id: str, what: Telling, sinks: Iterable[str]) -> None:
    """Have something told to these sinks, from now on."""
    rows = [
        {"alert_id": alert_id, "what": what.value, "sink": sink, "due_at": tx.now, "tries": 0}
        for sink in sinks
    ]
    tx.insert_all(alert_outbox, rows)


def put_resolved(tx: Tx, alert_id: str, *, silenced: bool) -> None:
    """Have it told that an alert is over, to those who were told that it fires, or will be.
    Of one that was silenced before anybody was told, nothing is told at all."""
    own = and_(alert_outbox.c.alert_id == alert_id, alert_outbox.c.given_up_at.is_(None))
    if silenced:
        tx.execute(delete(alert_outbox).where(own, IS_UNTOLD, alert_outbox.c.tries == 0))
    sinks = [row.sink for row in tx.execute(select(alert_outbox.c.sink).where(own))]
    put(tx, alert_id, Telling.RESOLVED, sinks)


def anything_due(tx: Tx, sinks: Collection[str]) -> bool:
    """Whether `take` would find something."""
    return tx.execute(_due(tx, sinks).limit(1)).first() is not None


def take(tx: Tx, sinks: Collection[str], lease: timedelta, at_most: int) -> tuple[Letter, ...]:
    """Take messages that are due for these sinks, and put their next try off for
    ``lease`` at least. What was tried in vain for too long is given up."""
    found = _due(tx, sinks).limit(at_most)
    if tx.on_postgresql:
        found = found.with_for_update(of=alert_outbox, skip_locked=True)
    rows = tx.execute(found).all()
    tired = [row for row in rows if is_given_up(row.first_tried_at, tx.now)]
    for row in tired:
        tx.execute(_row(row.alert_id, row.what, row.sink).values(given_up_at=tx.now))
    return tuple(_take(tx, row, lease) for row in rows if row not in tired)


def _due(tx: Tx, sinks: Collection[str]) -> Select[Any]:
    own = alert_outbox.c
    return (
        select(alert_outbox, *(c for c in alerts.c))
        .join(alerts, alerts.c.id == own.alert_id)
        .where(IS_UNTOLD, own.due_at <= tx.now, own.sink.in_(list(sinks)))
        .where(~_is_silenced(tx), ~_waits_for_the_first())
        .order_by(own.due_at)
    )


def _is_silenced(tx: Tx) -> ColumnElement[bool]:
    scope = or_(
        alert_silences.c.scope == literal(EVERYTHING), alert_silences.c.scope == alerts.c.scope
    )
    return exists().where(
        alert_silences.c.rule == alerts.c.rule, scope, alert_silences.c.until > tx.now
    )


def _waits_for_the_first() -> ColumnElement[bool]:
    """That an alert is over is told after that it fires."""
    return and_(
        alert_outbox.c.what == Telling.RESOLVED.value,
        exists().where(
            _firing.c.alert_id == alert_outbox.c.alert_id,
            _firing.c.sink == alert_outbox.c.sink,
            _firing.c.what == Telling.FIRING.value,
            _firing.c.told_at.is_(None),
            _firing.c.given_up_at.is_(None),
        ),
    )


def _take(tx: Tx, row: Row[Any], lease: timedelta) -> Letter:
    tries = row.tries + 1
    values = {
        "tries": tries,
        "due_at": tx.now + max(lease, again_after(tries)),
        "first_tried_at": row.first_tried_at or tx.now,
    }
    tx.execute(_row(row.alert_id, row.what, row.sink).values(**values))
    return Letter(Telling(row.what), row.sink, as_incident(row), tries)


def _row(alert_id: str, what: str, sink: str) -> Any:
    own = alert_outbox.c
    return update(alert_outbox).where(
        own.alert_id == alert_id, own.what == what, own.sink == sink, IS_UNTOLD
    )


def note(tx: Tx, one: Delivery) -> None:
    """Write what became of a message that was taken."""
    letter = one.letter
    row = _row(letter.incident.id, letter.what.value, letter.sink)
    told_at = tx.now if one.error is None else None
    tx.execute(row.values(told_at=told_at, error=one.error))


def as_incident(row: Row[Any], told: tuple[Told, ...] = ()) -> Incident:
    """A row of ``alerts``."""
    return Incident(
        id=row.id,
        rule=AlertRule(row.rule),
        severity=Severity(row.severity),
        scope=row.scope,
        fired_at=row.fired_at,
        value=row.value,
        peak=row.peak,
        threshold=row.threshold,
        where=row.place,
        why=tuple(row.why),
        action=row.action,
        command=row.command,
        below_since=row.below_since,
        resolved_at=row.resolved_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_reason=row.acknowledged_reason,
        told=told,
    )
