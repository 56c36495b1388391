"""Life files: who is seen to be dead, and who only might be."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plinthctl.domain.runs import Neighbour
from plinthctl.services.life import LifeFile, boot_id, clear_away, life_path, seen_dead

BOOT = "this-boot"
HOLDER = """
import sys
from pathlib import Path
from plinthctl.services.life import LifeFile
life = LifeFile(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def of(path: Path | None) -> Neighbour:
    return Neighbour("wrk_1", 3, BOOT, str(path) if path else None)


def _left_behind(path: Path) -> Neighbour:
    path.touch()
    return of(path)


def _elsewhere(path: Path) -> Neighbour:
    return replace(_left_behind(path), boot_id="another-boot")


def _link(path: Path) -> Neighbour:
    path.with_name("target").touch()
    path.symlink_to(path.with_name("target"))
    return of(path)


@pytest.mark.parametrize(
    ("made", "dead"),
    [
        pytest.param(_left_behind, True, id="the file is there and its lock free: dead"),
        pytest.param(of, False, id="no file: unknown"),
        pytest.param(lambda _: of(None), False, id="it named no file: unknown"),
        pytest.param(_elsewhere, False, id="another boot, or machine: unknown"),
        pytest.param(_link, False, id="a link in its place: unknown"),
    ],
)
def test_only_a_free_lock_on_this_machine_says_dead(
    tmp_path: Path, made: Callable[[Path], Neighbour], dead: bool
) -> None:
    assert seen_dead(made(tmp_path / "wrk_1.life"), BOOT) is dead


def test_where_the_system_names_no_boot_nobody_is_seen_dead(tmp_path: Path) -> None:
    neighbour = replace(_left_behind(tmp_path / "wrk_1.life"), boot_id=None)
    assert not seen_dead(neighbour, None)


def test_a_worker_does_not_see_itself_dead(tmp_path: Path) -> None:
    path = tmp_path / "wrk_1.life"
    life = LifeFile(path)
    assert not seen_dead(of(path), BOOT)
    life.remove()
    assert not path.exists()


def test_a_process_is_seen_dead_as_soon_as_it_was_killed_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "wrk_1.life"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not seen_dead(of(path), BOOT)
        holder.kill()
        holder.wait()
        assert seen_dead(of(path), BOOT)


def test_neighbours_that_look_at_once_do_not_take_each_other_for_the_living(tmp_path: Path) -> None:
    import fcntl

    neighbour = _left_behind(tmp_path / "wrk_1.life")
    with (tmp_path / "wrk_1.life").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert seen_dead(neighbour, BOOT)


def test_a_life_file_is_its_owner_s_alone_and_never_another_worker_s(tmp_path: Path) -> None:
    path = tmp_path / "wrk_1.life"
    life = LifeFile(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        LifeFile(path)
    life.remove()


def test_the_dead_are_tidied_away_but_nothing_else_is(tmp_path: Path) -> None:
    mine, other = tmp_path / "wrk_1.life", tmp_path / "notes.txt"
    mine.touch()
    other.touch()
    for path in (mine, other, mine):
        clear_away(of(path))
    assert (mine.exists(), other.exists()) == (False, True)


def test_life_files_stand_in_the_data_directory(tmp_path: Path) -> None:
    path = life_path(tmp_path / "data", "sqlite:///x", "wrk_1")
    assert path == tmp_path / "data" / "workers" / "wrk_1.life"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_else_in_a_temporary_folder_by_user_and_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    nowhere = tmp_path / "a-file"
    nowhere.touch()
    one, two = (life_path(nowhere, url, "wrk_1") for url in ("sqlite:///1", "sqlite:///2"))
    assert one.parent.parent == tmp_path / "tmp" / f"plinthctl-{os.getuid()}"
    assert one != two
    assert one.name == "wrk_1.life"


def test_one_boot_has_one_name() -> None:
    assert boot_id() == boot_id()
