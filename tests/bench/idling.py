"""What a worker takes that has nothing to do, beside plain arq with the same drivers."""

from pathlib import Path
from typing import Final

from tests.bench import raw
from tests.bench.catalogue import NOOP
from tests.bench.processes import Use, use_of
from tests.bench.stage import DATABASES, Stage, stage
from tests.bench.table import Figure

SETTLES_S: Final = 5.0
WATCHED_S: Final = 30.0
CPU_AT_MOST: Final = 0.005  # of a core
RSS_TIMES: Final = 1.2


def figures(folder: Path) -> list[Figure]:
    with stage(folder) as at:
        raws = _raw(at)
        return [figure for name in DATABASES for figure in _figures(name, _ours(at, name), raws)]


def _figures(database: str, ours: Use, raws: Use) -> list[Figure]:
    beside = "arq that has loaded the drivers"
    memory = ours.rss_mb / raws.rss_mb
    return [
        Figure(
            f"idle worker, CPU, {database}",
            ours.cpu / max(raws.cpu, 1e-4),
            beside,
            f"{ours.cpu:.2%} of a core against {raws.cpu:.2%}; asked at most {CPU_AT_MOST:.1%}",
            ours.cpu <= CPU_AT_MOST,
        ),
        Figure(
            f"idle worker, memory, {database}",
            memory,
            beside,
            f"{ours.rss_mb:.0f} MB against {raws.rss_mb:.0f}",
            memory <= RSS_TIMES,
            RSS_TIMES,
        ),
    ]


def _ours(at: Stage, database: str) -> Use:
    with (
        at.services(at.new_store(database)) as services,
        at.process(services, "--types", NOOP) as worker,
    ):
        use_of(worker.pid, SETTLES_S)
        return use_of(worker.pid, WATCHED_S)


def _raw(at: Stage) -> Use:
    at.empty_redis()
    with at.arq_worker(raw.Loaded.__name__) as worker:
        use_of(worker.pid, SETTLES_S)
        return use_of(worker.pid, WATCHED_S)
