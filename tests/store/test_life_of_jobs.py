"""Whatever happens to jobs, in whatever order, some things always hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plinthctl.domain.acts import Act
from plinthctl.domain.cancel import Cancel
from plinthctl.domain.circuits import PROVIDERS, provider_in
from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id
from plinthctl.domain.job import ACTIVE, FINAL, JobEvent, JobStatus, after
from plinthctl.domain.limits import Limits
from plinthctl.domain.pauses import ALL
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.restart import RETRYABLE, Start
from plinthctl.domain.runs import Answer, Change, ClaimedJob
from plinthctl.domain.steps import StepStatus
from plinthctl.errors import LimitReached, WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_ends, job_steps
from tests.store.acts import (
    NOON,
    TYPE,
    Clock,
    advance,
    complete,
    delete_all,
    done,
    everything,
    fail,
    job_row,
    put_back,
    registered,
    table_rows,
    waiting,
    write,
)
from tests.stores import a_job

LIMITS = Limits(org=4, user=3)
EVENTS = {event.value for event in JobEvent}
ENDINGS = {JobEvent.COMPLETE, JobEvent.FAIL, JobEvent.CANCEL, JobEvent.EXPIRE, JobEvent.LOSE}
ASKED = {Cancel.ASK, Cancel.AWAIT, Cancel.TAKE_AWAY}
STARTS = (Start(), Start(fresh=True), Start(from_step="search-news"))
USERS = ("ana", "bo")
ENDS: dict[str, Callable[[ClaimedJob], Change]] = {
    "complete": complete,
    "fail": fail,
    "release": put_back,
}
jobs_known = st.integers(0, 50)


@dataclass
class Seen:
    """What was last seen of a job; neither may ever fall."""

    token: int = 0
    progress: int = 0
    tries: int = field(default=0)
    rounds: int = 0


class LifeOfJobs(RuleBasedStateMachine):
    """One organisation's jobs under everything that can happen to them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__()
        self.store, self.clock = store, clock
        # Each life begins alike, or it could not be told again.
        write(store, delete_all)
        clock.now = NOON
        self.submitted = 0
        self.seen: dict[str, Seen] = {}
        self.held: dict[str, ClaimedJob] = {}  # claims, also those that were taken away since
        self.worker = registered(store)

    def _some(self, number: int) -> ClaimedJob:
        return list(self.held.values())[number % len(self.held)]

    def _active(self) -> list[str]:
        return [job.id for job in self.store.jobs(JobQuery(statuses=ACTIVE, limit=None))]

    def _new_id(self) -> str:
        self.submitted += 1
        return new_id(IdPrefix.JOB, self.submitted, bytes(RANDOM_BYTES))

    @rule(user=st.sampled_from(USERS))
    def submit(self, user: str) -> None:
        job, active = a_job(id=self._new_id(), org="acme", user=user), len(self._active())
        try:
            self.store.admit(job, LIMITS, user, {})
        except LimitReached as refused:
            full = {one["scope"]: one["active"] for one in refused.details["full"]}
            assert {"org": 4, "user": 3}.items() >= {k: len(v) for k, v in full.items()}.items()
        else:
            assert active < LIMITS.org
            self.seen[job.id] = Seen()

    @rule(at_most=st.integers(1, 3))
    def claim(self, at_most: int) -> None:
        for job in self.store.claim(self.worker, [TYPE], at_most):
            assert self.store.pauses() == ()
            assert job.token > self.seen[job.id].token
            self.held[job.id] = job

    @rule()
    def claim_alone(self) -> None:
        for job_id in self.store.due_alone([TYPE], 5):
            job = self.store.claim_one(self.worker, job_id)
            assert job is not None
            self.held[job.id] = job

    @precondition(lambda self: self.held)
    @rule(number=jobs_known, again=st.booleans(), stored=st.booleans())
    def end_a_step(self, number: int, again: bool, stored: bool) -> None:
        job = self._some(number)
        seen = self.seen.get(job.id, Seen())
        seen.tries += 1
        later = self.clock.now + timedelta(seconds=5)
        step = job.started[number % len(job.started)] if job.started else "save-results"
        ended = done(step, number=seen.tries) if stored else waiting(step, later, seen.tries)
        self._apply(job, advance(job, ended), again)

    @precondition(lambda self: self.held)
    @rule(number=jobs_known, again=st.booleans(), end=st.sampled_from(sorted(ENDS)))
    def end_a_run(self, number: int, again: bool, end: str) -> None:
        job = self._some(number)
        self._apply(job, ENDS[end](job), again)

    def _apply(self, job: ClaimedJob, change: Change, again: bool) -> None:
        view = self.store.job(job.id)
        row = job_row(self.store, job.id) if view else None
        holds = row and row["status"] == "running" and row["claim_token"] == job.token
        before = everything(self.store)
        answer = self.store.apply(change)
        assert (answer is not Answer.LOST) == bool(holds)
        once = everything(self.store)
        assert (once == before) == (answer is Answer.LOST)
        if again and answer is not Answer.LOST:
            assert self.store.apply(change, again=True) is answer
            assert everything(self.store) == once

    @precondition(lambda self: self.held)
    @rule(number=jobs_known)
    def lose_a_worker(self, number: int) -> None:
        job = self._some(number)
        self.store.recover(job.id, job.token)

    @precondition(lambda self: self.seen)
    @rule(number=jobs_known)
    def cancel(self, number: int) -> None:
        job_id = list(self.seen)[number % len(self.seen)]
        status = JobStatus(job_row(self.store, job_id)["status"])
        try:
            told = self.store.request_cancel(job_id, "ana", None)
        except WrongState:
            assert status in FINAL
        else:
            assert told.was is status
            assert told.how in (ASKED if status is JobStatus.RUNNING else {Cancel.END})

    @precondition(lambda self: self.seen)
    @rule(number=jobs_known, start=st.sampled_from(STARTS))
    def retry(self, number: int, start: Start) -> None:
        job_id = list(self.seen)[number % len(self.seen)]
        status, active = JobStatus(job_row(self.store, job_id)["status"]), len(self._active())
        try:
            self.store.retry(job_id, start, Act("bo", "retry"), LIMITS, {})
        except WrongState:
            assert status not in RETRYABLE
        except LimitReached:
            pass
        else:
            assert status in RETRYABLE
            assert active < LIMITS.org
            self.seen[job_id].rounds += 1
            if start.fresh:
                self.seen[job_id].progress = 0

    @rule(pause=st.booleans(), scope=st.sampled_from([TYPE, ALL]))
    def hold_back_or_let_go(self, pause: bool, scope: str) -> None:
        act = Act("bo", "pause" if pause else "resume")
        (self.store.pause_intake if pause else self.store.resume_intake)(scope, act)

    @rule(provider=st.sampled_from(PROVIDERS), trouble=st.booleans())
    def a_provider_has_trouble_or_none(self, provider: str, trouble: bool) -> None:
        act = Act("bo", "open" if trouble else "close")
        (self.store.open_circuit if trouble else self.store.close_circuit)(provider, act)

    @rule(seconds=st.sampled_from([1, 31, 301, 601]))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)
        self.store.expire(Expiry())

    @rule()
    def a_week_passes(self) -> None:
        self.clock.move(days=8)
        self.store.expire(Expiry())
        self.store.purge(Retention())
        gone = {job_id for job_id in self.seen if self.store.job(job_id) is None}
        self.seen = {k: v for k, v in self.seen.items() if k not in gone}

    @invariant()
    def limits_hold(self) -> None:
        active = [self.store.job(job_id) for job_id in self._active()]
        assert len(active) <= LIMITS.org
        for user in USERS:
            assert sum(job is not None and job.user == user for job in active) <= LIMITS.user

    @invariant()
    def history_is_dense_and_leads_to_the_status(self) -> None:
        for job_id in self.seen:
            row, events = job_row(self.store, job_id), self.store.events_after(job_id, 0)
            assert [event.seq for event in events] == list(range(1, row["event_seq"] + 1))
            status = JobStatus.PENDING
            for event in events:
                if event.kind in EVENTS:
                    status = after(status, JobEvent(event.kind))  # refuses what is illegal
            assert status == row["status"]
            assert (events[-1].kind in EVENTS) or status not in FINAL

    @invariant()
    def only_pending_jobs_wait_for_a_provider_and_only_for_one_in_trouble(self) -> None:
        troubled = {one.provider for one in self.store.circuits() if not one.closed}
        for job_id in self.seen:
            row = job_row(self.store, job_id)
            if row["parked"] is not None:
                assert row["status"] == "pending"
                assert provider_in(row["parked"]) in troubled

    @invariant()
    def every_end_is_one_row(self) -> None:
        for job_id in self.seen:
            row, ends = job_row(self.store, job_id), table_rows(self.store, job_ends, job_id=job_id)
            told = [e.kind for e in self.store.events_after(job_id, 0) if e.kind in ENDINGS]
            assert len(ends) == len(told) == self.seen[job_id].rounds + (row["status"] in FINAL)
            assert row["status"] not in FINAL or ends[-1]["status"] == row["status"]
            assert (row["completed_at"] is not None) == (row["status"] in FINAL)

    @invariant()
    def neither_token_nor_progress_falls(self) -> None:
        for job_id, seen in self.seen.items():
            row = job_row(self.store, job_id)
            assert row["claim_token"] >= seen.token and row["progress"] >= seen.progress
            seen.token, seen.progress = row["claim_token"], row["progress"]

    @invariant()
    def only_running_jobs_have_running_steps_and_pending_ones_no_worker(self) -> None:
        for job_id in self.seen:
            row = job_row(self.store, job_id)
            steps = table_rows(self.store, job_steps, job_id=job_id, state=StepStatus.RUNNING)
            assert not steps or row["status"] == "running"
            if row["status"] == "pending":
                assert (row["worker_id"], row["started_at"]) == (None, None)


def test_the_life_of_jobs(timed: Store, clock: Clock) -> None:
    class Life(LifeOfJobs):
        def __init__(self) -> None:
            super().__init__(timed, clock)

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck)
        ),
    )
