"""The embedded Valkey when starters, workers and servers die or freeze."""

import random
from pathlib import Path

import pytest

from plinthctl.broker import embedded, locks, valkey
from plinthctl.broker.embedded import EmbeddedBell
from plinthctl.errors import BellFailed, ExitCode
from tests.broker.crew import Crew, freeze, thaw

LOCKS = {"bell.lock", "workers.lock"}
POINTER = "bell.pointer"
SOON_S = 0.2  # where nothing is to be had anyway
IN_START = "plinthctl.broker.valkey._why_silent"


@pytest.mark.parametrize(
    ("place", "servers"),
    [
        pytest.param("plinthctl.broker.valkey.start", 0, id="before the server is started"),
        pytest.param(IN_START, 1, id="before it has answered"),
        pytest.param(
            "plinthctl.broker.bell_folder:BellFolder.point_at", 1, id="before the pointer is there"
        ),
    ],
)
def test_a_starter_killed_half_way_needs_no_hand(
    crew: Crew, bell: EmbeddedBell, place: str, servers: int
) -> None:
    (starter,) = crew.started(dies_at=place)
    assert starter.call("join") == ""
    starter.wait_until_killed()
    assert (POINTER in crew.files(), len(crew.servers())) == (False, servers)
    _, socket = crew.joined()
    assert bell.find() == socket
    assert (crew.sockets(), len(crew.servers())) == ([socket], 1)


def test_a_reap_ends_a_server_that_nobody_points_at(crew: Crew, bell: EmbeddedBell) -> None:
    (starter,) = crew.started(dies_at=IN_START)
    starter.call("join")
    starter.wait_until_killed()
    assert bell.stop_orphan()
    assert (crew.servers(), crew.files()) == ([], LOCKS)


def test_whoever_joins_leaves_and_is_killed_there_is_one_server(crew: Crew) -> None:
    dice = random.Random(20)
    workers = crew.started(6)
    for _ in range(20):
        calls = [dice.choice(["join", "join", "leave"]) for _ in workers]
        for worker, call in zip(workers, calls, strict=True):
            worker.begin(call)
        victim = dice.randrange(len(workers))
        workers[victim].kill()
        answers = [worker.answer() for worker in workers]
        (workers[victim],) = crew.started()
        del calls[victim], answers[victim]
        told = {a for call, a in zip(calls, answers, strict=True) if call == "join"}
        assert len(crew.servers()) <= 1
        assert told in (set(), {str(socket) for socket in crew.sockets()})
        if told and dice.random() < 0.3:
            crew.kill_server()


def test_a_frozen_server_is_told_and_nobody_hangs(
    crew: Crew, bell: EmbeddedBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "JOINS_WITHIN_S", SOON_S)
    worker, socket = crew.joined()
    server = crew.server()
    freeze(server)
    with pytest.raises(BellFailed, match="does not answer") as failed:
        bell.join()
    assert f"process {server} " in (failed.value.why or "")
    assert f"kill -CONT {server} " in (failed.value.fix or "")
    thaw(server)
    assert bell.join() == socket
    assert worker.call("leave") == "False"  # a failed join is no place, a good one is
    assert bell.leave()


def test_a_frozen_server_that_was_told_to_end_does_so_when_it_wakes(
    crew: Crew, bell: EmbeddedBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ENDS_WITHIN_S", SOON_S)
    worker, socket = crew.joined()
    worker.kill()
    server = crew.server()
    freeze(server)
    assert not bell.stop_orphan()
    thaw(server)
    assert crew.joined()[1] != socket


def test_a_ping_waits_for_a_second_at_most(crew: Crew) -> None:
    _, socket = crew.joined()
    freeze(crew.server())
    assert not valkey.answers(socket)
    thaw(crew.server())
    assert valkey.answers(socket)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("#!/bin/sh\nexit 3\n", "exit code 3", id="it ends at once"),
        pytest.param("#!/bin/sh\nexec sleep 60\n", "did not answer", id="it never answers"),
        pytest.param("no program", "Exec format error", id="it is for another machine"),
    ],
)
def test_a_server_that_does_not_start_is_told_and_leaves_nothing(
    data_dir: Path,
    bell: EmbeddedBell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    why: str,
) -> None:
    binary = tmp_path / "server"
    binary.write_text(text)
    binary.chmod(0o700)
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "JOINS_WITHIN_S", SOON_S)
        patched.setattr(valkey, "server_binary", lambda: binary)
        with pytest.raises(BellFailed, match="could not be started") as failed:
            bell.join()
    assert why in (failed.value.why or "")
    assert str(binary) in (failed.value.fix or "")
    assert failed.value.exit_code is ExitCode.UNAVAILABLE
    assert [lock for lock in LOCKS if locks.try_alone(data_dir / lock) is None] == []


def test_locks_that_nobody_lets_go_of_are_told(
    data_dir: Path, bell: EmbeddedBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "JOINS_WITHIN_S", SOON_S)
    assert locks.try_alone(data_dir / "bell.lock") is not None
    with pytest.raises(BellFailed, match="could not be reached"):
        bell.join()
    assert bell.find() is None
