"""Alerts' rows: one evaluation is one transaction, with what is to be told of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, delete, or_, select, update

from plinthctl.domain.acts import Act
from plinthctl.domain.alert_life import (
    KEPT_FOR,
    Evaluated,
    Incident,
    Silence,
    Sinks,
    Standing,
    Telling,
    Told,
    plan,
    silence_of,
)
from plinthctl.domain.alert_rules import Reading
from plinthctl.domain.alerting import AlertRule
from plinthctl.store import audit, outbox
from plinthctl.store.outbox import as_incident
from plinthctl.store.tables import IS_OPEN, alert_outbox, alert_silences, alerts
from plinthctl.store.tx import Tx

NewId = Callable[[], str]


def evaluate(tx: Tx, found: Sequence[Reading], sinks: Sinks, fresh_id: NewId) -> Evaluated:
    """Begin, go on with and end alerts by these readings. However many do so at the
    same time, each alert begins once and ends once."""
    due = plan(found, _standing(tx), tx.now)
    for standing, reading in due.go_on:
        _go_on(tx, standing, reading)
    for standing, _ in due.calm:
        below = alerts.c.below_since.is_(None)
        tx.execute(_open(standing.id).where(below).values(below_since=tx.now))
    fired = [_fire(tx, reading, sinks, fresh_id()) for reading in due.fire]
    resolved = [standing.id for standing in due.resolve if _resolve(tx, standing)]
    _forget(tx)
    began = [alert_id for alert_id in fired if alert_id is not None]
    return Evaluated(_by_ids(tx, began), _by_ids(tx, resolved))


def _standing(tx: Tx) -> tuple[Standing, ...]:
    found = _COLUMNS.where(IS_OPEN).order_by(alerts.c.id)
    # All locked by one statement, in one order: evaluators do not wait in a circle.
    rows = tx.execute(found.with_for_update() if tx.on_postgresql else found)
    return tuple(Standing(r.id, AlertRule(r.rule), r.scope, r.below_since) for r in rows)


def _open(alert_id: str) -> Any:
    return update(alerts).where(alerts.c.id == alert_id, IS_OPEN)


def _go_on(tx: Tx, standing: Standing, reading: Reading) -> None:
    value = reading.value
    peak = case((alerts.c.peak < value, value), else_=alerts.c.peak)
    tx.execute(_open(standing.id).values(**_columns(reading), peak=peak, below_since=None))


def _columns(reading: Reading) -> dict[str, Any]:
    return {
        "value": reading.value,
        "threshold": reading.threshold,
        "place": reading.where,
        "why": list(reading.why),
        "action": reading.action,
        "command": reading.command,
    }


def _fire(tx: Tx, reading: Reading, sinks: Sinks, alert_id: str) -> str | None:
    """The id of the alert that begins; None: somebody else has just begun it."""
    row = {
        "id": alert_id,
        "rule": reading.rule.value,
        "scope": reading.scope,
        "severity": reading.severity.value,
        "fired_at": tx.now,
        "peak": reading.value,
        **_columns(reading),
    }
    if not tx.insert_new(alerts, row):
        return None
    outbox.put(tx, alert_id, Telling.FIRING, sinks.get(reading.severity, ()))
    return alert_id


def _resolve(tx: Tx, standing: Standing) -> bool:
    """Whether the alert ended now, and not by somebody else."""
    same = alerts.c.below_since == standing.below_since
    if tx.execute(_open(standing.id).where(same).values(resolved_at=tx.now)).rowcount == 0:
        return False
    silenced = silence_of(silences(tx), standing.rule, standing.scope) is not None
    outbox.put_resolved(tx, standing.id, silenced=silenced)
    return True


def _forget(tx: Tx) -> None:
    """Delete what ended long ago."""
    tx.execute(delete(alerts).where(alerts.c.resolved_at < tx.now - KEPT_FOR))
    tx.execute(delete(alert_silences).where(alert_silences.c.until <= tx.now))


# -- by hand -----------------------------------------------------------------------------


def acknowledge(tx: Tx, ids: Iterable[str], act: Act) -> tuple[Incident, ...]:
    """Note who takes care of these open alerts; those for which that is new."""
    changed = [alert_id for alert_id in ids if _acknowledge(tx, alert_id, act)]
    return _by_ids(tx, changed)


def _acknowledge(tx: Tx, alert_id: str, act: Act) -> bool:
    row = tx.execute(_COLUMNS.where(alerts.c.id == alert_id, IS_OPEN)).first()
    if row is None or row.acknowledged_by == act.operator:
        return False
    values = {
        "acknowledged_at": tx.now,
        "acknowledged_by": act.operator,
        "acknowledged_reason": act.reason,
    }
    if tx.execute(_open(alert_id).values(**values)).rowcount == 0:
        return False
    before = {"alert": alert_id, "acknowledged_by": row.acknowledged_by}
    audit.note(tx, act, before=before, after={**before, "acknowledged_by": act.operator})
    return True


def silence(tx: Tx, rule: AlertRule, scope: str, until: datetime, act: Act) -> Silence:
    """Tell nothing of a rule and scope until then, instead of what was said before."""
    before = _silence_row(tx, rule, scope)
    values = {"until": until, "operator": act.operator, "reason": act.reason}
    row = {"rule": rule.value, "scope": scope, **values}
    tx.put_all(alert_silences, [row], ("until", "operator", "reason"))
    after = {"rule": rule.value, "scope": scope, "until": until.isoformat()}
    audit.note(tx, act, before=_silenced(before), after=after)
    return Silence(rule, scope, until, act.operator, act.reason)


def lift_silence(tx: Tx, rule: AlertRule, scope: str, act: Act) -> bool:
    """Whether something was silenced, and is no more."""
    before = _silence_row(tx, rule, scope)
    if before is None:
        return False
    tx.execute(delete(alert_silences).where(_of(rule, scope)))
    audit.note(tx, act, before=_silenced(before), after={})
    return True


def _of(rule: AlertRule, scope: str) -> Any:
    return and_(alert_silences.c.rule == rule.value, alert_silences.c.scope == scope)


def _silence_row(tx: Tx, rule: AlertRule, scope: str) -> Row[Any] | None:
    return tx.execute(select(alert_silences).where(_of(rule, scope))).first()


def _silenced(row: Row[Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"rule": row.rule, "scope": row.scope, "until": row.until.isoformat()}


# -- reading -----------------------------------------------------------------------------

_COLUMNS: Final = select(alerts)


def silences(tx: Tx) -> tuple[Silence, ...]:
    """What is silenced now, in the order of rules."""
    lasting = select(alert_silences).where(alert_silences.c.until > tx.now)
    rows = tx.execute(lasting.order_by(alert_silences.c.rule, alert_silences.c.scope))
    return tuple(Silence(AlertRule(r.rule), r.scope, r.until, r.operator, r.reason) for r in rows)


def standing(tx: Tx) -> tuple[Incident, ...]:
    """The open alerts, the oldest first."""
    return _incidents(tx, _COLUMNS.where(IS_OPEN).order_by(alerts.c.fired_at, alerts.c.id))


def history(tx: Tx, since: datetime | None, at_most: int | None) -> tuple[Incident, ...]:
    """Alerts that were open at some time since then, the newest first."""
    found = _COLUMNS.order_by(alerts.c.fired_at.desc(), alerts.c.id.desc()).limit(at_most)
    if since is not None:
        found = found.where(or_(IS_OPEN, alerts.c.resolved_at >= since))
    return _incidents(tx, found)


def find_ids(tx: Tx, part: str, at_most: int) -> tuple[str, ...]:
    """Ids that begin or end with a part that an operator typed."""
    # Few rows, and no index by their ends is worth its place.
    ends = or_(
        alerts.c.id.startswith(part, autoescape=True), alerts.c.id.endswith(part, autoescape=True)
    )
    found = select(alerts.c.id).where(ends).order_by(alerts.c.id.desc()).limit(at_most)
    return tuple(row.id for row in tx.execute(found))


def _by_ids(tx: Tx, ids: Sequence[str]) -> tuple[Incident, ...]:
    if not ids:
        return ()
    return _incidents(tx, _COLUMNS.where(alerts.c.id.in_(ids)).order_by(alerts.c.id))


def _incidents(tx: Tx, statement: Select[Any]) -> tuple[Incident, ...]:
    rows = tx.execute(statement).all()
    told = _told(tx, [row.id for row in rows])
    return tuple(as_incident(row, told.get(row.id, ())) for row in rows)


def _told(tx: Tx, ids: Sequence[str]) -> Mapping[str, tuple[Told, ...]]:
    if not ids:
        return {}
    found = select(alert_outbox).where(alert_outbox.c.alert_id.in_(ids))
    ordered = found.order_by(alert_outbox.c.what, alert_outbox.c.sink)
    told: dict[str, tuple[Told, ...]] = {}
    for row in tx.execute(ordered):
        one = Told(
            Telling(row.what),
            row.sink,
            row.due_at,
            row.tries,
            row.told_at,
            row.given_up_at,
            row.error,
        )
        told[row.alert_id] = (*told.get(row.alert_id, ()), one)
    return told
