"""Submitting: jobs are let in once, however often the store must be asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from plinthctl.domain.admission import Admitted, Outcome
from plinthctl.domain.limits import Limits
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, OutcomeUnknown, ReadOnly
from plinthctl.services.submit import Submit
from plinthctl.store import Store
from tests.cli import samples
from tests.stores import a_job


class Deaf:
    """A store whose answers to a commit are lost so many times."""

    def __init__(self, lost: int) -> None:
        self.asked: list[list[str]] = []
        self._lost = lost

    def admit_all(self, batch: Sequence[NewJob], *_: object) -> tuple[Outcome, ...]:
        self.asked.append([job.id for job in batch])
        if len(self.asked) <= self._lost:
            raise OutcomeUnknown("the answer was lost")
        return tuple(Admitted(job.id) for job in batch)

    def admit_one(self, job: NewJob, *_: object) -> tuple[Outcome, object]:
        (outcome,) = self.admit_all([job])
        return outcome, samples.pending(id=job.id)


def door(store: object, *, read_only: bool = False, limits: Limits | None = None) -> Submit:
    return Submit(store, limits or Limits(), "ana", read_only)  # type: ignore[arg-type]


def test_a_lost_answer_is_asked_again_for_the_same_job() -> None:
    store, job = Deaf(lost=2), a_job()
    assert door(store).admit(job).job.id == job.id
    assert store.asked == [[job.id]] * 3


def test_a_lost_answer_is_asked_again_for_the_same_batch() -> None:
    store, batch = Deaf(lost=1), [a_job(), a_job()]
    ids = [job.id for job in batch]
    assert door(store).admit_all(batch) == tuple(Admitted(job_id) for job_id in ids)
    assert store.asked == [ids, ids]


def test_an_answer_that_stays_lost_is_told() -> None:
    store, job = Deaf(lost=9), a_job()
    with pytest.raises(OutcomeUnknown, match=f"nobody can say whether {job.id} was stored") as lost:
        door(store).admit(job)
    assert lost.value.why == "the answer was lost"
    assert (lost.value.fix or "").endswith(f"plinthctl show {job.id}")
    assert len(store.asked) == 3


def test_read_only_asks_no_store() -> None:
    store = Deaf(lost=0)
    with pytest.raises(ReadOnly):
        door(store, read_only=True).admit(a_job())
    assert store.asked == []


def test_those_who_listen_are_told_after_a_batch() -> None:
    rung: list[bool] = []
    store = Deaf(lost=0)
    submit = Submit(store, Limits(), "ana", ring=lambda: rung.append(bool(store.asked)))  # type: ignore[arg-type]
    submit.admit_all([a_job(), a_job()])
    assert rung == [True]


def test_a_key_that_has_made_a_job_gives_that_job_back(store: Store) -> None:
    first, second = (replace(a_job(org="acme"), key="nightly") for _ in range(2))
    made, again = door(store).admit(first), door(store).admit(second)
    assert (made.job.id, made.existing) == (first.id, False)
    assert (again.job.id, again.existing) == (first.id, True)


def test_a_refusal_of_one_job_is_an_error(store: Store) -> None:
    with pytest.raises(LimitReached):
        door(store, limits=Limits(org=0)).admit(a_job())


def test_a_rehearsal_finds_out_and_stores_nothing(store: Store) -> None:
    job = a_job()
    assert door(store).rehearse(job) == Admitted(job.id)
    assert store.job(job.id) is None
    with pytest.raises(LimitReached):
        door(store, limits=Limits(org=0)).rehearse(job)
    rehearsed = door(store).rehearse_all([job, a_job()], Counter())
    assert all(isinstance(one, Admitted) for one in rehearsed.outcomes)
