"""What a one-shot sweep concludes from what it saw."""

from datetime import UTC, datetime, timedelta

import pytest

from plinthctl.domain.expiry import Expiry, Retention
from plinthctl.domain.failures import EndCode
from plinthctl.domain.job import JobStatus
from plinthctl.domain.reaping import (
    Absence,
    Age,
    Deed,
    Finding,
    Gone,
    Lateness,
    Orphan,
    Overdue,
    Sum,
    Witness,
    absence,
    condemned,
    fate_of_orphan,
    fate_of_overdue,
    lateness,
    looked_in_time,
    seen_twice,
    suspects,
    watched_enough,
)
from plinthctl.domain.runs import Neighbour

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPE = "competitor_analysis"


def a_witness(name: str, beats: int, silent_s: float = 60.0) -> Witness:
    return Witness(Neighbour(name, beats, None, None), name, "here", silent_s)


def an_overdue(status: JobStatus, token: int = 1, *, asked: bool = False) -> Overdue:
    return Overdue("job_1", TYPE, token, status, NOON, asked)


@pytest.mark.parametrize(
    ("silent_s", "suspected"),
    [
        pytest.param(0.0, False, id="just heard of"),
        pytest.param(14.9, False, id="nearly 15 s: it may be slow"),
        pytest.param(15.0, True, id="15 s: watched"),
    ],
)
def test_who_was_not_heard_of_for_15_s_is_watched(silent_s: float, suspected: bool) -> None:
    assert suspects([a_witness("a", 7, silent_s)]) == ({"a": 7} if suspected else {})


@pytest.mark.parametrize(
    ("second", "gone"),
    [
        pytest.param([a_witness("a", 7)], ["a"], id="its counter stands still"),
        pytest.param([a_witness("a", 8)], [], id="it has beaten"),
        pytest.param([a_witness("b", 7)], [], id="another, who was not watched"),
        pytest.param([], [], id="it has left by itself"),
    ],
)
def test_only_a_counter_that_stood_still_condemns(second: list[Witness], gone: list[str]) -> None:
    assert [w.id for w in condemned({"a": 7}, second)] == gone


@pytest.mark.parametrize(
    ("took_s", "counts"),
    [
        pytest.param(1.0, True, id="1 s"),
        pytest.param(3.0, True, id="a little late"),
        pytest.param(3.1, False, id="held up itself"),
        pytest.param(30_000.0, False, id="a night's sleep between the looks"),
    ],
)
def test_a_judge_that_was_held_up_has_seen_nothing(took_s: float, counts: bool) -> None:
    assert looked_in_time(took_s) is counts


@pytest.mark.parametrize(
    ("passed_s", "silent", "late", "enough"),
    [
        pytest.param(10.9, True, False, False, id="a beat may wait for its turn yet"),
        pytest.param(11.0, True, False, True, id="a beat's 5 s, 5 s for its turn, and a look"),
        pytest.param(1.0, False, False, True, id="all have beaten: over at once"),
        pytest.param(5.9, False, True, False, id="but a late run's worker may have woken up"),
        pytest.param(6.0, False, True, True, id="and has beaten after 6 s"),
        pytest.param(6.0, True, True, False, id="who is silent has more time than a run"),
    ],
)
def test_a_watch_lasts_until_whoever_lives_must_have_beaten(
    passed_s: float, silent: bool, late: bool, enough: bool
) -> None:
    assert watched_enough(passed_s, silent=silent, runs_are_late=late) is enough


@pytest.mark.parametrize(
    ("status", "first", "ends"),
    [
        pytest.param(JobStatus.PENDING, [], True, id="a waiting job: at once"),
        pytest.param(JobStatus.RUNNING, [1], True, id="a run that was late before"),
        pytest.param(JobStatus.RUNNING, [], False, id="a run that is late only now"),
        pytest.param(JobStatus.RUNNING, [0], False, id="another run of the job was late"),
    ],
)
def test_a_run_is_ended_when_it_was_late_twice(
    status: JobStatus, first: list[int], ends: bool
) -> None:
    before = [an_overdue(status, token) for token in first]
    assert bool(seen_twice(before, [an_overdue(status)])) is ends


