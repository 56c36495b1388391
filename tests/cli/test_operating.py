"""Limits, workers, histories, and what is refused where nothing may be changed."""

import json
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from plinthctl.domain.liveness import SILENT_AFTER_S, WorkerMode
from plinthctl.domain.views import WorkerView
from plinthctl.render import workers
from plinthctl.store import Store
from tests.cli import samples
from tests.cli.conftest import Call
from tests.cli.steered import Jobs
from tests.store.acts import everything, registered

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "a\x1b]0;b\x07[/x] \u202ec\x9b31m\x00d"


@pytest.fixture
def jobs(store: Store, a_pending_job: Callable[..., str]) -> Jobs:
    return Jobs(store, a_pending_job)


def test_the_fullest_limit_comes_first_and_is_marked(call: Call, jobs: Jobs) -> None:
    for user in ("ana", "ana", "ana", "bo"):
        jobs.pending(org="acme", user=user)
    lines = [line.split() for line in call("limits").out.splitlines()]
    assert lines == [
        ["SCOPE", "ID", "ACTIVE", "LIMIT", "USED"],
        ["user", "ana", "3", "3", "3/3", "full"],
        ["org", "acme", "4", "5", "4/5"],
        ["user", "bo", "1", "3", "1/3"],
    ]


def test_limits_of_some_are_shown_whether_they_are_used_or_not(call: Call, jobs: Jobs) -> None:
    jobs.pending(org="acme", user="ana")
    said = call("limits", "--org", "acme", "--user", "nobody", "-o", "json")
    assert said.out == (GOLDEN / "limits.json").read_text()
    assert call("limits", "--decision", "dec_1", "-o", "id").out == "dec_1\n"


def test_named_limits_count(call: Call, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTHCTL_LIMITS_NAMED_ORG", "{acme = 20}")
    jobs.pending(org="acme")
    (told,) = json.loads(call("limits", "--org", "acme", "-o", "json").out)
    assert (told["active"], told["limit"], told["full"]) == (1, 20, False)


def test_nobody_active_is_said(call: Call) -> None:
    said = call("limits")
    assert (said.code, said.out, said.err) == (0, "", "no job is active\n")
    assert call("limits", "-o", "json").out == "[]\n"


def a_worker(**changes: object) -> WorkerView:
    values: dict[str, object] = {
        "id": "wrk_01KAVJ5N3C0ZP4RD8W7Q2K9M4T",
        "name": "blue",
        "host": "box-7",
        "pid": 4242,
        "types": ("competitor_analysis",),
        "slots": 10,
        "started_at": samples.ago(60),
        "beat_at": samples.ago(2),
        "silent_s": 2.0,
        "mode": WorkerMode.BELL,
        "mode_why": None,
        "version": "0.1.0",
        "running": 4,
    }
    return WorkerView(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("worker", "row"),
    [
        pytest.param(
            a_worker(),
            "blue  box-7  4242  competitor_analysis  4/10   2s    0.1.0    told through Redis",
            id="told of its work",
        ),
        pytest.param(
            a_worker(
                mode=WorkerMode.STORE, mode_why="Redis does not answer", silent_s=SILENT_AFTER_S
            ),
            "blue  box-7  4242  competitor_analysis  4/10   15s!  0.1.0    "
            "asks the store: Redis does not answer",
            id="asks the store, and why; its beat is late",
        ),
    ],
)
def test_a_worker_is_a_line(worker: WorkerView, row: str) -> None:
    header, line = (text.plain for text in workers.table([worker], None))
    assert header.split() == ["NAME", "HOST", "PID", "TYPES", "SLOTS", "BEAT", "VERSION", "WORK"]
    assert line == row


def test_the_workers_object_is_as_scripts_know_it() -> None:
    told = json.dumps(workers.worker_object(a_worker()), indent=2)
    assert told + "\n" == (GOLDEN / "worker.json").read_text()


def test_workers_are_listed_with_what_they_run(call: Call, jobs: Jobs, store: Store) -> None:
    assert call("worker", "list").err == "no worker has reported (start one: plinthctl worker)\n"
    jobs.running()
    idle = registered(store, name=HOSTILE)
    told = json.loads(call("worker", "list", "-o", "json").out)
    assert [(one["running"], one["slots"]) for one in told] == [(1, 10), (0, 10)]
    assert call("worker", "list", "-o", "id").out.split()[1] == idle
    shown = call("worker", "list").out
    assert [c for c in shown if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")] == []
    assert "[/x]" in shown


def test_a_history_tells_what_operators_did_and_why(call: Call, jobs: Jobs) -> None:
    job = jobs.pending()
    call("cancel", job, "--reason", "wrong company")
    call("retry", job, "--reason", HOSTILE)
    lines = call("show", job, "--events").out.splitlines()
    assert [line.split()[-1 if "because" in line else 2] for line in lines][:2] == [
        "submitted",
        "cancelled",
    ]
    assert lines[2].endswith("pending → cancelled  because: wrong company")
    assert "cancelled → pending  because: a\ufffd]0;b" in lines[4]
    told = json.loads(call("show", job, "--events", "-o", "json").out)
    kinds = [(one["seq"], one["kind"]) for one in told]
    audit = (None, "audit")
    assert kinds == [(1, "submitted"), (2, "cancelled"), audit, (3, "retried"), audit]
    assert told[4]["data"] == {
        "action": "retry",
        "reason": HOSTILE.replace("\x00", "\ufffd"),
        "host": platform.node(),
        "tty": None,
        "before": {"status": "cancelled"},
        "after": {"status": "pending"},
    }


def test_the_audit_names_machine_and_terminal(
    call: Call, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.ttyname", lambda descriptor: f"/dev/pts/{descriptor}")
    job = jobs.pending()
    call("cancel", job)
    shown = call("show", job, "--events").out.splitlines()[-1]
    assert f" on {platform.node()} /dev/pts/0  pending → cancelled" in shown


CHANGES = [
    ("cancel", "PENDING"),
    ("cancel", "--active", "--yes"),
    ("retry", "FAILED"),
    ("retry", "--failed", "--yes"),
    ("pause", "competitor_analysis"),
    ("resume", "--all"),
]


@pytest.mark.parametrize("words", CHANGES, ids=" ".join)
def test_read_only_refuses_what_would_change_something(
    call: Call, jobs: Jobs, store: Store, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    ids = {"PENDING": jobs.pending(), "FAILED": jobs.failed()}
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    before = everything(store)
    said = call(*(ids.get(word, word) for word in words))
    assert (said.code, said.out) == (5, "")
    assert "read_only is set" in said.err
    assert everything(store) == before


@pytest.mark.parametrize(
    "words", [("limits",), ("worker", "list"), ("cancel", "--active", "--dry-run")], ids=" ".join
)
def test_read_only_lets_one_look(
    call: Call, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    assert call(*words).code == 0
