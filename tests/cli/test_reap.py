"""`reap` as cron and people call it: what it says, and that nothing needs a hand after it."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.services.life import boot_id
from plinthctl.store import Store
from tests.broker.crew import crew_at
from tests.cli.conftest import Call
from tests.e2e.program import wait_for
from tests.envelopes import SentryServer, absent_server, hanging_server, sentry
from tests.nursery import PROGRAM
from tests.store.acts import admitted, kinds, registered, running, set_job
from tests.stores import an_id

__all__ = ["sentry"]

MANY = 120
FINAL = {"expired", "worker_lost", "cancelled", "completed", "failed"}


@pytest.fixture
def late(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Jobs that have waited too long; what waits for less is in time."""

    def make(count: int) -> list[str]:
        long_ago = store.now() - timedelta(minutes=6)
        return [admitted(store, available_at=long_ago) for _ in range(count)]

    return make


def everything(store: Store, folder: Path, late: Callable[[int], list[str]]) -> dict[str, str]:
    """A job for each rule; its id by what becomes of it."""
    worker_id = an_id(IdPrefix.WORKER)
    (life := folder / f"{worker_id}.life").touch()
    dead = registered(store, id=worker_id, name="host-7", boot_id=boot_id(), life_file=str(life))
    orphan, third = running(store, dead).id, running(store, dead).id
    set_job(store, third, losses=2)
    (waited,) = late(1)
    long_ago = store.now() - timedelta(days=31)
    set_job(store, done := admitted(store), status="completed", completed_at=long_ago)
    return {"worker": dead, "orphan": orphan, "third": third, "waited": waited, "done": done}


def test_a_rehearsal_lists_each_thing_with_its_rule_and_its_evidence(
    call: Call, store: Store, late: Callable[[int], list[str]], tmp_path: Path
) -> None:
    made = everything(store, tmp_path, late)
    said = call("reap", "--dry-run")
    header, *rows = said.out.splitlines()
    assert header.split() == ["DO", "WHAT", "TYPE", "RULE", "WHY"]
    told = {(row.split()[0], row.split()[1]): row for row in rows}
    worker = told["retire", made["worker"]]
    assert "worker_dead" in worker
    assert "worker host-7: its process is dead" in worker
    assert "loss 1 in a row" in told["requeue", made["orphan"]]
    assert "worker_lost" in told["fail", made["third"]]
    assert "at most 5m" in told["fail", made["waited"]]
    assert "kept 30d" in told["purge", made["done"]]
    assert said.err.startswith("reap would do: 1 worker gone; 2 recovered (1 back in the queue, 1")
    assert len(rows) == 5
    assert store.job(made["done"]) is not None


def test_a_sweep_is_one_line(
    call: Call, store: Store, late: Callable[[int], list[str]], tmp_path: Path
) -> None:
    everything(store, tmp_path, late)
    said = call("reap")
    line = (
        "reap: 1 worker gone; 2 recovered (1 back in the queue, 1 failed); "
        "1 stuck failed (1 pending >5m); 1 purged (1 completed >30d); "
    )
    assert said.out.startswith(line)
    assert (said.code, said.out.count("\n"), said.err) == (0, 1, "")
    assert call("reap").out.startswith("reap: nothing to do; ")


def test_quiet_says_nothing_whatever_it_did(call: Call, late: Callable[[int], list[str]]) -> None:
    late(1)
    for _ in range(2):
        said = call("reap", "-q")
        assert (said.code, said.out, said.err) == (0, "", "")


