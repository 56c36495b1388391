"""A worker evaluates alerts and tells of them, and no alert holds up a job."""

import asyncio
import shlex
import sys
from pathlib import Path

import pytest

from plinthctl.domain.alert_life import Sinks, Told
from plinthctl.domain.alert_rules import AlertRules, Bar
from plinthctl.domain.alerting import Severity
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.snapshot import Snapshot
from plinthctl.services.alerting import Alerting
from plinthctl.services.teller import Teller
from plinthctl.store import Store
from plinthctl.telling import sinks
from tests.alerting import all_numbers
from tests.stores import an_id
from tests.telling.ear import ended
from tests.worker.office import at_work, submitted
from worker.simulator.process import SimulatorProcess

DEEP = AlertRules(queue_depth=Bar(0))
SINKS: Sinks = {Severity.WARNING: ("command",)}
HANGS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""


def alerting(store: Store, measure: object = lambda _: all_numbers(depth=60)) -> Alerting:
    fresh_id = lambda: an_id(IdPrefix.ALERT)  # noqa: E731
    return Alerting(store, DEEP, measure, SINKS, fresh_id, "ana")  # type: ignore[arg-type]


def teller(store: Store, tmp_path: Path, code: str, *words: str) -> Teller:
    (program := tmp_path / "hook.py").write_text(code)
    line = shlex.join([sys.executable, str(program), *words])
    return Teller(store, {"command": sinks.command("command", line, 120.0)})


def of_a_hook(pid: Path) -> int | None:
    return int(text) if pid.exists() and (text := pid.read_text()) else None


def test_a_hook_that_hangs_delays_no_job_and_ends_with_its_worker(
    store: Store, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    told = teller(store, tmp_path, HANGS, str(pid))
    orders = {"alerting": alerting(store), "teller": told}

    async def works() -> int:
        async with at_work(store, simulator.url, tmp_path, **orders) as desk:
            hook = await desk.sees(lambda: of_a_hook(pid), "the hook runs")
            job_id = submitted(store)
            assert (await desk.ended(job_id)).job.status == "completed"
            assert not ended(hook, 0.0)
        return hook

    assert ended(asyncio.run(works()))
    assert [(message.tries, message.told_at) for message in messages(store)] == [(1, None)]


def test_what_is_told_is_noted(store: Store, simulator: SimulatorProcess, tmp_path: Path) -> None:
    told = teller(store, tmp_path, "pass")
    orders = {"alerting": alerting(store), "teller": told}

    async def works() -> None:
        async with at_work(store, simulator.url, tmp_path, **orders) as desk:
            await desk.sees(lambda: [m for m in messages(store) if m.told_at], "it is told")

    asyncio.run(works())
    assert [(message.tries, message.error) for message in messages(store)] == [(1, None)]


def messages(store: Store) -> list[Told]:
    return [message for one in store.open_alerts() for message in one.told]


def _broken(_: Snapshot | None) -> None:
    raise RuntimeError("no such column")


def test_alerts_that_are_broken_are_said_and_jobs_go_on(
    store: Store,
    simulator: SimulatorProcess,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    orders = {"alerting": alerting(store, _broken), "teller": teller(store, tmp_path, "pass")}
    said = "alerts broke: RuntimeError: no such column"

    async def works() -> None:
        async with at_work(store, simulator.url, tmp_path, **orders) as desk:
            job_id = submitted(store)
            assert (await desk.ended(job_id)).job.status == "completed"
            await desk.sees(lambda: said in caplog.text, "it is said")

    asyncio.run(works())
