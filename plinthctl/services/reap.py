"""The sweep from outside, as cron does it: everything that workers do for each other.

Any number at once share the work, each thing is done once, and one that is killed
half-way leaves nothing that the next does not find: every change is conditional in
the store, on what was seen. Rehearsed, it says the same and changes nothing.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from plinthctl.domain.alert_life import Incident
from plinthctl.domain.alert_rules import Reading
from plinthctl.domain.expiry import DUTY_EVERY_S, Expiry, Retention
from plinthctl.domain.job import JobStatus
from plinthctl.domain.reaping import (
    LOOK_EVERY_S,
    WATCHES_AT_MOST,
    Absence,
    Age,
    Alarm,
    Chore,
    Deed,
    Finding,
    Gone,
    Orphan,
    Overdue,
    Past,
    Witness,
    absence,
    condemned,
    deed_of,
    fate_of_orphan,
    fate_of_overdue,
    lateness,
    looked_in_time,
    seen_twice,
    suspects,
    watched_enough,
)
from plinthctl.errors import ReadOnly
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.clocks import steady_s
from plinthctl.services.life import seen_dead
from plinthctl.services.ringing import Ring, nobody
from plinthctl.services.sentry import Sentry
from plinthctl.services.sweep import Sweeper

if TYPE_CHECKING:
    from plinthctl.broker.places import Place
    from plinthctl.services.alerting import Alerting
    from plinthctl.store import Store

REAP: Final = "reap"  # the duty's name in the store
RUNG_AFTER: Final = 50  # jobs; each ring is a connection of its own


@dataclass(frozen=True, slots=True)
class Reaper:
    """A one-shot sweep.

    Attributes:
        boot_id: This machine's, to know workers on it.
        sentry: Who is told of the jobs that fail here.
        sleep: Waits between two looks.
        clock_s: The judge's own, counted through a suspend.
    """

    store: "Store"
    bell: "Place"
    boot_id: str | None
    expiry: Expiry
    retention: Retention
    ring: Ring = nobody
    read_only: bool = False
    alerting: "Alerting | None" = None
    sentry: Sentry = field(default_factory=Sentry)
    sleep: Callable[[float], None] = time.sleep
    clock_s: Callable[[], float] = steady_s

    def reap(self, chores: Collection[Chore]) -> Iterator[Finding]:
        """Do the chores; each thing as it was done.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        if self.read_only:
            raise ReadOnly.refusing("nothing is reaped")
        return self._heard(_Pass(self, rehearsal=False).findings(chores))

    def rehearse(self, chores: Collection[Chore]) -> Iterator[Finding]:
        """What `reap` would do now. Changes nothing."""
        return _Pass(self, rehearsal=True).findings(chores)

    def _heard(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        try:
            for number, one in enumerate(findings, 1):
                self._report(one)
                yield one
                if number % RUNG_AFTER == 0:
                    self.ring()
        finally:  # whoever asked may have stopped half-way
            self.ring()

    def _report(self, one: Finding) -> None:
        if one.deed is Deed.FAIL:
            self.sentry.ended(one.subject, one.type or "", one.rule)


@dataclass(slots=True)
class _Pass:
    """One sweep. In a rehearsal it remembers what it would have done."""

    by: Reaper
    rehearsal: bool
    _gone: dict[str, Absence] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def findings(self, chores: Collection[Chore]) -> Iterator[Finding]:
        stuck = Chore.STUCK in chores
        if stuck or Chore.REQUEUE in chores:
            yield from self._stuck(expire=stuck)
        if Chore.RETENTION in chores:
            yield from self._past_retention()
        if Chore.NUMBERS in chores and not self.rehearsal:
            Bookkeeper(self.by.store, self.by.expiry).in_turn()
        if Chore.BELL in chores:
            yield from self._orphan_bell()
        if Chore.ALERTS in chores and self.by.alerting is not None:
            # Last: what could be put right is, before anybody is called.
            yield from self._alerts(self.by.alerting)
        if stuck and not self.rehearsal:
            self.by.store.note_duty(REAP, timedelta(seconds=DUTY_EVERY_S))

    # -- the gone, and what is late --------------------------------------------------

    def _stuck(self, *, expire: bool) -> Iterator[Finding]:
        seen = self.by.store.witnesses()
        dead = [w for w in seen if seen_dead(w.neighbour, self.by.boot_id)]
        yield from self._bury(dead, Gone.DEAD)
        late = self._late() if expire else ()
        runs_are_late = any(one.status is JobStatus.RUNNING for one in late)
        if runs_are_late or suspects(w for w in seen if w not in dead):
            silent = self._watch(runs_are_late=runs_are_late)
            yield from self._bury(silent or (), Gone.SILENT)
            late = seen_twice(late if silent is not None else (), self._late() if expire else ())
        yield from self._expire(late)

    def _watch(self, *, runs_are_late: bool) -> tuple[Witness, ...] | None:
        """The workers that did not beat while they were watched; None: nobody can say."""
        for _ in range(WATCHES_AT_MOST):
            self.by.store.take_a_write()
            silent = self._watch_once(runs_are_late=runs_are_late)
            if silent is not None:
                return silent
        return None

    def _watch_once(self, *, runs_are_late: bool) -> tuple[Witness, ...] | None:
        """The same; None: the watch was held up itself."""
        began_s = looked_s = self.by.clock_s()
        first = suspects(self._witnesses())
        while True:
            self.by.sleep(LOOK_EVERY_S)
            self.by.store.take_a_write()  # a store that takes ours takes theirs, too
            silent = condemned(first, self._witnesses())
            before_s, looked_s = looked_s, self.by.clock_s()
            if not looked_in_time(looked_s - before_s):
                return None
            passed_s = looked_s - began_s
            if watched_enough(passed_s, silent=bool(silent), runs_are_late=runs_are_late):
                return silent

    def _witnesses(self) -> tuple[Witness, ...]:
        return tuple(w for w in self.by.store.witnesses() if w.id not in self._gone)

    def _late(self) -> tuple[Overdue, ...]:
        store, expiry = self.by.store, self.by.expiry
        found = (*store.waiting_too_long(expiry), *store.running_too_long(expiry))
        return tuple(one for one in found if one.job_id not in self._taken)

    def _bury(self, gone: Iterable[Witness], how: Gone) -> Iterator[Finding]:
        absences = {w.id: Absence(w.id, w.name, how, silent_s=w.silent_s) for w in gone}
        orphans = {o.job_id: o for o in self.by.store.orphans([*self._gone, *absences])}
        self._gone |= absences
        if self.rehearsal:
            yield from (_retired(one) for one in absences.values())
            yield from self._would_recover(orphans.values())
        else:
            yield from self._recover(gone, orphans)

    def _would_recover(self, orphans: Iterable[Orphan]) -> Iterator[Finding]:
        for orphan in orphans:
            if orphan.job_id not in self._taken:
                self._taken.add(orphan.job_id)
                yield self._recovered(orphan, *fate_of_orphan(orphan))

    def _recover(self, gone: Iterable[Witness], orphans: dict[str, Orphan]) -> Iterator[Finding]:
        sweeper = Sweeper(self.by.store, self.by.boot_id)
        report = sweeper.bury(w.neighbour for w in gone)
        yield from (_retired(self._gone[worker_id]) for worker_id in report.buried)
        for swept in (*report.swept, *sweeper.recover_orphans()):
            # Its worker may have gone after the orphans were read.
            orphan = orphans.get(swept.job_id) or Orphan(swept.job_id, None, 0, 0)
            yield self._recovered(orphan, deed_of(swept.event), swept.rule)

    def _recovered(self, orphan: Orphan, deed: Deed, rule: str) -> Finding:
        known = self._gone.get(orphan.worker_id or "")
        left = Gone.UNKNOWN if orphan.worker_name is None else Gone.RETIRED
        evidence = absence(orphan, known.how if known else left)
        return Finding(deed, orphan.job_id, rule, evidence, orphan.type, JobStatus.RUNNING)

    def _expire(self, late: Iterable[Overdue]) -> Iterator[Finding]:
        for one in late:
            deed, rule = fate_of_overdue(one)
            if not self.rehearsal:
                swept = self.by.store.expire_one(one, self.by.expiry)
                if swept is None:
                    continue
                deed, rule = deed_of(swept.event), swept.rule
            evidence = lateness(one, self.by.expiry)
            yield Finding(deed, one.job_id, rule, evidence, one.type, one.status)

    # -- the rest --------------------------------------------------------------------

    def _past_retention(self) -> Iterator[Finding]:
        for one in self._purged():
            evidence = Age(one.ended_at, self.by.retention.of(one.status))
            yield Finding(Deed.PURGE, one.job_id, "retention", evidence, one.type, one.status)

    def _purged(self) -> Iterator[Past]:
        if self.rehearsal:
            yield from self.by.store.past(self.by.retention)
        else:
            for batch in self.by.store.purge_batches(self.by.retention):
                yield from batch

    def _orphan_bell(self) -> Iterator[Finding]:
        bell = self.by.bell
        if bell.is_orphan() if self.rehearsal else bell.stop_orphan():
            yield Finding(Deed.STOP, "bell", "no_worker", None)

    def _alerts(self, alerting: "Alerting") -> Iterator[Finding]:
        if self.rehearsal:
            yield from map(_would_fire, alerting.rehearse().fire)
            return
        evaluated = alerting.evaluate()
        yield from (_alert(Deed.FIRE, one) for one in evaluated.fired)
        yield from (_alert(Deed.RESOLVE, one) for one in evaluated.resolved)


def _would_fire(one: Reading) -> Finding:
    alarm = Alarm(one.rule, one.severity, one.value or 0.0, one.threshold, one.where)
    return Finding(Deed.FIRE, one.rule, one.rule, alarm, one.type)


def _alert(deed: Deed, one: Incident) -> Finding:
    alarm = Alarm(one.rule, one.severity, one.value, one.threshold, one.where)
    return Finding(deed, one.id, one.rule, alarm, one.type)


def _retired(gone: Absence) -> Finding:
    return Finding(Deed.RETIRE, gone.worker_id or "", f"worker_{gone.how}", gone)
