"""Every exit code is reached, by what an operator would do to reach it."""

import os
import platform
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.liveness import Standing
from plinthctl.errors import ExitCode
from plinthctl.services.life import LifeFile, boot_id
from plinthctl.store import Store
from tests.cli.conftest import Call, Said
from tests.cli.every_command import World
from tests.cli.screen import Screen
from tests.cli.worlds import do, store, template, world
from tests.nursery import PROGRAM
from tests.stores import a_worker

__all__ = ["do", "store", "template", "world"]  # fixtures


class Reach:
    """What the ways to an exit code need."""

    def __init__(self, call: Call, world: World, patch: pytest.MonkeyPatch) -> None:
        self.call = call
        self.patch = patch
        self.names = world.names

    def __call__(self, *arguments: str, **environ: str) -> int:
        for name, value in environ.items():
            self.patch.setenv(f"PLINTHCTL_{name.upper()}", value)
        said: Said = self.call(*(part.format(**self.names) for part in arguments))
        return said.code


@pytest.fixture
def reach(call: Call, world: World, monkeypatch: pytest.MonkeyPatch) -> Reach:
    return Reach(call, world, monkeypatch)


def a_bug(reach: Reach) -> int:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    reach.patch.setattr("plinthctl.services.listing.Listing.jobs", break_down)
    return reach("list")


def a_full_limit(reach: Reach) -> int:
    acme = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")
    return reach("submit", "competitor_analysis", *acme, limits_org="0")


def a_cancelled_job(reach: Reach) -> int:
    reach("cancel", "{pending}")
    return reach("watch", "{pending}")


def a_worker_whose_heart_breaks(reach: Reach) -> int:
    def broken(*_: Any) -> Standing:
        raise ZeroDivisionError

    reach.patch.setattr("worker.beat.Heart._beat_once", broken)
    return reach("worker", simulator_url="http://127.0.0.1:1")


def _ended_by(number: signal.Signals) -> Callable[[Reach], int]:
    def way(reach: Reach) -> int:
        watch = ("watch", reach.names["running"], "--timeout", "none")
        with Screen(*watch) as screen:
            screen.wait_for("Scraping website…")
            screen.process.send_signal(number)
            return screen.end()

    return way


def a_reader_that_left(reach: Reach) -> int:
    command = f"{' '.join(PROGRAM)} list --all | true; exit ${{PIPESTATUS[0]}}"
    return subprocess.run(["bash", "-c", command], env=os.environ, check=False).returncode


WAYS: dict[ExitCode, Callable[[Reach], int]] = {
    ExitCode.OK: lambda reach: reach("list"),
    ExitCode.UNEXPECTED: a_bug,
    ExitCode.USAGE: lambda reach: reach("list", "--foo"),
    ExitCode.NOT_FOUND: lambda reach: reach("show", "ZZZZZZZZ"),
    ExitCode.WRONG_STATE: lambda reach: reach("retry", "{completed}"),
    ExitCode.REFUSED: a_full_limit,
    ExitCode.UNAVAILABLE: lambda reach: reach("list", database_url="postgresql://127.0.0.1:1/x"),
    ExitCode.MISCONFIGURED: lambda reach: reach("list", limits_org="many"),
    ExitCode.JOB_FAILED: lambda reach: reach("watch", "{failed}"),
    ExitCode.JOB_CANCELLED: a_cancelled_job,
    ExitCode.ALERT_WARNING: lambda reach: reach(
        "alerts", "--check", alerts_queue_depth_threshold="0"
    ),
    ExitCode.ALERT_PAGE: lambda reach: reach(
        "alerts", "--check", alerts_stuck_jobs_threshold="0", expiry_pending="1ms"
    ),
    ExitCode.STOPPED_ITSELF: a_worker_whose_heart_breaks,
    ExitCode.TIMED_OUT: lambda reach: reach("watch", "{running}", "--timeout", "100ms"),
    ExitCode.INTERRUPTED: _ended_by(signal.SIGINT),
    ExitCode.BROKEN_PIPE: a_reader_that_left,
    ExitCode.TERMINATED: _ended_by(signal.SIGTERM),
}


def test_every_exit_code_has_a_way() -> None:
    assert set(WAYS) == set(ExitCode)


@pytest.mark.parametrize(("code", "way"), WAYS.items(), ids=[f"{code:d}" for code in WAYS])
def test_an_exit_code_is_reached(reach: Reach, code: ExitCode, way: Callable[[Reach], int]) -> None:
    assert way(reach) == code


def test_a_failed_check_exits_1_and_a_refusal_by_read_only_5(reach: Reach, store: Store) -> None:
    assert reach("doctor", redis_url="redis://127.0.0.1:1/0") == ExitCode.UNEXPECTED
    assert reach("cancel", "{pending}", "--read-only") == ExitCode.REFUSED


def test_a_probe_says_whether_a_worker_is_alive(reach: Reach, store: Store, tmp_path: Path) -> None:
    assert reach("worker", "--check") == ExitCode.OK
    for worker in store.workers():
        store.retire(worker.id)
    assert reach("worker", "--check") == ExitCode.UNAVAILABLE
    life = LifeFile(tmp_path / "a.life")
    here = {"host": platform.node(), "boot_id": boot_id(), "life_file": str(life.path)}
    store.register(a_worker(**here))
    assert reach("worker", "--check") == ExitCode.OK
    os.close(life._descriptor)  # as a kill does
    said = reach.call("worker", "--check")
    assert said.code == ExitCode.UNAVAILABLE
    assert "is dead" in said.err
    assert "fix: plinthctl worker" in said.err
