"""`db backup`: a file that appears whole, for its owner, and over nothing unasked."""

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.nursery import PROGRAM


def test_a_copy_can_take_the_stores_place(
    call: Call,
    a_pending_job: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, copy = a_pending_job(), tmp_path / "copy.db"
    said = call("db", "backup", str(copy))
    assert (said.code, said.out) == (0, f"{copy}\n")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", f"sqlite:///{copy}")
    assert call("list", "-o", "id").out == f"{job_id}\n"


def test_a_folder_gets_a_file_named_by_the_moment(
    call: Call, a_pending_job: Callable[..., str], tmp_path: Path
) -> None:
    a_pending_job()
    told = json.loads(call("db", "backup", str(tmp_path), "-o", "json").out)
    (copy,) = tmp_path.glob("plinthctl-*Z.db")
    assert (told["path"], told["bytes"]) == (str(copy), copy.stat().st_size)
    assert told["schema"] > 0


def test_what_is_there_stays_unless_told_otherwise(
    call: Call, a_pending_job: Callable[..., str], tmp_path: Path
) -> None:
    a_pending_job()
    (copy := tmp_path / "copy.db").write_text("precious")
    said = call("db", "backup", str(copy))
    assert said.code == 2
    assert "--force" in said.err
    assert copy.read_text() == "precious"
    assert call("db", "backup", str(copy), "--force").code == 0
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_a_disk_without_room_leaves_nothing_behind(
    a_pending_job: Callable[..., str], tmp_path: Path
) -> None:
    a_pending_job()
    backup = [*PROGRAM, "db", "backup", str(tmp_path / "copy.db")]
    small = ["bash", "-c", 'ulimit -f 64; exec "$@"', "bash"]
    done = subprocess.run([*small, *backup], capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "could not be copied" in done.stderr
    assert "make room" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_postgresql_says_what_to_type(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTHCTL_DATABASE_URL", "postgresql://ana:secret@pg01/plinth")
    said = call("db", "backup", "copy")
    assert said.code == 2
    assert "fix: pg_dump --format=custom --file=copy postgresql://ana@pg01/plinth" in said.err
    assert "secret" not in said.err
