"""What a run has left behind, read without any code of the product's.

The store by SQL of its own, the simulator's journal and the clients' histories as
lines of JSON. Times are microseconds since 1970 UTC.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg

try:
    from pysqlite3 import dbapi2 as driver  # type: ignore[import-untyped]
except ImportError:
    driver = sqlite3

RESULT_TABLES: Final = ("competitor_profiles", "evidence_items", "option_analyses", "briefs")
_JOBS: Final = 'SELECT id, org, "user", status, key, event_seq FROM jobs'
# In the order of their commits. SQLite has one writer at a time. On PostgreSQL a
# transaction has its number from its first write on: an admission, which reads and
# writes behind the locks of its scopes, has a higher one than every end that it saw.
_EVENTS: Final = "SELECT {order}, job_id, seq, at, kind, actor, token, data FROM job_events"
_ORDER: Final = {"sqlite": "rowid", "postgresql": "xmin::text::bigint"}
_TRIES: Final = "SELECT job_id, step, round, count(*) FROM step_tries GROUP BY job_id, step, round"
_ENDS: Final = "SELECT job_id, count(*) FROM job_ends GROUP BY job_id"
_WORKERS: Final = "SELECT pid, id FROM workers"


@dataclass(frozen=True)
class Job:
    id: str
    org: str
    user: str
    status: str
    key: str | None
    event_seq: int


@dataclass(frozen=True)
class Event:
    """``order``: of the commits, over all jobs."""

    order: int
    job: str
    seq: int
    at: int
    kind: str
    actor: str | None
    token: int
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def begins(self) -> tuple[str, ...]:
        """The steps that start with it."""
        if self.kind == "claimed":
            return tuple(self.data.get("steps", ()))
        return (self.data["step"],) if self.kind == "step_started" else ()


@dataclass(frozen=True)
class Call:
    """A request to a provider, for a step of a job."""

    job: str
    step: str
    at: int


@dataclass(frozen=True)
class Line:
    """One act of a client or of the nemesis.

    ``said``: ok, refused or unknown of a client's; of a fault, what it was.
    """

    act: str
    said: str
    began: int
    ended: int
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Evidence:
    """``results``, ``ends``: rows by job; ``tries``: by job, step and round;
    ``workers``: ids by process id; ``trouble``: what the database finds in itself."""

    jobs: dict[str, Job] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    results: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    tries: dict[tuple[str, str, int], int] = field(default_factory=dict)
    workers: dict[int, list[str]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def said(self, act: str, said: str | None = None) -> list[Line]:
        return [one for one in self.lines if one.act == act and said in (None, one.said)]

    def all_events(self) -> list[Event]:
        """Of all jobs, in the order of their commits."""
        every = (event for events in self.events.values() for event in events)
        return sorted(every, key=lambda one: (one.order, one.job, one.seq))


class Books:
    """The store, read by plain SQL. ``url``: of SQLite's file or PostgreSQL's server."""

    def __init__(self, url: str) -> None:
        self.kind = url.partition(":")[0]
        if self.kind == "sqlite":
            path = url.removeprefix("sqlite:///")
            self._connection: Any = driver.connect(f"file:{path}?mode=ro", uri=True)
        else:
            self._connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(query).fetchall())

    def active(self) -> int:
        return self.rows("SELECT count(*) FROM jobs WHERE status IN ('pending', 'running')")[0][0]

    def of_status(self, *statuses: str) -> list[str]:
        among = ", ".join(f"'{status}'" for status in statuses)
        return [row[0] for row in self.rows(f"SELECT id FROM jobs WHERE status IN ({among})")]

    def evidence(self) -> Evidence:
        found = Evidence(trouble=self._trouble())
        found.jobs = {row[0]: Job(*row) for row in self.rows(_JOBS)}
        for row in self.rows(_EVENTS.format(order=_ORDER[self.kind])):
            data = json.loads(row[-1]) if isinstance(row[-1], str) else row[-1]
            event = Event(*[*row[:-1], data])
            found.events.setdefault(event.job, []).append(event)
        for events in found.events.values():
            events.sort(key=lambda one: one.seq)
        for table in RESULT_TABLES:
            found.results.update(row[0] for row in self.rows(f"SELECT job_id FROM {table}"))
        found.ends = Counter(dict(self.rows(_ENDS)))
        found.tries = {(job, step, of): n for job, step, of, n in self.rows(_TRIES)}
        for pid, worker in self.rows(_WORKERS):
            found.workers.setdefault(pid, []).append(worker)
        return found

    def _trouble(self) -> list[str]:
        if self.kind != "sqlite":
            return []
        said = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return said + [f"foreign key: {row}" for row in self.rows("PRAGMA foreign_key_check")]


def calls_in(journal: Path) -> list[Call]:
    """The requests in the simulator's journal that carry a job's id."""
    opened = (line for line in _lines(journal) if line["event"] == "open")
    return [call for line in opened if (call := _call(line))]


def _call(line: Mapping[str, Any]) -> Call | None:
    job, step, _ = [*(line["request_id"] or "").split(":"), "", ""][:3]
    return Call(job, step, micros(line["at"])) if step else None


def history_in(path: Path) -> list[Line]:
    return [_line(**line) for line in _lines(path)]


def _line(act: str, said: str, began: int, ended: int, **more: Any) -> Line:
    return Line(act, said, began, ended, more)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    yield from (json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n")


def micros(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1_000_000)


def evidence_of(url: str, journal: Path, histories: Iterable[Path]) -> Evidence:
    """All of it together."""
    books = Books(url)
    found = books.evidence()
    books.close()
    found.calls = calls_in(journal)
    found.lines = [line for path in histories for line in history_in(path)]
    return found
