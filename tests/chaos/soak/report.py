"""What a soak has shown: figures and violations, as JSON and on one page."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from tests.chaos.soak.checker import ENDS, stored_at, violations
from tests.chaos.soak.evidence import Evidence

US: Final = 1e6


@dataclass(frozen=True)
class Report:
    """Seconds, and counts. ``again``: steps that ran once more because their first
    run was interrupted; ``recovery_s``: from kill -9 to the next claim of each job that
    was running there; ``unheard_s``: from a submit without Redis to its claim."""

    seed: int
    database: str
    minutes: float
    jobs: int
    ends: dict[str, int]
    faults: dict[str, int]
    acts: dict[str, int]
    steps_stored: int
    steps_again: int
    recovered: int
    recovery_s: dict[str, float]
    unheard_s: dict[str, float]
    accept_s_redis_up: dict[str, float]
    accept_s_redis_away: dict[str, float]
    violations: list[str]

    def json(self) -> dict[str, object]:
        return asdict(self)

    def page(self) -> str:
        repeat = (
            f"python -m tests.chaos --minutes {self.minutes:g} --database {self.database} "
            f"--seed {self.seed}"
        )
        rows = [
            f"| {name.replace('_', ' ')} | {_words(value)} |"
            for name, value in self.json().items()
            if name not in ("violations", "seed", "database", "minutes")
        ]
        broken = [f"- {one}" for one in self.violations] or ["none"]
        head = [f"# {self.minutes:g} minutes on {self.database}", "", f"To repeat: `{repeat}`", ""]
        return "\n".join(
            [*head, "| what | |", "|---|---|", *rows, "", "## Violations", "", *broken, ""]
        )


def report(found: Evidence, seed: int, database: str, minutes: float) -> Report:
    submits = found.said("submit", "ok")
    events = [event for of_job in found.events.values() for event in of_job]
    kinds = Counter(event.kind for event in events)
    return Report(
        seed=seed,
        database=database,
        minutes=minutes,
        jobs=len(found.jobs),
        ends={kind: kinds[kind] for kind in ENDS},
        faults=dict(sorted(Counter(line.said for line in found.said("fault")).items())),
        acts=dict(
            sorted(
                Counter(
                    f"{one.act} {one.said}" for one in found.lines if one.act != "fault"
                ).items()
            )
        ),
        steps_stored=len(stored_at(found)),
        steps_again=_again(found),
        recovered=kinds["recovered"],
        recovery_s=_spread(recoveries(found)),
        unheard_s=_spread(_unheard(found)),
        accept_s_redis_up=_spread(_took(submits, up=True)),
        accept_s_redis_away=_spread(_took(submits, up=False)),
        violations=violations(found),
    )


def _again(found: Evidence) -> int:
    """Starts of steps that no recorded try belongs to, beyond none at all."""
    begun = Counter(
        (event.job, step) for of in found.events.values() for event in of for step in event.begins
    )
    tried = Counter[tuple[str, str]]()
    for (job, step, _), tries in found.tries.items():
        tried[job, step] += tries
    return sum(max(0, begun[one] - tried[one]) for one in begun if tried[one])


def recoveries(found: Evidence) -> list[float]:
    """Seconds from each kill to the next claim of each job that ran there."""
    waits = []
    for line in found.said("kill"):
        killed = set(found.workers.get(line.more["pid"], ()))
        for events in found.events.values():
            place = bisect_right([event.at for event in events], line.began)
            claims = [n for n in range(place) if events[n].kind == "claimed"]
            over = {"recovered", "released", "waiting", "parked", *ENDS}
            if not claims or events[claims[-1]].actor not in killed:
                continue
            if any(event.kind in over for event in events[claims[-1] : place]):
                continue
            again = [event for event in events[place:] if event.kind == "claimed"]
            waits += [(again[0].at - line.began) / US] if again else []
    return waits


def _unheard(found: Evidence) -> list[float]:
    """Seconds from a job's acceptance without Redis to its first claim."""
    waits = []
    for line in found.said("submit", "ok"):
        for job in () if line.more["redis"] else line.more["jobs"]:
            claims = [one.at for one in found.events.get(job, []) if one.kind == "claimed"]
            waits += [max(0.0, (claims[0] - line.ended) / US)] if claims else []
    return waits


def _took(lines: Sequence[object], *, up: bool) -> list[float]:
    return [
        (line.ended - line.began) / US  # type: ignore[attr-defined]
        for line in lines
        if bool(line.more["redis"]) is up  # type: ignore[attr-defined]
    ]


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    ranked = sorted(seconds)
    at = {name: ranked[int(share * (len(ranked) - 1))] for name, share in _SHARES.items()}
    return {"of": len(ranked), **{name: round(value, 3) for name, value in at.items()}}


_SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "most": 1.0}


def _words(value: object) -> str:
    if isinstance(value, dict):
        told = (f"{k} {v}" for k, v in value.items() if v or isinstance(v, float))
        return ", ".join(told) or "none"
    return str(value)
