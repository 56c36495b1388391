"""A worker that is started because somebody waits and none is alive."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from plinthctl import programs
from plinthctl.domain.liveness import SILENT_AFTER_S
from plinthctl.services.life import boot_id, seen_dead

if TYPE_CHECKING:
    from plinthctl.store import Store

LOG_BYTES: Final = 1_000_000  # a longer log is begun anew
LAST_WORDS_BYTES: Final = 4_000
_ERROR: Final = "error: "
_GRAVITY: Final = {"error": 2, "warning": 1}


@dataclass(slots=True)
class Standby:
    """A worker in a session of its own; it ends by itself when nothing is left.

    Attributes:
        log: Where it writes, as those before it did.
        log_from: Where in it this worker's own lines begin, in bytes.
    """

    process: subprocess.Popen[bytes]
    log: Path
    log_from: int

    @property
    def works(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    @property
    def failure(self) -> str | None:
        """How it ended, in words, if it did badly; None: it works, or is done."""
        code = self.process.poll()
        if not code:
            return None
        return f"ended with exit code {code}" if code > 0 else f"was killed by signal {-code}"

    def last_words(self) -> str | None:
        """What it said of its end, or last of all; None: nothing."""
        with self.log.open("rb") as log:
            log.seek(max(self.log_from, self.log.stat().st_size - LAST_WORDS_BYTES))
            return gravest(log.read().decode(errors="replace").splitlines())


def gravest(lines: Sequence[str]) -> str | None:
    """What the last of the gravest lines of a worker's log says: an error, else a
    warning, else anything."""
    said = [_weighed(line.strip()) for line in lines if line.strip()]
    weight = max((weight for weight, _ in said), default=0)
    return next((text for one, text in reversed(said) if one == weight), None)


def _weighed(line: str) -> tuple[int, str]:
    """How grave a line is, and what it says. It is JSON, but for a command's own error."""
    if line.startswith(_ERROR):
        return _GRAVITY["error"], line.removeprefix(_ERROR)
    try:
        told: Any = json.loads(line)
    except ValueError:
        return 0, line
    match told:
        case {"error": {"message": str(text)}}:
            return _GRAVITY["error"], text
        case {"level": level, "message": str(text)}:
            return _GRAVITY.get(level, 0), text
    return 0, line


def is_served(store: "Store", job_type: str) -> bool:
    """Whether a worker takes jobs of this type that beats, and is not seen to be dead."""
    here = boot_id()
    beating = (w for w in store.workers() if w.silent_s < SILENT_AFTER_S)
    takers = (w for w in beating if not w.types or job_type in w.types)
    return any(not seen_dead(taker, here) for taker in takers)


def start(log: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> Standby:
    """Start ``plinthctl worker`` with these arguments apart from this terminal.

    It outlives this process; its output goes to ``log``, which only its owner
    can read. Raises OSError where the log cannot be written.
    """
    with _open_log(log) as output:
        log_from = output.tell()
        process = subprocess.Popen(  # noqa: S603 - our own program
            programs.command("plinthctl", "worker", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=programs.environment(environ),
            start_new_session=True,
        )
    return Standby(process, log, log_from)


def _open_log(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    long = log.exists() and log.stat().st_size > LOG_BYTES
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if long else 0)
    return os.fdopen(os.open(log, flags, 0o600), "ab")
