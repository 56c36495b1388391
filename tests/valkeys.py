"""A Valkey server of a test's own: killed, restarted, frozen, filled up and locked at will."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from redis import Redis
from redis.exceptions import RedisError

from plinthctl.broker.valkey import server_binary

UP_WITHIN_S: Final = 20.0


class Valkey:
    """On a unix socket and a port of loopback; the same ones at each start."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.port = _free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def tcp_url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: Any) -> Redis:
        """For the test's own questions."""
        return Redis(unix_socket_path=str(self.socket), socket_timeout=5.0, **options)

    def start(self) -> None:
        """Run, and return once it answers."""
        binary = server_binary()
        assert binary is not None
        place = ("--dir", str(self.folder), "--unixsocket", str(self.socket))
        listens = ("--bind", "127.0.0.1", "--port", str(self.port))
        nothing_kept = ("--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            [str(binary), *listens, *place, *nothing_kept, *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up_at = time.monotonic() + UP_WITHIN_S
        while not self._answers():
            assert time.monotonic() < give_up_at, "Valkey does not answer"
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError as error:
            return "NOAUTH" in str(error) or "denied" in str(error)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def restart(self) -> None:
        self.kill()
        self.start()

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def set(self, name: str, value: str) -> None:
        """CONFIG SET."""
        with self.client() as client:
            client.config_set(name, value)

    def be_replica(self, *, read_only: bool) -> None:
        """Turn read-only as a replica does, and writable again."""
        with self.client() as client:
            if read_only:
                client.replicaof("127.0.0.1", "1")
            else:
                client.replicaof("NO", "ONE")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    # Socket paths are short, pytest's are not.
    with tempfile.TemporaryDirectory(prefix="plinthctl-vk-") as folder:
        server = Valkey(Path(folder))
        server.start()
        yield server
        server.kill()
