"""A worker that is started because somebody waits and none is alive."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from plinthctl import programs
from plinthctl.domain.liveness import SILENT_AFTER_S
from plinthctl.services.life import boot_id, seen_dead

if TYPE_CHECKING:
    from plinthctl.store import Store

LOG_BYTES: Final = 1_000_000  # a longer log is begun anew
LAST_WORDS_BYTES: Final = 4_000


@dataclass(slots=True)
class Standby:
    """A worker in a session of its own; it ends by itself when nothing is left."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def works(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def failed(self) -> int | None:
        """The exit code of a worker that ended badly; None: it works, or is done."""
        return self.process.poll() or None

    def last_words(self) -> str | None:
        """The last line of its log."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LAST_WORDS_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), None)


def is_served(store: "Store", job_type: str) -> bool:
    """Whether a worker takes jobs of this type that beats, and is not seen to be dead."""
    here = boot_id()
    beating = (w for w in store.workers() if w.silent_s < SILENT_AFTER_S)
    takers = (w for w in beating if not w.types or job_type in w.types)
    return any(not seen_dead(taker, here) for taker in takers)


def start(log: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> Standby:
    """Start ``plinthctl worker --burst`` apart from this terminal.

    It outlives this process; its output goes to ``log``, which only its owner
    can read. Raises OSError where the log cannot be written.
    """
    with _open_log(log) as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            programs.command("plinthctl", "worker", "--burst", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=programs.environment(environ),
            start_new_session=True,
        )
    return Standby(process, log)


def _open_log(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    long = log.exists() and log.stat().st_size > LOG_BYTES
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if long else 0)
    return os.fdopen(os.open(log, flags, 0o600), "ab")
