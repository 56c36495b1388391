"""A SQLite file that cannot be used: what is said, and what is left."""

import errno
import os
import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from plinthctl.domain.queries import JobQuery
from plinthctl.errors import ExitCode, StoreBusy, StoreUnavailable
from plinthctl.store import Store, open_store
from plinthctl.store.file_faults import Disk, ailment, in_our_words
from plinthctl.store.sqlite import driver
from tests.store.acts import admitted
from tests.store.racers import Racers, racers
from tests.store.sqlite_acts import HOLD_THE_TURN, another_process

NOBODY = 65534


def test_a_stopped_writer_is_named_to_those_who_wait(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    kept = admitted(store)
    path = sqlite_url.removeprefix("sqlite:///")
    with another_process(HOLD_THE_TURN, path) as holder:
        os.kill(holder.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(StoreBusy, match=rf"process {holder.pid} \(stopped\)") as busy:
            admitted(store)
        assert time.monotonic() - began < 6
        assert busy.value.exit_code is ExitCode.UNAVAILABLE
        assert store.job(kept) is not None  # reading goes on
    admitted(store)  # it is gone, and so is its lock
    assert store.count(JobQuery()) == 2  # what was refused has not been done since
    store.close()


def test_a_writer_that_dies_in_its_turn_keeps_nobody_waiting(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    store = open_store(sqlite_url)
    with another_process(HOLD_THE_TURN, path) as holder:
        holder.kill()
        holder.wait()
        assert store.job(admitted(store)) is not None
    store.close()


@pytest.mark.parametrize("below", ["plinthctl.db", "folder/plinthctl.db"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"cannot be made|not a file"):
        open_store(f"sqlite:///{tmp_path / 'file' / below}")


# Not ours to write. Who runs the tests may be root, whom no mode stops.


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A store with one job in a folder that everybody may reach."""
    with tempfile.TemporaryDirectory(prefix="plinthctl-foreign-") as folder:
        path = Path(folder) / "plinthctl.db"
        store = open_store(f"sqlite:///{path}")
        admitted(store)
        store.close()
        path.chmod(0o644)
        yield path
        Path(folder).chmod(0o700)


@pytest.fixture
def stranger(sqlite_url: str) -> Iterator[Racers]:
    with racers(sqlite_url, 1) as ready:
        yield ready


def visit(_: Store, url: str) -> list[object]:
    """As somebody else: how many jobs are there, and what one is told."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    seen: list[object] = []
    try:
        store = open_store(url)
        seen.append(store.count(JobQuery()))
        admitted(store)
    except StoreUnavailable as refused:
        seen.append(refused.message)
    return seen


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "seen", "told"),
    [
        pytest.param(0o444, 0o777, [1], "may not be written to", id="a read-only file: it is read"),
        # SQLite shares its index of the log with a writer that may come, in a file.
        pytest.param(0o444, 0o555, [], "may not be written to", id="a read-only file and folder"),
        pytest.param(0o666, 0o555, [], "may not be written to", id="a read-only folder"),
        pytest.param(0o200, 0o777, [], "may not be read", id="an unreadable file"),
    ],
)
def test_a_store_of_somebody_elses_says_what_may_not_be_done(
    foreign: Path, stranger: Racers, file_mode: int, folder_mode: int, seen: list[int], told: str
) -> None:
    for end in (".gate", ".turn"):
        foreign.with_name(foreign.name + end).unlink()
    foreign.chmod(file_mode)
    foreign.parent.chmod(folder_mode)
    ((*found, message),) = stranger.race(visit, [f"sqlite:///{foreign}"])
    assert found == seen
    assert told in str(message)


def close_and_open(_: Store, url: str) -> list[str]:
    """As somebody else: make the file read-only, read it, make it writable, write."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    path = Path(url.removeprefix("sqlite:///"))
    for mode in (0o444, 0o644):
        path.chmod(mode)
        store = open_store(url)
        store.count(JobQuery())
        if mode == 0o444:
            store.close()
    with pytest.raises(StoreUnavailable) as refused:
        admitted(store)
    return [refused.value.message, refused.value.fix or ""]


def test_files_beside_the_store_that_may_not_be_written_are_named(
    foreign: Path, stranger: Racers
) -> None:
    """SQLite gives them the mode that the store has when it is opened, and lets them lie."""
    for path in (foreign.parent, *foreign.parent.iterdir()):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    ((message, fix),) = stranger.race(close_and_open, [f"sqlite:///{foreign}"])
    assert "may not be written to" in message
    assert fix.startswith("make writable, or ask their owner to: ")
    assert f" {foreign}-shm;" in fix
    assert f" {foreign} " not in fix


# What SQLite calls a disk I/O error, or a file that it is unable to open


def disk(*, free: int = 1_000, names: int = 1_000, flags: int = 0) -> os.statvfs_result:
    return os.statvfs_result((4_096, 4_096, 10_000, free, free, 10_000, names, names, flags, 255))


@pytest.mark.parametrize(
    ("seen", "ails"),
    [
        pytest.param(disk(), None, id="there is room: nothing that can be seen"),
        pytest.param(disk(free=16), None, id="64 kB are room enough"),
        pytest.param(disk(free=15), Disk.FULL, id="less is a full disk"),
        pytest.param(disk(names=0), Disk.FULL, id="no file can be made any more"),
        pytest.param(disk(flags=os.ST_RDONLY), Disk.READ_ONLY, id="mounted for reading only"),
        pytest.param(disk(free=0, flags=os.ST_RDONLY), Disk.READ_ONLY, id="both: as an image is"),
    ],
)
def test_what_ails_a_disk(seen: os.statvfs_result, ails: Disk | None) -> None:
    assert ailment(seen) is ails


@pytest.mark.parametrize("text", ["disk I/O error", "unable to open database file"])
@pytest.mark.parametrize(
    ("seen", "told", "fix"),
    [
        pytest.param(disk(free=0), "is full", "make room", id="full"),
        pytest.param(
            disk(flags=os.ST_RDONLY), "may not be written to", "mount the file system", id="ro"
        ),
        pytest.param(disk(), "cannot be used", "check that it is still there", id="who knows"),
    ],
)
def test_a_file_that_fails_is_told_by_its_disk(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    seen: os.statvfs_result,
    told: str,
    fix: str,
) -> None:
    monkeypatch.setattr("os.statvfs", lambda _: seen)
    failed = DBAPIError("SELECT 1", {}, driver.OperationalError(text))
    error = in_our_words(failed, tmp_path / "plinthctl.db")
    assert error is not None
    assert error.exit_code is ExitCode.UNAVAILABLE
    assert told in error.message
    assert (error.why, fix in (error.fix or "")) == (text, True)


def write_in_vain(store: Store, _: object) -> tuple[str | None, str]:
    """Why nothing is written while no file may grow, and the job that is made afterwards."""
    admitted(store)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(StoreUnavailable) as refused:
            admitted(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return refused.value.why, admitted(store)


def test_a_store_that_cannot_be_written_can_be_written_later(
    sqlite_url: str, stranger: Racers
) -> None:
    ((why, made),) = stranger.race(write_in_vain, [None])
    assert why == "disk I/O error"
    store = open_store(sqlite_url)
    assert store.count(JobQuery()) == 2
    assert store.job(made) is not None
    store.close()


def test_a_file_system_without_locks_is_told_and_asked_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    store = open_store(sqlite_url)
    with monkeypatch.context() as without:
        without.setattr("fcntl.flock", no_locks)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="cannot be used") as refused:
                admitted(store)
            assert refused.value.why == "No locks available"
    assert store.job(admitted(store)) is not None
    store.close()
