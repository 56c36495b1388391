"""The store: every question and every change, each in its own transaction."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, Final, TypeVar

from plinthctl.domain.acts import Act
from plinthctl.domain.admission import Admitted, Outcome, Rehearsed
from plinthctl.domain.alert_life import Delivery, Evaluated, Incident, Letter, Silence, Sinks
from plinthctl.domain.alert_rules import Reading
from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.archive import Added, DecisionDetail, DecisionQuery, ResultQuery
from plinthctl.domain.budgets import Budgets, Spending
from plinthctl.domain.circuits import Circuit
from plinthctl.domain.decisions import DecisionContext, Option
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.foresight import PastRun
from plinthctl.domain.groups import Trouble
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits, Slot
from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.news import Listener
from plinthctl.domain.numbers import End
from plinthctl.domain.pauses import Pause
from plinthctl.domain.queries import JobQuery, Place
from plinthctl.domain.reaping import Orphan, Overdue, Past, Witness
from plinthctl.domain.restart import Start
from plinthctl.domain.rollups import Normals, Rollup, Spreads, Total
from plinthctl.domain.runs import (
    Answer,
    Beat,
    Change,
    ClaimedJob,
    Neighbour,
    NewJob,
    NewWorker,
    OnRoll,
    Swept,
    Tick,
)
from plinthctl.domain.splits import ProviderPart
from plinthctl.domain.steered import Cancelling, Retried
from plinthctl.domain.views import (
    EventView,
    JobDetail,
    JobNews,
    JobView,
    ResultHead,
    ResultView,
    WorkerView,
)
from plinthctl.domain.watching import REAPED_WITHIN, Look
from plinthctl.errors import PlinthError
from plinthctl.store import (
    admission,
    alerts,
    archive,
    circuits,
    claims,
    decisions,
    ends,
    following,
    listing,
    liveness,
    outbox,
    past_runs,
    pauses,
    reads,
    reaping,
    retrying,
    rollups,
    runs,
    schema,
    slots,
    spending,
    steering,
    sweep,
    ticks,
    tries,
    troubles,
    views,
    watching,
)
from plinthctl.store.claims import Claimant
from plinthctl.store.database import Database
from plinthctl.store.schema import SchemaState
from plinthctl.store.tx import Tx

T = TypeVar("T")

NO_KEYS: Final[Mapping[str, str]] = {}
PAST_AT_ONCE: Final = 500  # jobs past their retention that are read by one statement


class Store:
    """All that is known of jobs and workers. Thread-safe; every method may raise

    - `StoreUnavailable`: unreachable, full or read-only; nothing was changed,
    - `StoreBusy`: no turn to write within 5 s; nothing was changed,
    - `OutcomeUnknown`: the answer to a commit was lost; asking again is safe.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def safe_url(self) -> str:
        """Where the store is, without a password."""
        return self._database.safe_url

    def listen(self, listener: Listener) -> None:
        """See `Database.listen`."""
        self._database.listen(listener)

    def close(self) -> None:
        """Finish what is queued and let go of every connection and lock."""
        self._database.close()

    def quiesce(self) -> None:
        """Finish what is being written and begin nothing, until `resume`."""
        self._database.quiesce()

    def resume(self) -> None:
        """Write again."""
        self._database.resume()

    def now(self) -> datetime:
        """The store's clock, aware UTC."""
        return self._database.read(lambda tx: tx.now)

    def schema(self) -> SchemaState:
        """The schema that the store has and the one that is needed."""
        return self._database.read(schema.read_state)

    @cached_property
    def name(self) -> str:
        """See `schema.name`."""
        return self._database.read(schema.name)

    # Submitting

    def admit(self, job: NewJob, limits: Limits, actor: str, usual_s: Mapping[str, float]) -> bool:
        """See `admission.admit`."""
        return self._database.write(lambda tx: admission.admit(tx, job, limits, actor, usual_s))

    def admit_one(
        self, job: NewJob, limits: Limits, actor: str, usual_s: Mapping[str, float]
    ) -> tuple[Admitted, JobView] | PlinthError:
        """See `admission.admit_one`."""
        return self._database.write(lambda tx: admission.admit_one(tx, job, limits, actor, usual_s))

    def admit_all(
        self,
        batch: Sequence[NewJob],
        limits: Limits,
        actor: str,
        usual_s: Mapping[str, float],
    ) -> tuple[Outcome, ...]:
        """See `admission.admit_all`: one transaction for the whole batch."""
        return self._database.write(
            lambda tx: admission.admit_all(tx, batch, limits, actor, usual_s)
        )

    def rehearse(
        self,
        batch: Sequence[NewJob],
        limits: Limits,
        usual_s: Mapping[str, float],
        taken: Counter[Slot],
    ) -> Rehearsed:
        """See `admission.rehearse`."""
        return self._database.read(lambda tx: admission.rehearse(tx, batch, limits, usual_s, taken))

    # Workers

    def register(self, worker: NewWorker) -> None:
        """See `liveness.register`."""
        self._database.write(lambda tx: liveness.register(tx, worker), urgent=True)

    def beat(self, worker_id: str) -> Beat | None:
        """See `liveness.beat`. Goes before all other work of this process."""
        return self._database.write(
            lambda tx: liveness.beat(tx, worker_id), urgent=True, lasting=False
        )

    def set_mode(self, worker_id: str, mode: WorkerMode, why: str | None = None) -> None:
        """See `liveness.set_mode`."""
        self._database.write(lambda tx: liveness.set_mode(tx, worker_id, mode, why))

    def retire(self, worker_id: str, beats: int | None = None) -> bool:
        """See `liveness.retire`."""
        return self._database.write(lambda tx: liveness.retire(tx, worker_id, beats))

    def workers(self) -> tuple[WorkerView, ...]:
        """Workers that are not retired."""
        return self._database.read(liveness.reporting)

    def neighbours(self, worker_id: str) -> tuple[Neighbour, ...]:
        """The other workers that are not retired."""
        return self._database.read(lambda tx: liveness.neighbours(tx, worker_id))

    def on_roll(self, worker_id: str) -> tuple[OnRoll, ...]:
        """The jobs that the store says this worker runs."""
        return self._database.read(lambda tx: liveness.on_roll(tx, worker_id))

    # Runs

    def claim(
        self,
        worker_id: str,
        types: Sequence[str],
        at_most: int,
        *,
        leave_s: float = 0.0,
        keys: Mapping[str, str] = NO_KEYS,
    ) -> tuple[ClaimedJob, ...]:
        """See `claims.claim`. Writes nothing where nothing is due."""
        if not self._database.read(lambda tx: claims.anything_due(tx, types, leave_s)):
            return ()
        return self._database.write(
            lambda tx: claims.claim(tx, Claimant(worker_id, keys), types, at_most, leave_s),
            lasting=False,
        )

    def claim_named(
        self,
        worker_id: str,
        types: Sequence[str],
        ids: Sequence[str],
        keys: Mapping[str, str] = NO_KEYS,
    ) -> tuple[ClaimedJob, ...]:
        """See `claims.claim_named`."""
        by = Claimant(worker_id, keys)
        return self._database.write(
            lambda tx: claims.claim_named(tx, by, types, ids), lasting=False
        )

    def claim_one(
        self, worker_id: str, job_id: str, keys: Mapping[str, str] = NO_KEYS
    ) -> ClaimedJob | None:
        """See `claims.claim_one`."""
        by = Claimant(worker_id, keys)
        return self._database.write(lambda tx: claims.claim_one(tx, by, job_id), lasting=False)

    def due_alone(self, types: Sequence[str], at_most: int) -> tuple[str, ...]:
        """See `claims.due_alone`."""
        return self._database.read(lambda tx: claims.due_alone(tx, types, at_most))

    def anything_left(self, types: Sequence[str]) -> bool:
        """See `claims.anything_left`."""
        return self._database.read(lambda tx: claims.anything_left(tx, types))

    def due_count(self, types: Sequence[str]) -> int:
        """Pending jobs of these types, whether their time has come or not."""
        return self._database.read(lambda tx: claims.waiting_count(tx, types))

    def apply(self, change: Change, *, again: bool = False) -> Answer:
        """See `runs.apply`."""
        return self._database.write(lambda tx: runs.apply(tx, change, again=again))

    def tick(self, told: Sequence[Tick]) -> int:
        """See `ticks.put`."""
        return self._database.write(lambda tx: ticks.put(tx, told), lasting=False)

    # Providers

    def circuits(self) -> tuple[Circuit, ...]:
        """See `circuits.standing`."""
        return self._database.read(circuits.standing)

    def troubled(self, keys: Mapping[str, str]) -> tuple[Circuit, ...]:
        """See `circuits.troubled`."""
        return self._database.read(lambda tx: circuits.troubled(tx, keys))

    def open_circuit(self, provider: str, act: Act) -> bool:
        """See `circuits.open_by_hand`."""
        return self._database.write(lambda tx: circuits.open_by_hand(tx, provider, act))

    def close_circuit(self, provider: str, act: Act) -> bool:
        """See `circuits.close_by_hand`."""
        return self._database.write(lambda tx: circuits.close_by_hand(tx, provider, act))

    def supersede_circuits(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """See `circuits.supersede`."""
        return self._database.write(lambda tx: circuits.supersede(tx, keys))

    # Decisions and results

    def decision(self, decision_id: str) -> DecisionContext | None:
        """A decision with its criteria and options."""
        return self._database.read(lambda tx: decisions.read(tx, decision_id))

    def decision_detail(self, decision_id: str) -> DecisionDetail | None:
        """See `decisions.detail`."""
        return self._database.read(lambda tx: decisions.detail(tx, decision_id))

    def decisions(self, query: DecisionQuery) -> tuple[DecisionContext, ...]:
        """Decisions, the newest first."""
        return self._database.read(lambda tx: decisions.listed(tx, query))

    def count_decisions(self, query: DecisionQuery) -> int:
        """See `decisions.count`."""
        return self._database.read(lambda tx: decisions.count(tx, query))

    def find_decisions(self, part: str, at_most: int) -> tuple[str, ...]:
        """See `decisions.find_ids`."""
        return self._database.read(lambda tx: decisions.find_ids(tx, part, at_most))

    def add_decision(
        self, decision: DecisionContext, act: Act, results: Sequence[ResultView] = ()
    ) -> Added:
        """See `decisions.add`."""
        return self._database.write(lambda tx: decisions.add(tx, decision, results, act))

    def add_option(self, decision_id: str, option: Option, act: Act) -> None:
        """See `decisions.add_option`."""
        self._database.write(lambda tx: decisions.add_option(tx, decision_id, option, act))

    def result(self, result_id: str) -> ResultView | None:
        """The result of that full id, whether its job is there or not."""
        return self._database.read(lambda tx: archive.by_id(tx, result_id))

    def results(self, query: ResultQuery) -> tuple[ResultView, ...]:
        """See `archive.listed`."""
        return self._database.read(lambda tx: archive.listed(tx, query))

    def result_heads(self, query: ResultQuery) -> tuple[ResultHead, ...]:
        """See `archive.heads`."""
        return self._database.read(lambda tx: archive.heads(tx, query))

    def count_results(self, query: ResultQuery) -> int:
        """See `archive.count`."""
        return self._database.read(lambda tx: archive.count(tx, query))

    def find_results(self, part: str, at_most: int) -> tuple[str, ...]:
        """See `archive.find_ids`."""
        return self._database.read(lambda tx: archive.find_ids(tx, part, at_most))

    # Sweeping

    def take_duty(self, name: str, every_s: float) -> bool:
        """See `liveness.take_duty`."""
        return self._database.write(lambda tx: liveness.take_duty(tx, name, every_s))

    def recover(self, job_id: str, token: int) -> Swept | None:
        """See `sweep.recover`."""
        return self._database.write(lambda tx: sweep.recover(tx, job_id, token))

    def waiting_too_long(self, expiry: Expiry) -> tuple[Overdue, ...]:
        """See `sweep.waiting_too_long`."""
        return self._database.read(lambda tx: sweep.waiting_too_long(tx, expiry))

    def running_too_long(self, expiry: Expiry) -> tuple[Overdue, ...]:
        """See `sweep.running_too_long`."""
        return self._database.read(lambda tx: sweep.running_too_long(tx, expiry))

    def expire_one(self, seen: Overdue, expiry: Expiry) -> Swept | None:
        """See `sweep.expire`."""
        return self._database.write(lambda tx: sweep.expire(tx, seen, expiry))

    def expire(self, expiry: Expiry) -> tuple[Swept, ...]:
        """End every job that has been due or has run for too long."""
        waited = self.expire_waiting(expiry)
        return (*waited, *self._expire_each(self.running_too_long(expiry), expiry))

    def expire_waiting(self, expiry: Expiry) -> tuple[Swept, ...]:
        """End every job that has been due for too long."""
        return self._expire_each(self.waiting_too_long(expiry), expiry)

    def _expire_each(self, seen: Sequence[Overdue], expiry: Expiry) -> tuple[Swept, ...]:
        ended = [self.expire_one(one, expiry) for one in seen]
        return tuple(one for one in ended if one is not None)

    def purge(self, retention: Retention) -> int:
        """Delete ended jobs past their retention; returns how many."""
        return sum(map(len, self.purge_batches(retention)))

    def purge_batches(self, retention: Retention) -> Iterator[tuple[Past, ...]]:
        """Delete ended jobs past their retention, batch by batch: those deleted.

        In short batches with as long a rest between them, so that other writers
        do not wait for it. Workers that no job names any more go in the same way, and
        the room that all this made is given back.
        """
        size, purged = sweep.PURGE_FIRST, False
        while some := self._purge_batch(retention, size):
            yield some[0]
            purged, size = True, sweep.fitting(size, some[1])
        forget = partial(sweep.forget_workers, retention=retention, at_most=size)
        while self._restful(forget)[0] == size:
            pass
        while purged and self._restful(sweep.give_room_back)[0]:
            pass

    def _purge_batch(
        self, retention: Retention, size: int
    ) -> tuple[tuple[Past, ...], float] | None:
        purge = partial(sweep.purge_some, retention=retention, at_most=size)
        deleted, held_s = self._restful(purge)
        return (deleted, held_s) if deleted else None

    def _restful(self, work: Callable[[Tx], T]) -> tuple[T, float]:
        """What the work returns, and how long it held its turn before its commit;
        after as long a rest."""
        found, held_s = self._database.write(_timed(work))
        time.sleep(held_s)
        return found, held_s

    def past(self, retention: Retention) -> Iterator[Past]:
        """What `purge` would delete, as it is read."""
        for status in sweep.ENDS:
            last: Past | None = None
            while some := self._past(status, retention, last):
                yield from some
                last = some[-1]

    def _past(
        self, status: JobStatus, retention: Retention, after: Past | None
    ) -> tuple[Past, ...]:
        return self._database.read(
            lambda tx: sweep.past(tx, status, retention, after, PAST_AT_ONCE)
        )

    def witnesses(self) -> tuple[Witness, ...]:
        """See `reaping.witnesses`."""
        return self._database.read(reaping.witnesses)

    def orphans(self, doomed: Collection[str] = ()) -> tuple[Orphan, ...]:
        """See `reaping.orphans`."""
        return self._database.read(lambda tx: reaping.orphans(tx, doomed))

    def take_a_write(self) -> None:
        """See `reaping.take_a_write`."""
        self._database.write(reaping.take_a_write)

    def note_duty(self, name: str, every: timedelta) -> None:
        """See `reaping.note_duty`."""
        self._database.write(lambda tx: reaping.note_duty(tx, name, every))

    def duties_due(self) -> dict[str, datetime]:
        """See `reaping.duties_due`."""
        return self._database.read(reaping.duties_due)

    # Steering

    def request_cancel(self, job_id: str, actor: str, reason: str | None) -> Cancelling:
        """See `steering.request_cancel`."""
        return self._database.write(lambda tx: steering.request_cancel(tx, job_id, actor, reason))

    def rehearse_cancel(self, job_id: str) -> Cancelling:
        """See `steering.rehearse_cancel`."""
        return self._database.read(lambda tx: steering.rehearse_cancel(tx, job_id))

    def retry(
        self, job_id: str, start: Start, act: Act, limits: Limits, usual_s: Mapping[str, float]
    ) -> Retried:
        """See `retrying.retry`."""
        return self._database.write(
            lambda tx: retrying.retry(tx, job_id, start, act, limits, usual_s)
        )

    def rehearse_retry(
        self,
        job_id: str,
        start: Start,
        limits: Limits,
        usual_s: Mapping[str, float],
        taken: Mapping[Slot, int],
    ) -> Retried:
        """See `retrying.rehearse`."""
        return self._database.read(
            lambda tx: retrying.rehearse(tx, job_id, start, limits, usual_s, taken)
        )

    def pauses(self) -> tuple[Pause, ...]:
        """See `pauses.standing`."""
        return self._database.read(pauses.standing)

    def pause_intake(self, scope: str, act: Act) -> bool:
        """See `pauses.pause`."""
        return self._database.write(lambda tx: pauses.pause(tx, scope, act))

    def resume_intake(self, scope: str, act: Act) -> bool:
        """Let the jobs of a scope go, as old as they were when it was paused.

        In short transactions, so that other writers do not wait for it; the pause
        stands until the last of them, and may be lifted again should this be cut short.
        """
        for some in self._database.read(lambda tx: pauses.waiting(tx, scope)):
            self._database.write(lambda tx, some=some: pauses.rejuvenate(tx, scope, some))  # type: ignore[misc]
        return self._database.write(lambda tx: pauses.lift(tx, scope, act))

    # Alerts

    def evaluate_alerts(
        self, found: Sequence[Reading], sinks: Sinks, fresh_id: Callable[[], str]
    ) -> Evaluated:
        """See `alerts.evaluate`."""
        return self._database.write(lambda tx: alerts.evaluate(tx, found, sinks, fresh_id))

    def take_letters(
        self, sinks: Collection[str], lease: timedelta, at_most: int
    ) -> tuple[Letter, ...]:
        """See `outbox.take`. Writes nothing where nothing is due."""
        if not self._database.read(lambda tx: outbox.anything_due(tx, sinks)):
            return ()
        return self._database.write(lambda tx: outbox.take(tx, sinks, lease, at_most))

    def note_delivery(self, delivery: Delivery) -> None:
        """See `outbox.note`."""
        self._database.write(lambda tx: outbox.note(tx, delivery))

    def acknowledge_alerts(self, ids: Sequence[str], act: Act) -> tuple[Incident, ...]:
        """See `alerts.acknowledge`."""
        return self._database.write(lambda tx: alerts.acknowledge(tx, ids, act))

    def silence_alerts(self, rule: AlertRule, scope: str, until: datetime, act: Act) -> Silence:
        """See `alerts.silence`."""
        return self._database.write(lambda tx: alerts.silence(tx, rule, scope, until, act))

    def lift_silence(self, rule: AlertRule, scope: str, act: Act) -> bool:
        """See `alerts.lift_silence`."""
        return self._database.write(lambda tx: alerts.lift_silence(tx, rule, scope, act))

    def open_alerts(self) -> tuple[Incident, ...]:
        """See `alerts.standing`."""
        return self._database.read(alerts.standing)

    def alert_silences(self) -> tuple[Silence, ...]:
        """See `alerts.silences`."""
        return self._database.read(alerts.silences)

    def alert_history(self, since: datetime | None, at_most: int | None) -> tuple[Incident, ...]:
        """See `alerts.history`."""
        return self._database.read(lambda tx: alerts.history(tx, since, at_most))

    def find_alerts(self, part: str, at_most: int) -> tuple[str, ...]:
        """See `alerts.find_ids`."""
        return self._database.read(lambda tx: alerts.find_ids(tx, part, at_most))

    # Watching

    @property
    def schema_needed(self) -> int:
        """The version of the schema that this program knows."""
        return schema.NEEDED

    def look(
        self, window: timedelta, expiry: Expiry, reaped_within: timedelta = REAPED_WITHIN
    ) -> Look:
        """See `watching.look`."""
        return self._database.read(lambda tx: watching.look(tx, window, expiry, reaped_within))

    def numbers(
        self, since: datetime
    ) -> tuple[tuple[End, ...], dict[str, int], tuple[Rollup, ...]]:
        """See `watching.numbers`."""
        return self._database.read(lambda tx: watching.numbers(tx, since))

    def ends(self, since: datetime, until: datetime | None = None) -> tuple[End, ...]:
        """See `ends.between`."""
        return self._database.read(lambda tx: ends.between(tx, since, until))

    def failed_tries(self, since: datetime) -> tuple[ProviderPart, ...]:
        """See `tries.failed`."""
        return self._database.read(lambda tx: tries.failed(tx, since))

    def troubles(
        self, since: datetime | None, at_most: int
    ) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
        """See `troubles.failed` and `troubles.trying_again`; both at one moment."""
        return self._database.read(
            lambda tx: (
                troubles.failed(tx, since, at_most),
                troubles.trying_again(tx, since, at_most),
            )
        )

    def past_runs(self, job_type: str, at_most: int) -> tuple[PastRun, ...]:
        """See `past_runs.completed`."""
        return self._database.read(lambda tx: past_runs.completed(tx, job_type, at_most))

    def usual_durations(self, since: datetime, until: datetime) -> Spreads:
        """See `rollups.durations`."""
        return self._database.read(lambda tx: rollups.durations(tx, since, until))

    def keep_normals(self, hour_at: datetime, found: Normals) -> None:
        """See `rollups.keep_normals`."""
        self._database.write(lambda tx: rollups.keep_normals(tx, hour_at, found))

    def kept_normals(self, hour_at: datetime) -> Normals:
        """See `rollups.kept_normals`."""
        return self._database.read(lambda tx: rollups.kept_normals(tx, hour_at))

    def totals(self) -> dict[str, Total]:
        """See `rollups.totals`."""
        return self._database.read(rollups.totals)

    def take_sample(self, expiry: Expiry) -> None:
        """See `watching.take_sample`."""
        self._database.write(lambda tx: watching.take_sample(tx, expiry), lasting=False)

    def forget_numbers(self) -> None:
        """See `rollups.forget`."""
        self._database.write(rollups.forget)

    def next_hour_to_roll(self) -> datetime | None:
        """See `rollups.next_open`."""
        return self._database.read(rollups.next_open)

    def history(self) -> dict[datetime, dict[str, int]]:
        """See `rollups.history`."""
        return self._database.read(rollups.history)

    def roll_up(self, hour_at: datetime, created: Mapping[str, int] | None = None) -> None:
        """Sum that hour up, from its ends; ``created`` are all jobs that were, if known."""
        hour = self._database.read(lambda tx: watching.hour(tx, hour_at, created))
        anew = created is not None
        self._database.write(lambda tx: rollups.replace(tx, hour_at, hour, anew=anew))

    # Reading

    def spending(self, org: str, budgets: Budgets) -> Spending | None:
        """See `spending.of`."""
        return self._database.read(lambda tx: spending.of(tx, org, budgets))

    def spendings(self, budgets: Budgets) -> dict[str, Spending]:
        """See `spending.of_all`."""
        return self._database.read(lambda tx: spending.of_all(tx, budgets))

    def all_active(self) -> dict[Slot, int]:
        """See `slots.all_active`."""
        return self._database.read(slots.all_active)

    def active(self, named: Sequence[Slot]) -> dict[Slot, int]:
        """How many active jobs count in each of these scopes, be it none."""
        return self._database.read(lambda tx: {slot: slots.active(tx, slot) for slot in named})

    def jobs_by_ids(self, ids: Sequence[str]) -> tuple[JobView, ...]:
        """See `reads.by_ids`."""
        return self._database.read(lambda tx: reads.by_ids(tx, ids))

    def job(self, job_id: str) -> JobView | None:
        """The job of that full id."""
        return self._database.read(lambda tx: reads.by_id(tx, job_id))

    def detail(self, job_id: str, *, events: bool = False) -> JobDetail | None:
        """A job with everything that belongs to it, read at one moment."""
        return self._database.read(lambda tx: reads.detail(tx, job_id, events=events))

    def step_outputs(self, job_id: str) -> dict[str, Any]:
        """See `reads.step_outputs`."""
        return self._database.read(lambda tx: reads.step_outputs(tx, job_id))

    def details_by_ids(self, ids: Sequence[str]) -> tuple[JobDetail, ...]:
        """See `reads.details_by_ids`."""
        return self._database.read(lambda tx: reads.details_by_ids(tx, ids))

    def jobs(self, query: JobQuery) -> tuple[JobView, ...]:
        """See `listing.listed`."""
        return self._database.read(lambda tx: listing.listed(tx, query))

    def places(self, query: JobQuery, after: Place | None, at_most: int) -> tuple[Place, ...]:
        """See `listing.places`."""
        return self._database.read(lambda tx: listing.places(tx, query, after, at_most))

    def jobs_of(self, query: JobQuery, ids: Sequence[str]) -> tuple[JobView, ...]:
        """See `listing.of_ids`."""
        return self._database.read(lambda tx: listing.of_ids(tx, query, ids))

    def details_of(self, query: JobQuery, ids: Sequence[str]) -> tuple[JobDetail, ...]:
        """See `listing.details_of_ids`."""
        return self._database.read(lambda tx: listing.details_of_ids(tx, query, ids))

    def count(self, query: JobQuery, at_most: int | None = None) -> int:
        """See `listing.count`."""
        return self._database.read(lambda tx: listing.count(tx, query, at_most))

    def running_count(self, types: Sequence[str]) -> int:
        """Running jobs of these types."""
        return self._database.read(lambda tx: reads.running_count(tx, types))

    def place_in_line(self, job: JobView) -> int:
        """The place of a pending job among those that are due before it, from 1."""
        return self._database.read(lambda tx: reads.place_in_line(tx, job))

    def line(self, at_most: int) -> tuple[str, ...]:
        """See `reads.line`."""
        return self._database.read(lambda tx: reads.line(tx, at_most))

    def find_ids(self, part: str, at_most: int) -> tuple[str, ...]:
        """Ids that begin or end with a part that an operator typed."""
        return self._database.read(lambda tx: reads.find_ids(tx, part, at_most))

    def events_after(self, job_id: str, seq: int) -> tuple[EventView, ...]:
        """The events of a job after number ``seq``, oldest first."""
        return self._database.read(lambda tx: reads.events_after(tx, job_id, seq))

    def usual_of(self, job_type: str) -> tuple[float, float] | None:
        """See `views.usual_of`."""
        return self._database.read(lambda tx: views.usual_of(tx, job_type))

    def news(self, known: Mapping[str, int | None]) -> tuple[JobNews, ...]:
        """See `following.news`."""
        return self._database.read(lambda tx: following.news(tx, known))

    def newest_of(self, org: str, user: str) -> str | None:
        """The newest job of this user in this organisation."""
        return self._database.read(lambda tx: reads.newest_of(tx, org, user))


def _timed(work: Callable[[Tx], T]) -> Callable[[Tx], tuple[T, float]]:
    def timed(tx: Tx) -> tuple[T, float]:
        began_s = time.monotonic()
        return work(tx), time.monotonic() - began_s

    return timed