def test_a_rehearsal_and_the_sweep_say_the_same(
    call: Call, store: Store, late: Callable[[int], list[str]], tmp_path: Path
) -> None:
    everything(store, tmp_path, late)
    rehearsed, done = (
        json.loads(call("reap", *flags, "-o", "json").out) for flags in (("--dry-run",), ())
    )
    assert (rehearsed.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert rehearsed.pop("took_s") >= 0 <= done.pop("took_s")
    assert rehearsed == done


def test_the_json_is_as_scripts_know_it(
    call: Call, store: Store, late: Callable[[int], list[str]], tmp_path: Path
) -> None:
    made = everything(store, tmp_path, late)
    told = json.loads(call("reap", "-o", "json").out)
    findings = {one["what"]: one for one in told.pop("findings")}
    del told["took_s"]
    assert told == {
        "stuck": {
            "pending": 1,
            "running": 0,
            "failed": 1,
            "cancelled": 0,
            "jobs": [made["waited"]],
        },
        "requeued": 1,
        "recovered": {
            "workers": [made["worker"]],
            "failed": 1,
            "cancelled": 0,
            "jobs": [made["orphan"], made["third"]],
        },
        "purged": {"completed": 1, "failed": 0, "cancelled": 0},
        "bell_stopped": False,
        "alerts": [],
        "dry_run": False,
    }
    assert findings[made["orphan"]] == {
        "do": "requeue",
        "what": made["orphan"],
        "type": "competitor_analysis",
        "status": "running",
        "rule": "worker_gone",
        "evidence": {
            "worker": made["worker"],
            "worker_name": "host-7",
            "gone": "dead",
            "loss": 1,
            "wait_s": 0.0,
        },
    }
    since = findings[made["waited"]]["evidence"].pop("since")
    assert since.endswith("Z")
    assert findings[made["waited"]]["evidence"] == {"at_most_s": 300.0}
    assert findings[made["done"]]["evidence"]["kept_for_s"] == 30 * 86400


@pytest.mark.parametrize(
    ("chores", "ended"),
    [
        pytest.param("retention,bell", False, id="others"),
        pytest.param("requeue", False, id="only giving back"),
        pytest.param("stuck", True, id="this one"),
    ],
)
def test_only_the_named_chores_are_done(
    call: Call, store: Store, late: Callable[[int], list[str]], chores: str, ended: bool
) -> None:
    (job_id,) = late(1)
    assert call("reap", "--only", chores).code == 0
    job = store.job(job_id)
    assert job is not None
    assert job.ended is ended


def test_a_misspelt_chore_is_told(call: Call) -> None:
    said = call("reap", "--only", "stuk")
    assert (said.code, said.out) == (2, "")
    assert "did you mean stuck?" in said.err


def test_two_at_once_share_the_work(store: Store, late: Callable[[int], list[str]]) -> None:
    ids = set(late(MANY))
    told = [json.loads(_out(one)) for one in [_start("-o", "json"), _start("-o", "json")]]
    shares = [set(one["stuck"]["jobs"]) for one in told]
    assert shares[0] | shares[1] == ids
    assert shares[0] & shares[1] == set()
    assert {_finals(store, job_id) for job_id in ids} == {("expired",)}


def test_one_that_is_killed_half_way_leaves_nothing_to_a_hand(
    store: Store, late: Callable[[int], list[str]]
) -> None:
    ids = late(MANY * 3)
    first = _start()
    ended = JobQuery(statuses=frozenset({JobStatus.FAILED}))
    wait_for(lambda: store.count(ended) or None, "the first is ended")
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    left = len(ids) - store.count(ended)
    assert _out(_start("-q")) == ""
    assert {_finals(store, job_id) for job_id in ids} == {("expired",)}
    assert 0 < left < len(ids)


def _start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([*PROGRAM, "reap", *arguments], stdout=subprocess.PIPE, text=True)


def _out(sweep: "subprocess.Popen[str]") -> str:
    out, _ = sweep.communicate(timeout=60)
    assert sweep.returncode == 0
    return out


def _finals(store: Store, job_id: str) -> tuple[str, ...]:
    return tuple(kind for kind in kinds(store, job_id) if kind in FINAL)


@pytest.fixture
def short_home() -> Iterator[Path]:
    # A socket's path must be short, and pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="plinthctl-reap-") as folder:
        yield Path(folder)


def test_an_orphaned_bell_is_stopped_and_one_in_use_is_not(piped: Call, short_home: Path) -> None:
    env: Mapping[str, Any] = {**os.environ, "XDG_DATA_HOME": str(short_home)}
    only_bell = ("reap", "--only", "bell", "-o", "json")
    with crew_at(short_home / "plinthctl") as crew:
        worker, _ = crew.joined()
        assert not json.loads(piped(*only_bell, env=env).out)["bell_stopped"]  # type: ignore[arg-type]
        worker.kill()
        assert json.loads(piped(*only_bell, "--dry-run", env=env).out)["bell_stopped"]  # type: ignore[arg-type]
        assert len(crew.servers()) == 1
        assert json.loads(piped(*only_bell, env=env).out)["bell_stopped"]  # type: ignore[arg-type]
        assert crew.servers() == []


# What is told to Sentry


def test_what_a_sweep_ends_is_reported_and_a_rehearsal_reports_nothing(
    call: Call,
    store: Store,
    late: Callable[[int], list[str]],
    tmp_path: Path,
    sentry: SentryServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLINTHCTL_SENTRY_DSN", sentry.dsn)
    made = everything(store, tmp_path, late)
    call("reap", "--dry-run")
    assert sentry.events == []
    call("reap")
    told = {e["extra"]["jobId"]: e["tags"] for e in sentry.wait_for(2)}
    assert told == {
        made["third"]: {"job_type": "competitor_analysis", "error_class": "worker_lost"},
        made["waited"]: {"job_type": "competitor_analysis", "error_class": "expired_in_queue"},
    }


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(lambda: nullcontext(absent_server()), id="that is not there"),
        pytest.param(hanging_server, id="that never answers"),
        pytest.param(lambda: nullcontext("https://sentry.example/no-key"), id="whose DSN is none"),
    ],
)
def test_a_sweep_is_the_same_beside_a_sentry(
    call: Call,
    store: Store,
    late: Callable[[int], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: Callable[[], AbstractContextManager[str]],
) -> None:
    everything(store, tmp_path, late)
    with where() as dsn:
        monkeypatch.setenv("PLINTHCTL_SENTRY_DSN", dsn)
        said = call("reap")
    assert said.out.startswith("reap: 1 worker gone; 2 recovered (1 back in the queue, 1 failed); ")
    assert (said.code, said.err) == (0, "")
