"""What a follower is told as NDJSON: golden lines, and a whole history told as it was."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import EventView, JobView
from plinthctl.render.happenings import happening, state
from plinthctl.render.jsons import dumps
from plinthctl.store import Store
from tests.cli import samples
from tests.store.acts import admitted, advance, cancelled, done, put_back, running

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "x [/x]\x1b]0;z\x07 \u202e\x00"


def event(seq: int, kind: str, **data: Any) -> EventView:
    return EventView(seq, samples.NOW - timedelta(seconds=10 - seq), kind, None, data)


RUNNING = samples.a_job(event_seq=7)
HISTORY = (
    (samples.pending(event_seq=1), event(1, "submitted", progress=0)),
    (RUNNING, event(2, "claimed", progress=30, steps=["scrape-website", "search-news"])),
    (RUNNING, event(3, "step_done", progress=40, step="scrape-website", **{"try": 1})),
    (RUNNING, event(4, "step_failed", progress=40, step="search-news", message="Exa is down.")),
    (RUNNING, event(5, "waiting", progress=40)),
    (RUNNING, event(6, "claimed", progress=40, steps=["search-news"])),
    (RUNNING, event(7, "step_started", progress=60, step="generate-profile")),
    (samples.completed(event_seq=8), event(8, "completed", progress=100)),
)


def lines(told: Sequence[dict[str, Any]]) -> str:
    return "".join(dumps(one, indent=None) + "\n" for one in told)


def test_a_history_is_told_line_by_line() -> None:
    told = [state(RUNNING), *(happening(job, one) for job, one in HISTORY)]
    golden = GOLDEN / "happenings.ndjson"
    assert lines(told) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("job", "kind", "event_name", "status"),
    [
        (samples.completed(), "completed", "completed", "completed"),
        (samples.failed(), "failed", "failed", "failed"),
        (samples.failed(), "expired", "failed", "failed"),
        (samples.failed(), "worker_lost", "failed", "failed"),
        (samples.completed(status=JobStatus.CANCELLED), "cancelled", "cancelled", "cancelled"),
        (samples.a_job(), "cancel_requested", "progress", "running"),
        (samples.pending(), "retried", "progress", "pending"),
    ],
)
def test_an_end_is_told_by_its_status_and_all_else_is_progress(
    job: JobView, kind: str, event_name: str, status: str
) -> None:
    told = happening(job, event(job.event_seq, kind))
    assert (told["event"], told["kind"], told["status"]) == (event_name, kind, status)


def test_the_newest_event_is_told_with_what_the_row_says() -> None:
    job = samples.failed(event_seq=9, status_message=None, step=None)
    told = happening(job, event(9, "failed"))
    assert (told["progress"], told["message"]) == (50, None)
    assert told["error"] == "Failed after 3 retries: Exa did not answer."


def test_a_step_that_nobody_knows_any_more_has_no_message() -> None:
    told = happening(RUNNING, event(3, "step_done", step="a-step-of-an-older-version"))
    assert (told["step"], told["message"], told["progress"]) == (
        "a-step-of-an-older-version",
        None,
        60,
    )
    unknown = samples.a_job(type="brewing", event_seq=7)
    assert happening(unknown, event(3, "step_done", step="scrape-website"))["message"] is None


def test_hostile_words_are_escaped_and_not_lost() -> None:
    told = happening(RUNNING, event(3, "step_failed", step="search-news", message=HOSTILE))
    (line,) = lines([told]).splitlines()
    assert line.isascii()
    assert "\x1b" not in line
    assert json.loads(line)["message"] == HOSTILE


def test_a_real_history_is_told_with_the_status_that_each_event_has_brought(store: Store) -> None:
    first = running(store)
    store.apply(advance(first, done("scrape-website"), "generate-profile"))
    store.apply(put_back(first))
    again = store.claim_one(_worker_of(store), first.id)
    assert again is not None
    store.request_cancel(first.id, "ana", "enough")
    store.apply(cancelled(again))
    (only,) = store.news({first.id: 0})
    told = [happening(only.job, one) for one in only.events]
    assert [(one["seq"], one["kind"], one["status"]) for one in told] == [
        (1, "submitted", "pending"),
        (2, "claimed", "running"),
        (3, "step_done", "running"),
        (4, "step_started", "running"),
        (5, "released", "pending"),
        (6, "claimed", "running"),
        (7, "cancel_requested", "running"),
        (8, "cancelled", "cancelled"),
    ]
    assert told[-1]["status"] == only.job.status
    # A run that begins anew shows less begun work than the one before; no number is made up.
    assert [one["progress"] for one in told[:4]] == [0, 30, 50, 50]


def _worker_of(store: Store) -> str:
    (worker,) = store.workers()
    return worker.id


def test_a_job_that_nobody_has_seen_is_told_as_it_is(store: Store) -> None:
    job_id = admitted(store)
    (only,) = store.news({job_id: None})
    told = state(only.job)
    assert (told["job"], told["seq"], told["kind"]) == (job_id, 1, "state")
    assert (told["event"], told["status"], told["progress"]) == ("progress", "pending", 0)
