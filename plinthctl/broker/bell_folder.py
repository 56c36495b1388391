"""The files of the embedded server: its socket, a pointer to it, and two locks."""

import hashlib
import os
import re
import shlex
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plinthctl.errors import BellFailed

# What the kernel allows is 108 bytes on Linux and 104 on macOS, the last one zero.
PATH_BYTES: Final = 100
_SOCKET: Final = re.compile(r"bell-[0-9a-f]{8}\.sock")


@dataclass(frozen=True, slots=True)
class BellFolder:
    """The folder at ``path``. Its pointer holds the name of the socket of a server
    that has answered."""

    path: Path

    @classmethod
    def of(cls, data_dir: Path) -> "BellFolder":
        """The data directory itself, by whatever links it is reached; where that makes a
        socket's path too long, one under the temporary folder by user and data directory.

        Not under XDG_RUNTIME_DIR, which cron does not have: `reap` would look elsewhere.
        """
        home = cls(data_dir.absolute().resolve())
        return home if home._fits() else cls(_temporary(home.path))

    @property
    def server_lock(self) -> Path:
        """Held as long as the server lives, by the server."""
        return self.path / "bell.lock"

    @property
    def workers_lock(self) -> Path:
        """Held by every worker that uses the server, beside the others."""
        return self.path / "workers.lock"

    @property
    def _pointer(self) -> Path:
        return self.path / "bell.pointer"

    def new_socket(self) -> Path:
        """Where a new server may listen: at a path that no other ever had."""
        return self.path / f"bell-{os.urandom(4).hex()}.sock"

    def sockets(self) -> list[Path]:
        """All that are there, the one pointed at first."""
        first = self.pointed_at()
        found = self.path.glob("bell-*.sock")
        return sorted(found, key=lambda socket: (socket != first, socket))

    def pointed_at(self) -> Path | None:
        """The socket that the pointer names, unless it is gone."""
        try:
            name = self._pointer.read_text(encoding="ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        socket = self.path / name
        return socket if _SOCKET.fullmatch(name) and socket.exists() else None

    def point_at(self, socket: Path) -> None:
        """Tell others of a server that has answered at ``socket``."""
        new = self.path / f"bell.pointer.{os.urandom(4).hex()}"
        new.write_text(socket.name, encoding="ascii")
        # Not there any more: a new server is being started, and points at itself.
        with suppress(FileNotFoundError):
            new.replace(self._pointer)

    def clear(self) -> None:
        """Remove what dead servers and their starters left. Only while none can start."""
        for pattern in ("bell-*.sock", "bell.pointer*"):
            for left in self.path.glob(pattern):
                left.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Make the folder, for its owner only.

        Raises:
            BellFailed: it is there, and somebody else could put a socket of theirs into it.
            OSError: it cannot be made.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_length()
        reason = why_unsafe(self.path.lstat(), os.getuid())
        if reason is not None:
            raise BellFailed(
                f"the embedded Valkey is not started in {self.path}",
                why=reason,
                fix=f"check its owner and mode: ls -ld {shlex.quote(str(self.path))}",
            )

    def is_usable(self) -> bool:
        """Whether the folder is there, and is its owner's only."""
        try:
            return why_unsafe(self.path.lstat(), os.getuid()) is None
        except OSError:
            return False

    def _check_length(self) -> None:
        if not self._fits():
            raise BellFailed(
                f"the path of the embedded Valkey's socket in {self.path} is too long",
                why=f"systems allow about {PATH_BYTES} bytes",
                fix="set TMPDIR or XDG_DATA_HOME to a folder with a shorter path",
            )

    def _fits(self) -> bool:
        return len(os.fsencode(self.new_socket())) < PATH_BYTES


def why_unsafe(found: os.stat_result, uid: int) -> str | None:
    """What makes a folder no place for a private socket of user ``uid``; None: nothing."""
    if not stat.S_ISDIR(found.st_mode):
        return "it is a link, or no folder"
    if found.st_uid != uid:
        return f"it belongs to another user ({found.st_uid})"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write to it"
    return None


def _temporary(data_dir: Path) -> Path:
    named = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"plinthctl-{os.getuid()}-{named}"
