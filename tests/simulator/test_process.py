"""The simulator as a process: it starts, says where it is, and goes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from worker.simulator.journal import Journal
from worker.simulator.process import SimulatorFailed, SimulatorProcess

PARENT = """
import sys, time
from pathlib import Path
from worker.simulator.process import SimulatorProcess
process = SimulatorProcess.start(Path(sys.argv[1]), speed=0)
print(process.url, flush=True)
time.sleep(600)
"""


def _listens(url: str) -> bool:
    port = int(url.rpartition(":")[2])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(condition) -> bool:
    give_up_at = time.monotonic() + 20
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return condition()


def test_it_does_not_outlive_a_parent_that_was_killed(own_journal):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(own_journal)], stdout=subprocess.PIPE, text=True
    )
    try:
        url = parent.stdout.readline().strip()
        assert _listens(url)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    assert _until(lambda: not _listens(url))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0(own_journal, number):
    with SimulatorProcess.start(own_journal, speed=0) as process:
        os.kill(process.pid, number)
        assert _until(lambda: not process.alive)


def test_stopping_it_twice_is_fine(own_journal):
    process = SimulatorProcess.start(own_journal, speed=0)
    process.stop()
    process.stop()
    assert not process.alive


def test_calls_that_are_open_when_it_stops_are_noted_as_aborted(own_journal):
    with SimulatorProcess.start(own_journal, speed=0) as process:
        with httpx.Client(trust_env=False) as client:
            hold = {"provider": "exa", "times": None}
            client.post(f"{process.url}/control/hold", json=hold).raise_for_status()
            with pytest.raises(httpx.ReadTimeout):
                client.post(f"{process.url}/exa/search", json={}, timeout=0.3)
        process.stop()
    assert [call.end for call in Journal(own_journal).calls("exa")] == ["aborted"]


def test_a_taken_port_is_told_in_words(own_journal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SimulatorFailed) as failed:
            SimulatorProcess.start(own_journal, port=taken.getsockname()[1])
    assert "in use" in failed.value.why


def test_a_journal_that_cannot_be_written_is_told_in_words(tmp_path):
    with pytest.raises(SimulatorFailed) as failed:
        SimulatorProcess.start(tmp_path / "nowhere" / "journal.jsonl")
    assert "No such file" in failed.value.why


def test_a_folder_called_worker_where_it_is_started_is_not_run(
    own_journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trap = tmp_path / "worker"
    trap.mkdir()
    (trap / "__init__.py").write_text("raise SystemExit('the wrong worker')")
    monkeypatch.chdir(tmp_path)
    with SimulatorProcess.start(own_journal, speed=0) as process:
        assert process.alive


def test_another_key_can_be_asked_for(own_journal):
    with (
        SimulatorProcess.start(own_journal, speed=0, key="other") as process,
        httpx.Client(trust_env=False) as client,
    ):
        address = f"{process.url}/exa/search"
        wrong = client.post(address, json={"query": "a"}, headers={"x-api-key": "simulated"})
        right = client.post(address, json={"query": "a"}, headers={"x-api-key": "other"})
    assert (wrong.status_code, right.status_code) == (401, 200)


def test_its_pace_is_the_real_ones_divided_by_the_speed(own_journal):
    with (
        SimulatorProcess.start(own_journal, speed=10) as process,
        httpx.Client(trust_env=False) as client,
    ):
        started = time.monotonic()
        client.post(
            f"{process.url}/exa/search",
            json={"query": "Acme"},
            headers={"x-api-key": "simulated"},
        ).raise_for_status()
        took_s = time.monotonic() - started
    assert took_s >= 0.1  # a second, ten times faster
