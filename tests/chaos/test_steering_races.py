"""Retries by hand that race with retries, cancels, expiry, recovery and a worker.

Whoever wins, a job's history is one legal life: each end is told once, each retry
follows an end, and nothing leaves completed. PLINTH_SEED repeats a run.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.expiry import Expiry
from plinthctl.domain.job import FINAL, JobEvent, JobStatus, after
from plinthctl.domain.restart import Start
from plinthctl.domain.runs import Answer
from plinthctl.errors import WrongState
from plinthctl.store import Store
from plinthctl.store.tables import job_ends, job_events
from tests.chaos.histories import detail_of, is_dense
from tests.chaos.length import RACES, SEED
from tests.store.acts import (
    NO_LIMITS,
    admitted,
    advance,
    complete,
    done,
    fail,
    job_row,
    registered,
    running,
    table_rows,
)
from tests.store.racers import Racers, racers

RACERS: Final = 5
APART_S: Final = 0.004  # at most, between the first and the last to begin
AT_ONCE: Final = Expiry(pending_for=timedelta(0), running_for=timedelta(0))
ENDINGS: Final = {
    JobEvent.COMPLETE,
    JobEvent.FAIL,
    JobEvent.CANCEL,
    JobEvent.EXPIRE,
    JobEvent.LOSE,
}
Order = tuple[str, str, int, float]  # what to do, to which job, its token before, when (s)


def retry(store: Store, job_id: str, _token: int) -> str:
    return _retried(store, job_id, Start())


def retry_fresh(store: Store, job_id: str, _token: int) -> str:
    return _retried(store, job_id, Start(fresh=True))


def _retried(store: Store, job_id: str, start: Start) -> str:
    store.retry(job_id, start, Act("bo", "retry"), NO_LIMITS, {})
    return "retried"


def cancel(store: Store, job_id: str, _token: int) -> str:
    return store.request_cancel(job_id, "ana", None).how.value


def expire(store: Store, _job_id: str, _token: int) -> str:
    return "expired" if store.expire(AT_ONCE) else "nothing"


def recover(store: Store, job_id: str, token: int) -> str:
    swept = store.recover(job_id, token)
    return "nothing" if swept is None else swept.event.value


def run(store: Store, job_id: str, _token: int) -> str:
    """A worker that takes the job, if it is there to take, and completes it."""
    job = store.claim_one(registered(store), job_id)
    if job is None:
        return "nothing"
    return "completed" if store.apply(complete(job)) is Answer.HELD else "stopped"


ACTS: Final = {act.__name__: act for act in (retry, retry_fresh, cancel, expire, recover, run)}


def act(store: Store, order: Order) -> str:
    name, job_id, token, after_s = order
    time.sleep(after_s)
    try:
        return ACTS[name](store, job_id, token)
    except WrongState:
        return "refused"


def orphan(store: Store) -> str:
    """A running job that has one stored step, and whose worker is gone."""
    worker = registered(store)
    job = running(store, worker)
    store.apply(advance(job, done("scrape-website")))
    store.retire(worker)
    return job.id


def asked(store: Store) -> str:
    """The same, and its end was asked for."""
    job_id = orphan(store)
    store.request_cancel(job_id, "ana", None)
    return job_id


def failed(store: Store) -> str:
    job = running(store)
    store.apply(fail(job))
    return job.id


def cancelled(store: Store) -> str:
    job_id = admitted(store)
    store.request_cancel(job_id, "ana", None)
    return job_id


BEGINNINGS: Final[tuple[Callable[[Store], str], ...]] = (
    failed,
    failed,  # most of what is retried has failed
    cancelled,
    orphan,
    asked,
    admitted,
)


@pytest.fixture
def processes(store_url: str) -> Iterator[Racers]:
    with racers(store_url, RACERS) as ready:
        yield ready


@pytest.mark.timeout(RACES + 120)
def test_whoever_wins_a_job_has_one_life(store: Store, processes: Racers) -> None:
    sys.stderr.write(f"to repeat: PLINTH_SEED={SEED}\n")
    seen: Counter[str] = Counter()
    for number in range(RACES):
        dice = random.Random(f"{SEED}:{number}")
        job_id = dice.choice(BEGINNINGS)(store)
        token = job_row(store, job_id)["claim_token"]
        names = ["retry", *dice.choices(sorted(ACTS), k=RACERS - 1)]
        orders = [(name, job_id, token, dice.random() * APART_S) for name in names]
        answers = processes.race(act, orders)
        told = f"race {number}: {list(zip(names, answers, strict=True))}"
        assert _retries(store, job_id) == answers.count("retried"), told
        _end(store, job_id)
        _is_one_life(store, job_id, told)
        seen.update(answers)
    # The races were races: each of these was won and lost.
    assert {"retried", "refused", "completed", "expired"} <= set(seen), seen


def _retries(store: Store, job_id: str) -> int:
    return job_row(store, job_id)["round"]


def _end(store: Store, job_id: str) -> None:
    """Bring the job to its end, wherever the race has left it."""
    row = job_row(store, job_id)
    if row["status"] == JobStatus.RUNNING:
        store.retire(row["worker_id"])
        store.recover(job_id, row["claim_token"])
    if JobStatus(job_row(store, job_id)["status"]) not in FINAL:
        store.request_cancel(job_id, "ana", None)


def _is_one_life(store: Store, job_id: str, told: str) -> None:
    detail = detail_of(store, job_id)
    is_dense(detail)
    status, tokens = JobStatus.PENDING, [0]
    for event in table_rows(store, job_events, job_id=job_id):
        if event["kind"] in set(JobEvent):
            status = after(status, JobEvent(event["kind"]))  # refuses what is illegal
        tokens.append(event["token"])
    assert (detail.job.status, detail.job.ended) == (status, True), told
    assert tokens == sorted(tokens), told
    ends = [event.kind for event in detail.events if event.kind in ENDINGS]
    assert len(ends) == detail.job.round + 1, told
    assert len(table_rows(store, job_ends, job_id=job_id)) == len(ends), told
    assert len(detail.results) == (status is JobStatus.COMPLETED), told
