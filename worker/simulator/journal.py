"""The journal: a line when a request arrives, a line when it ends. No keys in it."""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class JournalCall:
    """One request.

    Attributes:
        run: The simulator's run; the same file may hold several.
        number: Of the request in its run, from 1.
        about: Whom the request is about: host, query, slug or company.
        end: None while it is open, then ``done`` or ``aborted`` (the client left).
        status: Of the answer; None before it and for an aborted call.
        fault: The misbehaviour that was asked for, if any.
    """

    run: str
    number: int
    opened_at: datetime
    provider: str
    method: str
    path: str
    request_id: str | None
    about: str
    end: str | None = None
    status: int | None = None
    fault: str | None = None

    @property
    def open(self) -> bool:
        return self.end is None


class JournalWriter:
    """Appends whole lines, so that a reader and other runs may share the file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._run = secrets.token_hex(4)
        self._number = 0

    def opened(
        self, *, provider: str, method: str, path: str, request_id: str | None, about: str
    ) -> int:
        """Note a request that has arrived; its number."""
        self._number += 1
        self._write(
            self._number,
            "open",
            provider=provider,
            method=method,
            path=path,
            request_id=request_id,
            about=about,
        )
        return self._number

    def done(self, number: int, status: int, fault: str | None) -> None:
        self._write(number, "done", status=status, fault=fault)

    def aborted(self, number: int, fault: str | None) -> None:
        self._write(number, "aborted", fault=fault)

    def close(self) -> None:
        os.close(self._file)

    def _write(self, number: int, event: str, **more: Any) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "run": self._run, "n": number, "event": event, **more}
        os.write(self._file, f"{json.dumps(line)}\n".encode())


class Journal:
    """Reads a journal. Each question reads the file anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def calls(
        self, provider: str | None = None, *, request_id: str | None = None
    ) -> list[JournalCall]:
        """The requests in the order of their arrival, of all providers or one."""
        found: dict[tuple[str, int], JournalCall] = {}
        for line in self._lines():
            key = (line["run"], line["n"])
            found[key] = _opened(line) if line["event"] == "open" else _ended(found[key], line)
        return [
            call
            for call in found.values()
            if provider in (None, call.provider) and request_id in (None, call.request_id)
        ]

    def open_calls(self, provider: str | None = None) -> list[JournalCall]:
        return [call for call in self.calls(provider) if call.open]

    def of_step(self, job_id: str, step: str) -> list[JournalCall]:
        """The requests whose ``x-request-id`` is of that step, all its tries."""
        head = f"{job_id}:{step}:"
        return [call for call in self.calls() if (call.request_id or "").startswith(head)]

    def wait_for(
        self, wanted: Callable[["Journal"], list[JournalCall]], timeout_s: float = 30.0
    ) -> list[JournalCall]:
        """What ``wanted`` finds, as soon as that is something.

        Raises:
            TimeoutError: it found nothing within ``timeout_s``.
        """
        give_up_at = time.monotonic() + timeout_s
        while not (found := wanted(self)):
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"nothing of that in the journal within {timeout_s:g} s")
            time.sleep(POLL_S)
        return found

    def wait_open(self, provider: str, timeout_s: float = 30.0) -> JournalCall:
        """The provider's first open call. Raises `TimeoutError`."""
        return self.wait_for(lambda journal: journal.open_calls(provider), timeout_s)[0]

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def _opened(line: dict[str, Any]) -> JournalCall:
    names = ("run", "provider", "method", "path", "request_id", "about")
    taken = {name: line[name] for name in names}
    return JournalCall(number=line["n"], opened_at=datetime.fromisoformat(line["at"]), **taken)


def _ended(call: JournalCall, line: dict[str, Any]) -> JournalCall:
    return replace(
        call, end=line["event"], status=line.get("status"), fault=line.get("fault") or call.fault
    )
