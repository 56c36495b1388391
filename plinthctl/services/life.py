"""Life files: how processes on one machine see at once that a worker is dead.

A worker holds a lock on its file as long as it lives, and the kernel lets go of
it at its death, however it died. Process ids and start times say less: they lie
across namespaces and with zombies (CORE.md, "Who is alive").
"""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final, Protocol

from plinthctl.domain.runs import Neighbour

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str | None:
    """Which boot of which machine this is; None where the system does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def life_path(data_dir: Path, store_url: str, worker_id: str) -> Path:
    """Where a worker's life file goes: in the data directory if it can be written to,
    else in a folder under the temporary one by user, store and worker."""
    for folder in (data_dir / "workers", _temporary_folder(store_url)):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return folder / f"{worker_id}.life"
    return Path(tempfile.gettempdir()) / f"plinthctl-{worker_id}.life"


def _temporary_folder(store_url: str) -> Path:
    store = hashlib.sha256(store_url.encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"plinthctl-{os.getuid()}" / store


class LifeFile:
    """A file whose lock this process holds until `remove`, or its death.

    Raises:
        OSError: the file cannot be made, or is there already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """End it. The worker's row must be retired before: a missing file says nothing."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


class Neighbourly(Protocol):
    """A worker that says where its life file is, and on which boot of which machine."""

    @property
    def boot_id(self) -> str | None:
        """None: its system does not say."""
        ...

    @property
    def life_file(self) -> str | None:
        """None: it has none."""
        ...


def seen_dead(neighbour: Neighbourly, own_boot_id: str | None) -> bool:
    """Whether a worker of this machine is known to be dead.

    False means unknown: it may be alive, or elsewhere, or in a place that this
    process cannot look into.
    """
    if own_boot_id is None or neighbour.boot_id != own_boot_id or neighbour.life_file is None:
        return False
    return _nobody_holds(Path(neighbour.life_file))


def _nobody_holds(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # Shared, so that two neighbours who look at once do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def clear_away(neighbour: Neighbour) -> None:
    """Remove the file that a dead neighbour of this machine left."""
    if neighbour.life_file is not None and neighbour.life_file.endswith(f"{neighbour.id}.life"):
        try:
            Path(neighbour.life_file).unlink(missing_ok=True)
        except OSError:
            return  # somebody else's folder; its owner's next worker is free to tidy
