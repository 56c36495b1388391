"""Where the embedded server's socket may stand."""

import os
import stat
from pathlib import Path

import pytest

from plinthctl.broker.bell_folder import PATH_BYTES, BellFolder, why_unsafe
from plinthctl.broker.embedded import EmbeddedBell
from plinthctl.errors import BellFailed

OURS = 1000
LONG = "a-folder-with-a-long-name/" * 4


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder with a short path, by a link: pytest's own is a long one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", "tmp")
    Path("tmp").mkdir()
    return Path("tmp")


def status(mode: int, uid: int = OURS) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, uid, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(status(stat.S_IFDIR | 0o700), None, id="ours alone: safe"),
        pytest.param(status(stat.S_IFDIR | 0o755), None, id="others may look: safe"),
        pytest.param(status(stat.S_IFDIR | 0o770), "others may write to it", id="a group's"),
        pytest.param(status(stat.S_IFDIR | 0o1777), "others may write to it", id="everybody's"),
        pytest.param(
            status(stat.S_IFDIR | 0o700, 0), "it belongs to another user (0)", id="root's"
        ),
        pytest.param(status(stat.S_IFLNK | 0o777), "it is a link, or no folder", id="a link"),
        pytest.param(status(stat.S_IFREG | 0o600), "it is a link, or no folder", id="a file"),
    ],
)
def test_only_a_folder_that_nobody_else_can_write_to_is_safe(
    found: os.stat_result, why: str | None
) -> None:
    assert why_unsafe(found, OURS) == why


def test_it_is_the_data_directory_while_a_socket_s_path_there_is_short_enough() -> None:
    name = "/bell-00000000.sock"
    fits = Path("/" + "d" * (PATH_BYTES - 2 - len(name)))
    assert BellFolder.of(fits).path == fits
    assert BellFolder.of(Path(f"{fits}d")).path != Path(f"{fits}d")


def test_bytes_count_and_not_letters() -> None:
    assert BellFolder.of(Path("/" + "é" * 45)).path.parent != Path("/")


def test_else_it_is_a_temporary_folder_by_user_and_data_directory(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    one, again, other = (BellFolder.of(Path("/", LONG, name)).path for name in "aab")
    assert one.parent == temporary
    assert one.name.startswith(f"plinthctl-{os.getuid()}-")
    assert (one == again, one == other) == (True, False)


def test_it_is_made_for_its_owner_alone(temporary: Path) -> None:
    folder = BellFolder.of(Path("/", LONG))
    folder.prepare()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert folder.is_usable()


def test_by_whatever_links_a_data_directory_is_reached_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert BellFolder.of(tmp_path / "link") == BellFolder.of(tmp_path / "real")


def test_a_link_that_somebody_laid_in_the_temporary_folder_is_refused(temporary: Path) -> None:
    bell = EmbeddedBell(Path("/", LONG))
    Path("theirs").mkdir()
    BellFolder.of(Path("/", LONG)).path.symlink_to(Path("theirs").absolute())
    with pytest.raises(BellFailed, match="is not started in") as failed:
        bell.join()
    assert failed.value.why == "it is a link, or no folder"
    assert "ls -ld" in (failed.value.fix or "")
    assert bell.find() is None
    assert not bell.stop_orphan()
    assert list(Path("theirs").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(data_dir: Path) -> None:
    in_the_way = data_dir / "file"
    in_the_way.touch()
    with pytest.raises(BellFailed) as failed:
        EmbeddedBell(in_the_way / "data").join()
    assert str(in_the_way) in (failed.value.why or "")


def test_where_every_path_is_too_long_it_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / LONG))
    with pytest.raises(BellFailed, match="too long") as failed:
        EmbeddedBell(Path("/", LONG)).join()
    assert "TMPDIR" in (failed.value.fix or "")
