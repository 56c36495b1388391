"""Writing a file that somebody names: whole or not at all, and over nothing unasked."""

import errno
import os
import shlex
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from plinthctl.cli.streams import OutputLost
from plinthctl.errors import UsageError

STDOUT: Final = "-"
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def is_folder(to: str) -> bool:
    """Whether ``to`` names a folder, in which the name of a file is ours to make."""
    return Path(to).is_dir()


def place(to: str, name: str, what: str = "--to") -> Path:
    """The file that ``to`` means: itself, or ``name`` in it where it is a folder.
    ``what`` it is called on the command line.

    Raises:
        UsageError: nothing, or what cannot be shown, is no name for a file; a name
            that ends as a folder's does is of no folder.
    """
    if not to or not to.isprintable():
        raise UsageError(f'{what}: "{to}" is no name for a file', fix="name a file or a folder")
    if is_folder(to):
        return Path(to) / name
    if to.endswith(os.sep):
        raise UsageError(f"{what}: there is no folder {to}", fix=shlex.join(["mkdir", to]))
    return Path(to)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, for their owner only.

    Raises:
        UsageError: it may not be made there.
    """
    with _in_words_of_ours(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write(path: Path, pieces: Iterable[str], *, force: bool, mode: int = 0o600) -> None:
    """Write a file, by default for its owner only. It appears when it is complete, and on
    disk; with ``force`` in the place of the one that is there.

    Raises:
        UsageError: there is something already, or it may not be written there.
        OutputLost: its disk is full or broken.
    """
    with drafted(path, force=force) as draft:
        _fill(draft, pieces)
        draft.chmod(mode)


@contextmanager
def drafted(path: Path, *, force: bool) -> Iterator[Path]:
    """An empty file for its owner only, to be filled and brought to disk within the
    block; at its end it takes the name ``path``, and is gone should the block fail.

    Raises:
        UsageError: there is something already, or it may not be written there.
        OutputLost: its disk is full or broken.
    """
    _refuse_what_is_there(path, force=force)
    with _in_words_of_ours(path):
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".plinthctl-", suffix=".tmp")
        os.close(number)
        draft = Path(name)
        try:
            yield draft
            _name(draft, path, force=force)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        _settle(path.parent)


def _refuse_what_is_there(path: Path, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # nothing is there, or writing will say what is wrong
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"{path} is a folder, a link or a device", fix="name a file that is not there yet"
        )
    if not force:
        raise _there_already(path)


def _there_already(path: Path) -> UsageError:
    return UsageError(f"{path} is there already", fix="another name, or --force to replace it")


def _fill(draft: Path, pieces: Iterable[str]) -> None:
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _name(draft: Path, path: Path, *, force: bool) -> None:
    if not force:
        # Taken first: a rename alone would replace what came there meanwhile.
        os.close(os.open(path, _NEW, 0o600))
    try:
        os.replace(draft, path)  # noqa: PTH105 - as the lines around it
    except OSError:
        if not force:
            path.unlink()
        raise


def _settle(folder: Path) -> None:
    """The name is on disk, too, where the system lets folders be synced."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _in_words_of_ours(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise _there_already(path) from None
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise OutputLost(
                f"{path} cannot be written: {error.strerror}", fix="make room, or write elsewhere"
            ) from None
        raise UsageError(
            f"cannot write {path}: {error.strerror or error}",
            fix="name a file in a folder that you may write to",
        ) from None
