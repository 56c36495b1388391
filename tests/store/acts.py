"""What happens to jobs in these tests, and a clock that tests move."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, select, update

from plinthctl.domain.acts import Act
from plinthctl.domain.decisions import DecisionContext, Option
from plinthctl.domain.failures import Failure, FailureClass, Usage
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobEvent
from plinthctl.domain.limits import Limits
from plinthctl.domain.news import Listener
from plinthctl.domain.results import NewResult, Provenance, ResultKind, Source, SourceKind
from plinthctl.domain.runs import (
    Advance,
    Cancelled,
    Change,
    ClaimedJob,
    Complete,
    Fail,
    PutBack,
    Shown,
    StepEnd,
    TryRecord,
)
from plinthctl.domain.steps import StepStatus
from plinthctl.store import Store
from plinthctl.store.database import Database
from plinthctl.store.tables import jobs, metadata, operator_audit
from plinthctl.store.tx import Tx
from tests.stores import a_job, a_worker, an_id

T = TypeVar("T")

TYPE = "competitor_analysis"
NO_LIMITS = Limits(org=10_000, user=10_000, decision=10_000)
FIRST_STEPS = ("scrape-website", "search-news", "get-reviews")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDING = Act("ana", "decision_add")
HALF = Shown(50, "get-reviews", "Gathering customer reviews…", 1)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def move(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class Timed:
    """A real database whose transactions are told the test's time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.safe_url = database.safe_url

    def read(self, work: Callable[[Tx], T]) -> T:
        return self._database.read(lambda tx: work(self._told(tx)))

    def write(self, work: Callable[[Tx], T], *, urgent: bool = False, lasting: bool = True) -> T:
        return self._database.write(lambda tx: work(self._told(tx)), urgent=urgent, lasting=lasting)

    def _told(self, tx: Tx) -> Tx:
        return replace(tx, now=self._clock.now)

    def listen(self, listener: Listener) -> None:
        self._database.listen(listener)

    def quiesce(self) -> None:
        self._database.quiesce()

    def resume(self) -> None:
        self._database.resume()

    def close(self) -> None:
        self._database.close()


def read(store: Store, work: Callable[[Tx], T]) -> T:
    return store._database.read(work)


def write(store: Store, work: Callable[[Tx], T]) -> T:
    return store._database.write(work)


def delete_all(tx: Tx) -> None:
    """Leave nothing but the schema."""
    for table in reversed(metadata.sorted_tables):
        tx.execute(delete(table))


def table_rows(store: Store, table: Any, **where: Any) -> list[dict[str, Any]]:
    """The rows of a table, in the order of its key."""
    return read(store, lambda tx: _rows(tx, table, where))


def _rows(tx: Tx, table: Any, where: dict[str, Any]) -> list[dict[str, Any]]:
    statement = select(table).order_by(*table.primary_key).filter_by(**where)
    return [dict(row) for row in tx.execute(statement).mappings()]


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The whole database, to be compared with itself later."""
    tables = metadata.sorted_tables
    return read(store, lambda tx: {table.name: _rows(tx, table, {}) for table in tables})


def job_row(store: Store, job_id: str) -> dict[str, Any]:
    (row,) = table_rows(store, jobs, id=job_id)
    return row


def set_job(store: Store, job_id: str, **values: Any) -> None:
    """What time or another process has done to a job's row."""
    statement = update(jobs).where(jobs.c.id == job_id).values(**values)
    write(store, lambda tx: tx.execute(statement).rowcount)


def kinds(store: Store, job_id: str) -> list[str]:
    return [event.kind for event in store.events_after(job_id, 0)]


def audits(store: Store) -> list[dict[str, Any]]:
    """The rows of the audit; each says from where, which is left out here."""
    rows = table_rows(store, operator_audit)
    assert all(row["after"].pop("place").keys() == {"host", "tty"} for row in rows)
    return rows


def admitted(store: Store, **values: Any) -> str:
    job = a_job(**values)
    store.admit(job, NO_LIMITS, "ana", {})
    return job.id


def registered(store: Store, **values: Any) -> str:
    worker = a_worker(**values)
    store.register(worker)
    return worker.id


def running(store: Store, worker: str | None = None, **values: Any) -> ClaimedJob:
    """A job that was just claimed: its first three steps run."""
    claimed = store.claim_one(worker or registered(store), admitted(store, **values))
    assert claimed is not None
    return claimed


def a_decision(org: str = "acme") -> DecisionContext:
    return DecisionContext(
        an_id(IdPrefix.DECISION),
        org,
        "Where to grow",
        None,
        None,
        (),
        (Option(an_id(IdPrefix.OPTION), "East"), Option(an_id(IdPrefix.OPTION), "West")),
        NOON,
    )


def tried(
    number: int = 1, *, fails: FailureClass | None = None, usd: float | None = 0.5
) -> TryRecord:
    failure = None
    if fails is not None:
        failure = Failure(fails, "The LLM did not answer in time.", "llm", detail="no answer")
    return TryRecord(number, 0, NOON, NOON + timedelta(seconds=2), Usage(1, cost_usd=usd), failure)


def done(step: str, output: Any = "text", number: int = 1) -> StepEnd:
    return StepEnd(step, StepStatus.DONE, tried(number), output)


def degraded(step: str) -> StepEnd:
    failed = tried(fails=FailureClass.AUTH_FAILURE)
    return StepEnd(step, StepStatus.DEGRADED, failed, reason="no key")


def waiting(step: str, retry_at: datetime, number: int = 1) -> StepEnd:
    failed = tried(number, fails=FailureClass.NETWORK_TIMEOUT)
    return StepEnd(step, StepStatus.WAITING, failed, retry_at=retry_at)


def advance(
    job: ClaimedJob, ended: StepEnd | None = None, *starts: str, shown: Shown = HALF
) -> Advance:
    return Advance(job.id, job.token, shown, ended, starts)


def put_back(
    job: ClaimedJob,
    ended: StepEnd | None = None,
    *,
    event: Any = JobEvent.RELEASE,
    at: datetime | None = None,
) -> PutBack:
    return PutBack(job.id, job.token, event, HALF, ended, at)


def a_result(**values: Any) -> NewResult:
    kind = values.get("kind", ResultKind.PROFILE)
    source = Source(
        id="S1",
        kind=SourceKind.WEBSITE,
        url="https://acme.com",
        title="Acme",
        provider="firecrawl",
        step="scrape-website",
        fetched_at=NOON,
    )
    made = Provenance((source,), "gpt-5", "1", Usage(1, 10, 0, 20, cost_usd=0.5), simulated=True)
    result = NewResult(an_id(kind.prefix), kind, "Acme", {"name": "Acme"}, made)
    return replace(result, **values)


def complete(job: ClaimedJob, *results: NewResult) -> Complete:
    found = results or (a_result(),)
    output = {"competitor_profile_id": found[0].id}
    return Complete(job.id, job.token, done("scrape-website"), output, found)


def fail(job: ClaimedJob, step: str = "scrape-website", number: int = 1) -> Fail:
    detail = {"class": "auth_failure"}
    wrong = tried(number, fails=FailureClass.AUTH_FAILURE)
    return Fail(job.id, job.token, step, wrong, "The key was refused.", detail)


def cancelled(job: ClaimedJob) -> Cancelled:
    return Cancelled(job.id, job.token)


ENDS: dict[str, Callable[[ClaimedJob], Change]] = {
    "completed": complete,
    "failed": fail,
    "cancelled": cancelled,  # where that was asked for
}
