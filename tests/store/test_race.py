"""Processes that write at the same instant: what holds for one holds for all."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.admission import Admitted
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.restart import Start
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, WrongState
from plinthctl.store import Store, open_store, postgres, upgrade_store
from tests.store.acts import (
    ADDING,
    NO_LIMITS,
    TYPE,
    a_decision,
    admitted,
    job_row,
    kinds,
    registered,
    set_job,
)
from tests.store.racers import Racers, racers
from tests.stores import Postgres, a_job

SUBMITTERS = 20
ROUNDS = 50
BATCH_ROUNDS = KEY_ROUNDS = LATE_ROUNDS = 5
ORGS = tuple(f"org-{letter}" for letter in "abcdefghij")
WRITERS, WRITES_EACH = 8, 100
CLAIMERS, CLAIM_ROUNDS = 30, 5
Refusal = list[dict[str, object]]


def submit(store: Store, job: NewJob) -> Refusal | None:
    """The full scopes that refused the job; None: it was accepted."""
    try:
        store.admit(job, Limits(), "ana", {})
    except LimitReached as refused:
        return refused.details["full"]  # type: ignore[no-any-return]
    return None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.new_store()
    made = f"sqlite:///{tmp_path_factory.mktemp('race') / 'plinthctl.db'}"
    upgrade_store(made)
    return made


@pytest.fixture(scope="module")
def shared(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture(scope="module")
def processes(url: str) -> Iterator[Racers]:
    with racers(url, CLAIMERS) as ready:
        yield ready


def hold(store: Store, processes: Racers, scope: str, places: int, jobs: list[NewJob]) -> None:
    """Exactly as many get in as the scope allows; the rest learn who holds it."""
    answers = processes.race(submit, jobs)
    accepted = [job.id for job, answer in zip(jobs, answers, strict=True) if answer is None]
    refusals = [answer for answer in answers if answer is not None]
    assert (len(accepted), len(refusals)) == (places, SUBMITTERS - places)
    for full in refusals:
        assert [(one["scope"], one["active"]) for one in full] == [(scope, sorted(accepted))]
    for job_id in accepted:
        store.request_cancel(job_id, "ana", None)


def test_twenty_users_of_one_organisation_get_five_places(shared: Store, processes: Racers) -> None:
    for _ in range(ROUNDS):
        hold(shared, processes, "org", 5, [a_job(org="acme") for _ in range(SUBMITTERS)])


def test_one_user_gets_three_places(shared: Store, processes: Racers) -> None:
    for _ in range(ROUNDS):
        hold(shared, processes, "user", 3, [a_job(user="ana") for _ in range(SUBMITTERS)])


def test_one_decision_with_twenty_users_gets_two_places(shared: Store, processes: Racers) -> None:
    decision = a_decision()
    shared.add_decision(decision, ADDING)
    for _ in range(ROUNDS):
        jobs = [a_job(decision=decision.id) for _ in range(SUBMITTERS)]
        hold(shared, processes, "decision", 2, jobs)


def test_places_of_jobs_that_nobody_took_in_time_are_given_away_once(
    shared: Store, processes: Racers
) -> None:
    for _ in range(LATE_ROUNDS):
        late = [admitted(shared, org="acme") for _ in range(5)]
        for job_id in late:
            set_job(shared, job_id, available_at=shared.now() - timedelta(minutes=6))
        hold(shared, processes, "org", 5, [a_job(org="acme") for _ in range(SUBMITTERS)])
        assert [kinds(shared, job_id) for job_id in late] == [["submitted", "expired"]] * 5


def test_every_full_scope_is_named_when_several_are(shared: Store, processes: Racers) -> None:
    jobs = [a_job(org="acme", user="ana") for _ in range(SUBMITTERS)]
    answers = processes.race(submit, jobs)
    accepted = sorted(job.id for job, answer in zip(jobs, answers, strict=True) if not answer)
    for full in filter(None, answers):
        assert [(one["scope"], one["active"]) for one in full] == [("user", accepted)]
    fourth = a_job(org="acme", user="bo")
    shared.admit(fourth, NO_LIMITS, "bo", {})
    shared.admit(fifth := a_job(org="acme", user="bo"), NO_LIMITS, "bo", {})
    (full, *_) = processes.race(submit, [a_job(org="acme", user="ana") for _ in range(SUBMITTERS)])
    assert [one["scope"] for one in full] == ["org", "user"]
    for job_id in (*accepted, fourth.id, fifth.id):
        shared.request_cancel(job_id, "ana", None)


def submit_batch(store: Store, batch: list[NewJob]) -> list[str | None]:
    """The ids of those that were accepted. A deadlock is an error, not a reason
    to try again."""
    postgres.TRIES = 1  # type: ignore[misc]
    outcomes = store.admit_all(batch, Limits(user=100), "ana", {})
    return [one.job_id if isinstance(one, Admitted) else None for one in outcomes]


def test_batches_that_cross_fill_each_organisation_and_none_waits_for_another(
    shared: Store, processes: Racers
) -> None:
    for _ in range(BATCH_ROUNDS):
        batches = [[a_job(org=org) for org in shuffled(ORGS)] for _ in range(SUBMITTERS)]
        answers = processes.race(submit_batch, batches)
        accepted = {job_id for answer in answers for job_id in answer if job_id}
        where = Counter(job.org for batch in batches for job in batch if job.id in accepted)
        assert where == dict.fromkeys(ORGS, Limits().org)
        for job_id in accepted:
            shared.request_cancel(job_id, "ana", None)


def shuffled(words: tuple[str, ...]) -> list[str]:
    return random.sample(words, len(words))


def test_submits_that_race_with_one_key_make_one_job(shared: Store, processes: Racers) -> None:
    for n in range(KEY_ROUNDS):
        batches = [[a_job(org="acme", user="ana", key=f"k{n}")] for _ in range(SUBMITTERS)]
        answers = processes.race(submit_batch, batches)
        (job_id,) = {job_id for answer in answers for job_id in answer}
        assert shared.count(JobQuery(orgs=("acme",), statuses=ACTIVE)) == 1
        shared.request_cancel(str(job_id), "ana", None)


def claim(store: Store, order: tuple[str, str]) -> int:
    return 0 if store.claim_one(*order) is None else 1


def claim_any(store: Store, order: tuple[str, str]) -> int:
    return len(store.claim(order[0], [TYPE], 1))


@pytest.mark.parametrize("by_id", [True, False], ids=["one job by its id", "the oldest due"])
def test_of_thirty_claims_at_once_one_wins(shared: Store, processes: Racers, by_id: bool) -> None:
    workers = [registered(shared) for _ in range(CLAIMERS)]
    for _ in range(CLAIM_ROUNDS):
        end_all(shared)
        job = admitted(shared)
        orders = [(worker, job) for worker in workers]
        assert sum(processes.race(claim if by_id else claim_any, orders)) == 1
        assert job_row(shared, job)["claim_token"] == 1


def end_all(store: Store) -> None:
    pending = JobQuery(statuses=frozenset({JobStatus.PENDING}), limit=None)
    for job in store.jobs(pending):
        store.request_cancel(job.id, "ana", None)


def submit_many(store: Store, count: int) -> int:
    return sum(store.admit(a_job(org="busy"), NO_LIMITS, "ana", {}) for _ in range(count))


def test_eight_processes_that_write_at_once_lose_no_write(shared: Store, processes: Racers) -> None:
    written = processes.race(submit_many, [WRITES_EACH] * WRITERS)
    assert written == [WRITES_EACH] * WRITERS  # none was refused as busy or locked
    assert shared.count(JobQuery(orgs=("busy",))) == WRITERS * WRITES_EACH


def retry(store: Store, job: str) -> Refusal | None:
    """The full scopes that refused the retry; None: the job is pending again."""
    try:
        store.retry(job, Start(), Act("ana", "retry"), Limits(), {})
    except LimitReached as refused:
        return refused.details["full"]  # type: ignore[no-any-return]
    return None


def ask_for_a_place(store: Store, asked: NewJob | str) -> Refusal | None:
    return retry(store, asked) if isinstance(asked, str) else submit(store, asked)


def test_retries_and_submits_share_the_places(shared: Store, processes: Racers) -> None:
    end_all(shared)
    cancelled = [admitted(shared, org="acme") for _ in range(SUBMITTERS // 2)]
    for _ in range(ROUNDS // 5):
        end_all(shared)
        new = [a_job(org="acme") for _ in range(SUBMITTERS // 2)]
        asked: list[NewJob | str] = [
            one for pair in zip(cancelled, new, strict=True) for one in pair
        ]
        answers = processes.race(ask_for_a_place, asked)
        assert answers.count(None) == 5
        active = {job.id for job in shared.jobs(JobQuery(statuses=ACTIVE, orgs=("acme",)))}
        for full in filter(None, answers):
            assert [(one["scope"], set(one["active"])) for one in full] == [("org", active)]


def test_of_twenty_retries_at_once_one_wins(shared: Store, processes: Racers) -> None:
    end_all(shared)
    job = admitted(shared)
    for number in range(1, ROUNDS // 5):
        end_all(shared)
        answers = processes.race(retried_or_not, [job] * SUBMITTERS)
        assert sum(answers) == 1
        assert job_row(shared, job)["round"] == number


def retried_or_not(store: Store, job: str) -> bool:
    try:
        return retry(store, job) is None
    except WrongState:
        return False
