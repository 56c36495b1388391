"""What must be true of a SQLite store after any number of crashes.

Code of its own: the driver and SQL, nothing of the store's.
"""

from pathlib import Path
from typing import Any

from plinthctl.store.sqlite import driver
from tests.chaos.ledger import Books, Said

_JOBS_WITHOUT_DATA = """
    SELECT id FROM jobs LEFT JOIN job_data ON job_id = id WHERE job_id IS NULL"""
_GAPS_IN_HISTORY = """
    SELECT id, event_seq, count(seq), min(seq), max(seq) FROM jobs
    LEFT JOIN job_events ON job_id = id GROUP BY id
    HAVING count(seq) <> event_seq OR min(seq) <> 1 OR max(seq) <> event_seq"""
_STORED_STEPS = "SELECT job_id FROM job_steps WHERE state = 'done'"
_TRIES = "SELECT job_id FROM step_tries WHERE failure_class IS NULL"
_TOLD_STEPS = "SELECT job_id FROM job_events WHERE kind = 'step_done'"
_RUNNING = "SELECT id || ':' || claim_token FROM jobs WHERE status = 'running'"


class Audit:
    """A store, read as a plain SQLite file."""

    def __init__(self, path: Path) -> None:
        self._connection = driver.connect(f"file:{path}?mode=ro", uri=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(query))

    def column(self, query: str) -> list[str]:
        return [row[0] for row in self.rows(query)]

    def missing(self, jobs: set[str]) -> set[str]:
        """Which of these anybody who reads now would not find."""
        wanted = ", ".join(f"'{job}'" for job in jobs)
        return jobs - set(self.column(f"SELECT id FROM jobs WHERE id IN ({wanted})"))

    def is_sound(self) -> None:
        """SQLite finds nothing wrong, and no transaction is there by half."""
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rows("PRAGMA foreign_key_check") == []
        assert self.rows(_JOBS_WITHOUT_DATA) == []
        assert self.rows(_GAPS_IN_HISTORY) == []
        stored = sorted(self.column(_STORED_STEPS))
        assert stored == sorted(self.column(_TRIES)) == sorted(self.column(_TOLD_STEPS))

    def agrees_with(self, books: Books) -> None:
        """What was acknowledged is there, what was refused is not, and nothing else is."""
        for kind, query in (("job", "SELECT id FROM jobs"), ("step", _STORED_STEPS)):
            there = set(self.column(query))
            assert books.ids(Said.ACKED, kind) - there == set(), f"{kind}s that are lost"
            assert books.ids(Said.REFUSED, kind) & there == set(), f"refused {kind}s"
            assert there - books.ids(Said.ABOUT, kind) == set(), f"{kind}s from nowhere"

    def recovered(self) -> set[str]:
        """The jobs that were given back because their worker was gone."""
        return set(self.column("SELECT job_id FROM job_events WHERE kind = 'recovered'"))

    def buried(self) -> list[str]:
        """The workers that were retired."""
        return self.column("SELECT id FROM workers WHERE retired_at IS NOT NULL")

    def running(self) -> set[str]:
        """Each running job with its token, as ``id:token``."""
        return set(self.column(_RUNNING))
