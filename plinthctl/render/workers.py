"""The workers that have reported, a line each."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from plinthctl.domain.liveness import WorkerMode
from plinthctl.domain.spans import age, zulu
from plinthctl.domain.views import WorkerView
from plinthctl.render.sheet import Lines, columns, words


def table(workers: Sequence[WorkerView], width: int | None) -> Lines:
    """Who runs where, for which types, how busy it is and how it finds its work."""
    rows = [
        [
            words((worker.name, "bold" if width else "")),
            words(worker.host),
            words(str(worker.pid)),
            words(",".join(worker.types) or "all"),
            words(f"{worker.running}/{worker.slots}"),
            _beat(worker),
            words(worker.version or "-"),
            _mode(worker),
        ]
        for worker in workers
    ]
    header = ("NAME", "HOST", "PID", "TYPES", "SLOTS", "BEAT", "VERSION", "WORK")
    return columns(header, rows, width)


def _beat(worker: WorkerView) -> Text:
    ago = age(worker.silent_s)
    return words((f"{ago}!", "bold red")) if worker.silent else words(ago)


def _mode(worker: WorkerView) -> Text:
    match worker.mode:
        case WorkerMode.BELL:
            return Text("told through Redis")
        case WorkerMode.STORE:
            why = f": {worker.mode_why}" if worker.mode_why else ""
            return words((f"asks the store{why}", "yellow"))
        case None:
            return Text("starting")


def worker_object(worker: WorkerView) -> dict[str, Any]:
    """One worker; ``silent``: others take it for gone."""
    return {
        "id": worker.id,
        "name": worker.name,
        "host": worker.host,
        "pid": worker.pid,
        "types": list(worker.types),
        "running": worker.running,
        "slots": worker.slots,
        "started_at": zulu(worker.started_at),
        "beat_at": zulu(worker.beat_at),
        "silent_s": round(worker.silent_s, 3),
        "silent": worker.silent,
        "mode": worker.mode.value if worker.mode else None,
        "mode_why": worker.mode_why,
        "version": worker.version,
    }