@pytest.mark.parametrize(
    ("losses", "asked", "fate", "wait_s"),
    [
        pytest.param(0, False, (Deed.REQUEUE, "worker_gone"), 0.0, id="first loss: at once"),
        pytest.param(1, False, (Deed.REQUEUE, "worker_gone"), 30.0, id="second: after 30 s"),
        pytest.param(2, False, (Deed.FAIL, EndCode.WORKER_LOST), None, id="third: it fails"),
        pytest.param(2, True, (Deed.CANCEL, "cancel_requested"), None, id="a cancel was asked for"),
    ],
)
def test_what_becomes_of_an_orphan(
    losses: int, asked: bool, fate: tuple[Deed, str], wait_s: float | None
) -> None:
    orphan = Orphan("job_1", TYPE, 1, losses, asked, "wrk_1", "host-7")
    assert fate_of_orphan(orphan) == fate
    why = absence(orphan, Gone.DEAD)
    assert (why.loss, why.wait_s) == (losses + 1, wait_s)


@pytest.mark.parametrize(
    ("late", "fate", "at_most"),
    [
        pytest.param(
            an_overdue(JobStatus.PENDING), (Deed.FAIL, EndCode.EXPIRED_IN_QUEUE), 5, id="waiting"
        ),
        pytest.param(
            an_overdue(JobStatus.RUNNING), (Deed.FAIL, EndCode.EXPIRED_RUNNING), 10, id="running"
        ),
        pytest.param(
            an_overdue(JobStatus.RUNNING, asked=True),
            (Deed.CANCEL, "cancel_requested"),
            10,
            id="running, a cancel was asked for",
        ),
    ],
)
def test_what_becomes_of_what_is_late(late: Overdue, fate: tuple[Deed, str], at_most: int) -> None:
    assert fate_of_overdue(late) == fate
    assert lateness(late, Expiry()) == Lateness(NOON, timedelta(minutes=at_most))


@pytest.mark.parametrize("status", sorted(set(JobStatus)))
def test_only_what_has_ended_has_a_retention(status: JobStatus) -> None:
    if status in {JobStatus.PENDING, JobStatus.RUNNING}:
        with pytest.raises(ValueError, match="until it has ended"):
            Retention().of(status)
    else:
        assert Retention().of(status).days == (30 if status is JobStatus.COMPLETED else 7)


def test_a_sum_counts_by_what_things_were_and_became() -> None:
    gone, late = Absence("wrk_1", "host-7", Gone.DEAD), Lateness(NOON, timedelta(minutes=5))
    total = Sum()
    assert total.nothing
    for one in (
        Finding(Deed.RETIRE, "wrk_1", "worker_dead", gone),
        Finding(Deed.REQUEUE, "job_1", "worker_gone", gone, TYPE, JobStatus.RUNNING),
        Finding(Deed.FAIL, "job_2", EndCode.WORKER_LOST, gone, TYPE, JobStatus.RUNNING),
        Finding(Deed.FAIL, "job_3", EndCode.EXPIRED_IN_QUEUE, late, TYPE, JobStatus.PENDING),
        Finding(
            Deed.PURGE, "job_4", "retention", Age(NOON, timedelta(7)), TYPE, JobStatus.COMPLETED
        ),
        Finding(Deed.STOP, "bell", "no_worker", None),
    ):
        total.add(one)
    assert (total.workers, total.recovered, total.stuck) == (
        ["wrk_1"],
        ["job_1", "job_2"],
        ["job_3"],
    )
    assert total.recovered_to == {Deed.REQUEUE: 1, Deed.FAIL: 1}
    assert (total.stuck_to, total.stuck_from) == ({Deed.FAIL: 1}, {JobStatus.PENDING: 1})
    assert total.purged == {JobStatus.COMPLETED: 1}
    assert total.bell_stopped
    assert not total.nothing
