"""Alerts: evaluate the rules, look at what is open, and answer for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from plinthctl.domain.acts import Act
from plinthctl.domain.alert_board import Board, views
from plinthctl.domain.alert_life import Evaluated, Incident, Plan, Silence, Sinks, Standing, plan
from plinthctl.domain.alert_rules import EVERYTHING, AlertRules, Numbers, Reading, readings
from plinthctl.domain.alerting import AlertRule, AlertView
from plinthctl.domain.expiry import DUTY_EVERY_S
from plinthctl.domain.ids import IdPrefix, short
from plinthctl.domain.snapshot import Snapshot
from plinthctl.errors import ReadOnly, WrongState
from plinthctl.services.naming import Noun

if TYPE_CHECKING:
    from plinthctl.store import Store

ALERTS: Final = "alerts"  # the duty's name in the store
ALERT: Final = Noun(
    "alert",
    "alerts",
    (IdPrefix.ALERT,),
    "plinthctl alerts history",
    "plinthctl alerts history -o json",
)
_EVERY: Final = timedelta(seconds=DUTY_EVERY_S)


@dataclass(frozen=True, slots=True)
class Alerting:
    """The four rules over one store.

    Attributes:
        measure: Reads the numbers that the rules are applied to; from a look that has
            just been taken, where it is handed one.
        sinks: Who is told of what, by name.
        fresh_id: Makes the id of an alert.
    """

    store: "Store"
    rules: AlertRules
    measure: Callable[[Snapshot | None], Numbers]
    sinks: Sinks
    fresh_id: Callable[[], str]
    actor: str
    read_only: bool = False

    # -- evaluating --------------------------------------------------------------------

    def evaluate(self) -> Evaluated:
        """Apply the rules now; what began and what ended, with what is to be told of it.

        Any number may do so at the same time.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_allowed("no alert is evaluated")
        found = readings(self.measure(None), self.rules)
        evaluated = self.store.evaluate_alerts(found, self.sinks, self.fresh_id)
        self.store.note_duty(ALERTS, _EVERY)
        return evaluated

    def evaluate_in_turn(self) -> Evaluated:
        """The same, each minute, by one worker."""
        if not self.store.take_duty(ALERTS, DUTY_EVERY_S):
            return Evaluated()
        return self.evaluate()

    def rehearse(self) -> Plan:
        """What `evaluate` would do now. Changes nothing."""
        standing = [
            Standing(one.id, one.rule, one.scope, one.below_since)
            for one in self.store.open_alerts()
        ]
        numbers = self.measure(None)
        return plan(readings(numbers, self.rules), standing, numbers.at)

    # -- looking -----------------------------------------------------------------------

    def board(self) -> Board:
        """Today's numbers beside what is open."""
        numbers, silences = self.measure(None), self.store.alert_silences()
        lines = self._lines(numbers, silences)
        due_at = self.store.duties_due().get(ALERTS)
        evaluated_at = None if due_at is None else due_at - _EVERY
        return Board(numbers.at, lines, silences, evaluated_at)

    def lines(self, look: Snapshot) -> tuple[AlertView, ...]:
        """The lines of the board, from a look that has just been taken."""
        return self._lines(self.measure(look), self.store.alert_silences())

    def _lines(self, numbers: Numbers, silences: Sequence[Silence]) -> tuple[AlertView, ...]:
        found = readings(numbers, self.rules)
        return views(found, self.store.open_alerts(), silences, numbers.at, self.rules)

    def explain(self, rule: AlertRule) -> tuple[Reading, ...]:
        """Today's readings of a rule, with their arithmetic."""
        return tuple(one for one in readings(self.measure(None), self.rules) if one.rule is rule)

    def history(self, since: datetime | None, at_most: int | None) -> tuple[Incident, ...]:
        """Alerts that were open at some time since then, the newest first."""
        return self.store.alert_history(since, at_most)

    # -- answering ---------------------------------------------------------------------

    def open_of(self, rule: AlertRule, job_type: str | None = None) -> tuple[Incident, ...]:
        """The open alerts of a rule; with a type only the one of that type.

        Raises:
            WrongState: there is none.
        """
        scopes = {job_type} if job_type else None
        found = tuple(
            one
            for one in self.store.open_alerts()
            if one.rule is rule and (scopes is None or one.scope in scopes)
        )
        if not found:
            raise WrongState(
                f"no alert of {rule} is open", fix="plinthctl alerts", details={"rule": rule.value}
            )
        return found

    def open_by_id(self, typed: str) -> Incident:
        """The open alert that an id or a part of it names.

        Raises:
            NotFound, AmbiguousId: it names none, or several.
            WrongState: it is resolved.
        """
        alert_id = ALERT.resolve(typed, self.store.find_alerts)
        for one in self.store.open_alerts():
            if one.id == alert_id:
                return one
        if alert_id not in self.store.find_alerts(alert_id, 1):
            raise ALERT.missing(typed)
        raise WrongState(
            f"alert {short(alert_id)} is resolved",
            fix="plinthctl alerts history",
            details={"incident": alert_id},
        )

    def acknowledge(
        self, incidents: Sequence[Incident], reason: str | None = None
    ) -> tuple[Incident, ...]:
        """Note that the operator takes care of these; those for which that is new.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_allowed("no alert is acknowledged")
        ids = [one.id for one in incidents]
        return self.store.acknowledge_alerts(ids, Act(self.actor, "acknowledge", reason))

    def silence(
        self, rule: AlertRule, job_type: str | None, span: timedelta, reason: str | None = None
    ) -> Silence:
        """Tell nothing of a rule, or of one type only, for so long. Messages that are
        still due then are told.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_allowed("nothing is silenced")
        until = self.store.now() + span
        act = Act(self.actor, "silence", reason)
        return self.store.silence_alerts(rule, job_type or EVERYTHING, until, act)

    def lift_silence(
        self, rule: AlertRule, job_type: str | None, reason: str | None = None
    ) -> bool:
        """Tell again; whether it was silenced.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_allowed("no silence is lifted")
        act = Act(self.actor, "unsilence", reason)
        return self.store.lift_silence(rule, job_type or EVERYTHING, act)

    def _must_be_allowed(self, what: str) -> None:
        if self.read_only:
            raise ReadOnly.refusing(what)
