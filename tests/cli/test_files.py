"""A file that somebody names appears whole, for its owner, and over nothing unasked."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.cli import files
from plinthctl.cli.streams import OutputLost
from plinthctl.errors import StoreUnavailable, UsageError


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".plinthctl-")]


def test_a_new_file_is_whole_and_its_owners(tmp_path: Path) -> None:
    path, before = tmp_path / "out.json", os.umask(0)
    try:
        files.write(path, ["[\n", "é", "\n]\n"], force=False)
    finally:
        os.umask(before)
    assert path.read_bytes() == "[\né\n]\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
def test_what_is_there_is_replaced_only_where_asked(tmp_path: Path, force: bool) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    path.chmod(0o644)
    if force:
        files.write(path, ["new"], force=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    else:
        with pytest.raises(UsageError, match="is there already") as refused:
            files.write(path, ["new"], force=False)
        assert refused.value.fix == "another name, or --force to replace it"
    assert path.read_text() == ("new" if force else "old")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder", "device"])
def test_nothing_but_a_file_is_ever_replaced(tmp_path: Path, kind: str, force: bool) -> None:
    path, target = tmp_path / "out.json", tmp_path / "target"
    match kind:
        case "link":
            target.write_text("precious")
            path.symlink_to(target)
        case "dangling link":
            path.symlink_to(target)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path = Path("/dev/full")
    before = path.lstat()
    with pytest.raises(UsageError, match="is a folder, a link or a device"):
        files.write(path, ["new"], force=force)
    assert path.lstat().st_ino == before.st_ino
    assert not target.exists() or target.read_text() == "precious"
    assert leftovers(tmp_path) == []


def test_what_comes_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"

    def pieces() -> Iterator[str]:
        yield "ours"
        path.write_text("theirs")

    with pytest.raises(UsageError, match="is there already"):
        files.write(path, pieces(), force=False)
    assert path.read_text() == "theirs"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "broken",
    [StoreUnavailable("gone"), KeyboardInterrupt(), SystemExit(143)],
    ids=["the store went away", "Ctrl-C", "SIGTERM"],
)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_broken_off_leaves_nothing(
    tmp_path: Path, broken: BaseException, force: bool
) -> None:
    path = tmp_path / "out.json"
    if force:
        path.write_text("old")

    def pieces() -> Iterator[str]:
        yield "half"
        raise broken

    with pytest.raises(type(broken)):
        files.write(path, pieces(), force=force)
    assert [one.name for one in tmp_path.iterdir()] == (["out.json"] if force else [])
    assert not force or path.read_text() == "old"


@pytest.mark.parametrize(
    ("number", "error"),
    [
        pytest.param(errno.ENOSPC, OutputLost, id="no room: exit 1"),
        pytest.param(errno.EACCES, UsageError, id="not allowed: exit 2"),
    ],
)
def test_what_the_system_refuses_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def refuse(_number: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(error, match=os.strerror(number)):
        files.write(tmp_path / "out.json", ["new"], force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("absent/out.json", id="in a folder that is not there"),
        pytest.param("n" * 300, id="300 characters"),
        pytest.param("a.json/b.json", id="below a file"),
    ],
)
def test_a_name_that_cannot_be_is_told_with_a_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.json").write_text("")
    with pytest.raises(UsageError, match="cannot write") as refused:
        files.write(tmp_path / name, ["new"], force=False)
    assert refused.value.fix == "name a file in a folder that you may write to"


@pytest.mark.parametrize("to", ["", "a\nb", "a\x1b[2Jb", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(to: str) -> None:
    with pytest.raises(UsageError, match="is no name for a file"):
        files.place(to, "ours.json")


def test_in_a_folder_the_name_is_ours(tmp_path: Path) -> None:
    assert files.place(str(tmp_path), "ours.json") == tmp_path / "ours.json"
    assert files.place(str(tmp_path / "theirs"), "ours.json") == tmp_path / "theirs"
    with pytest.raises(UsageError, match="there is no folder"):
        files.place(f"{tmp_path}/absent/", "ours.json")


def test_the_command_that_would_make_a_folder_can_be_pasted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        files.place(f"{tmp_path}/a b; rm x/", "ours.json")
    assert refused.value.fix == f"mkdir '{tmp_path}/a b; rm x/'"
