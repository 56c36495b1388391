"""The SQLite file: whose it is, how it is made, who may open it."""

import ast
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import plinthctl.store.sqlite as sqlite_room
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import BadConfiguration, StoreUnavailable
from plinthctl.store import Store, open_store, upgrade_store
from tests.store.acts import admitted, read, registered, write
from tests.store.racers import racers

SIDE_FILES = ("-wal", "-shm", ".gate", ".turn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "plinthctl.db"


@pytest.fixture
def everybody_may() -> Iterator[None]:
    """The most careless umask there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def opened(path: Path) -> Store:
    return open_store(f"sqlite:///{path}")


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def pragma(store: Store, name: str) -> Any:
    return write(store, lambda tx: tx.execute(text(f"PRAGMA {name}")).scalar_one())


@pytest.mark.usefixtures("everybody_may")
def test_the_file_its_folder_and_all_beside_it_are_its_owners_alone(path: Path) -> None:
    store = opened(path)
    admitted(store)
    assert mode(path) == "0o600"
    assert mode(path.parent) == "0o700"
    for end in SIDE_FILES:
        assert (end, mode(path.with_name(path.name + end))) == (end, "0o600")
    store.close()


def test_a_store_that_is_there_is_opened_as_it_is(path: Path) -> None:
    first = opened(path)
    job = admitted(first)
    first.close()
    second = opened(path)
    assert second.job(job) is not None
    second.close()


def test_a_file_that_is_there_and_empty_becomes_a_store(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch(0o600)
    store = opened(path)
    admitted(store)
    store.close()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("my notes\n" * 200)
    with pytest.raises(StoreUnavailable):
        opened(path)
    assert path.read_text() == "my notes\n" * 200


def test_no_file_is_made_where_a_link_points(path: Path) -> None:
    path.parent.mkdir(parents=True)
    target = path.with_name("elsewhere")
    path.symlink_to(target)
    with pytest.raises(StoreUnavailable):
        opened(path)
    assert not target.exists()


@pytest.mark.parametrize("end", [".gate", ".turn"])
def test_no_lock_file_is_made_where_a_link_points(path: Path, end: str) -> None:
    path.parent.mkdir(parents=True)
    target = path.with_name("elsewhere")
    path.with_name(path.name + end).symlink_to(target)
    with pytest.raises(StoreUnavailable):
        opened(path)
    assert not target.exists()


def test_a_folder_in_the_files_place_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="not a file"):
        opened(path)


def test_room_is_given_back_and_the_log_is_written_ahead(path: Path) -> None:
    store = opened(path)
    admitted(store)
    assert pragma(store, "auto_vacuum") == 2  # incremental
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2  # full
    assert pragma(store, "foreign_keys") == 1
    store.close()


def test_a_reader_cannot_write(path: Path) -> None:
    store = opened(path)
    with pytest.raises((StoreUnavailable, OperationalError), match="may not be written"):
        read(store, lambda tx: tx.execute(text("DELETE FROM jobs")))
    store.close()


def open_only(_: Store, url: str) -> int:
    store = open_store(url)
    admitted(store)
    store.close()
    return 1


def test_eight_processes_may_make_the_same_store_at_once(sqlite_url: str, path: Path) -> None:
    with racers(sqlite_url, 8) as processes:
        for number in range(5):
            url = f"sqlite:///{path.with_name(f'{number}.db')}"
            assert processes.race(open_only, [url] * 8) == [1] * 8
            store = open_store(url)
            assert store.count(JobQuery()) == 8
            store.close()


# Shared file systems

MOUNTS = """
/dev/vda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb1 /home/local ext4 rw 0 0
none /mnt/c 9p rw 0 0
//server/x /mnt/our\\040share cifs rw 0 0
sshfs /mnt/ssh fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        pytest.param("/var/lib", "ext4", id="the root's"),
        pytest.param("/home/ana", "nfs4", id="a network's"),
        pytest.param("/home/local/ana", "ext4", id="a local disk inside a network's"),
        pytest.param("/homework", "ext4", id="a name that only begins alike"),
        pytest.param("/mnt/c/Users", "9p", id="another system's"),
        pytest.param("/mnt/ssh", "fuse.sshfs", id="the mount point itself"),
        pytest.param("/mnt/our share/x", "cifs", id="a mount point with a space"),
    ],
)
def test_the_file_system_is_the_innermost_one(folder: str, kind: str) -> None:
    assert sqlite_room.filesystem_of(folder, MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "virtiofs", "fuse", "fuse.sshfs"])
def test_a_shared_file_system_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sqlite_room, "_mounts", lambda: f"server:/x / {kind} rw 0 0")
    with pytest.raises(BadConfiguration, match=kind):
        opened(path)
    assert not path.parent.exists()


def test_a_shared_file_system_is_used_by_those_who_insist(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_room, "_mounts", lambda: "server:/x / nfs rw 0 0")
    store = open_store(f"sqlite:///{path}?shared_filesystem=yes")
    registered(store)
    store.close()


# Nobody but SQLite opens its files

PACKAGES = ("plinthctl", "worker", "tui")
OPENS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "copy", "copyfile"}
ITS_NAMES = ("-wal", "-shm", "database", ".db")
IN_THE_ROOM = {
    "os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 384)",  # makes it
    "Path('/proc/self/mounts').read_text()",
    "os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)",  # a lock
    "self._turn_path.read_text()",
    "Path(f'/proc/{pid}/stat').read_text()",
}


def test_no_code_opens_the_database_or_its_log_as_a_file() -> None:
    """Closing such a descriptor would drop SQLite's own locks, and lose commits."""
    opens = {
        (source.parent.name == "store", call)
        for package in PACKAGES
        for source in (Path(__file__).parents[2] / package).rglob("*.py")
        for call in _opens(source)
    }
    assert {call for in_room, call in opens if in_room} == IN_THE_ROOM
    outside = {call for in_room, call in opens if not in_room}
    assert {call for call in outside if any(name in call for name in ITS_NAMES)} == set()


def _opens(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and _name(node.func) in OPENS:
            yield ast.unparse(node)


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)


def test_a_closed_store_holds_no_file(path: Path) -> None:
    store = opened(path)
    admitted(store)
    assert f"{path.name}.turn" in _held(path)
    store.close()
    assert _held(path) == []


def _held(path: Path) -> list[str]:
    """The names of the files of a store that this process has open."""
    links = [_target(fd) for fd in Path("/proc/self/fd").iterdir()]
    return [link.name for link in links if link.parent == path.parent]


def _target(descriptor: Path) -> Path:
    try:
        return descriptor.readlink()
    except FileNotFoundError:  # the one that listed the others
        return Path()


def test_a_store_reached_by_a_link_has_the_same_turnstile(tmp_path: Path) -> None:
    real = tmp_path / "real" / "plinthctl.db"
    upgrade_store(f"sqlite:///{real}")
    link = tmp_path / "link.db"
    link.symlink_to(real)
    open_store(f"sqlite:///{link}").close()
    assert not link.with_name("link.db.turn").exists()
    assert real.with_name("plinthctl.db.turn").exists()


def test_a_writer_has_the_lock_before_it_reads(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    file = sqlite_url.removeprefix("sqlite:///")

    def somebody_else_begins(_: object) -> None:
        with closing(sqlite_room.driver.connect(file, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")

    with pytest.raises(sqlite_room.driver.OperationalError, match="locked"):
        write(store, somebody_else_begins)
    store.close()
