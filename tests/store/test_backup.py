"""A copy of a SQLite store is whole, sound and of one moment, whoever writes meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from plinthctl.errors import NotFound, StoreUnavailable, UsageError
from plinthctl.store import backup_store, check_backup, open_store
from plinthctl.store.schema import NEEDED
from tests.store.acts import admitted, everything

COPIES = 5


def draft(tmp_path: Path, name: str = "draft") -> Path:
    made = tmp_path / name
    made.touch(0o600)
    return made


def test_a_copy_holds_what_the_store_holds(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    for _ in range(3):
        admitted(store)
    state = backup_store(sqlite_url, copy := draft(tmp_path))
    assert state.current == NEEDED
    restored = open_store(f"sqlite:///{copy}")
    assert everything(restored) == everything(store)
    restored.close()
    store.close()


def test_a_copy_is_one_file_that_needs_nothing_beside_it(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    backup_store(sqlite_url, draft(folder))
    assert [path.name for path in folder.iterdir()] == ["draft"]
    with closing(sqlite3.connect(f"file:{folder / 'draft'}?mode=ro&immutable=1", uri=True)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_copies_are_of_one_moment_while_others_write(sqlite_url: str, tmp_path: Path) -> None:
    """Each admission writes to five tables; a copy never has half of one."""
    store, enough = open_store(sqlite_url), Event()

    def write() -> None:
        while not enough.is_set():
            admitted(store)

    writing = Thread(target=write)
    writing.start()
    try:
        copies = [draft(tmp_path, f"draft-{n}") for n in range(COPIES)]
        for copy in copies:
            backup_store(sqlite_url, copy)
    finally:
        enough.set()
        writing.join()
        store.close()
    counts = [_counts(copy) for copy in copies]
    assert all(len(set(found)) == 1 for found in counts), counts
    assert counts == sorted(counts)
    assert counts[-1][0] > counts[0][0]


def _counts(copy: Path) -> tuple[int, ...]:
    with closing(sqlite3.connect(copy)) as database:
        tables = ("jobs", "job_data", "job_events")
        counted = (database.execute(f"SELECT count(*) FROM {table}") for table in tables)
        return tuple(row.fetchone()[0] for row in counted)


def test_an_older_schema_is_copied_too(sqlite_url: str, tmp_path: Path) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    assert backup_store(sqlite_url, draft(tmp_path)).current == 1


def test_a_copy_that_is_not_sound_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    for _ in range(20):
        admitted(store)
    store.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    pages = path.read_bytes()
    rotten = pages.replace(b"competitor_analysis", b"competitor_analysiS", 1)
    assert rotten != pages  # one copy of a value in a table, its index has another
    path.write_bytes(_torn(rotten))
    with pytest.raises(StoreUnavailable, match=r"not sound|could not be copied"):
        backup_store(sqlite_url, draft(tmp_path))


def _torn(pages: bytes, size: int = 4096) -> bytes:
    """Every page that is a full enough index leaf loses its second half."""
    torn = bytearray(pages)
    for start in range(size, len(pages), size):
        if pages[start] == 10 and int.from_bytes(pages[start + 3 : start + 5]) >= 10:
            torn[start + size // 2 : start + size] = b"\xff" * (size // 2)
    return bytes(torn)


def test_a_store_that_is_not_there_is_not_made_to_be_copied(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(NotFound, match="no store"):
        check_backup(f"sqlite:///{path}", tmp_path / "copy")
    assert not path.exists()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://ana:secret@pg01:5433/plinth?sslmode=verify-full", id="before @"),
        pytest.param(
            "postgresql://ana@pg01:5433/plinth?sslmode=verify-full&password=secret", id="after ?"
        ),
    ],
)
def test_postgresql_is_copied_by_its_own_program(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_backup(url, Path("a copy"))
    assert refused.value.fix == (
        "pg_dump --format=custom '--file=a copy' "
        "'postgresql://ana@pg01:5433/plinth?sslmode=verify-full'"
    )
