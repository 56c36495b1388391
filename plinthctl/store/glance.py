"""What TAB needs of a store, by the database's driver alone.

To load SQLAlchemy and the rest of this room takes longer than a shell may hang (300 ms).
So nothing is opened, made or checked here: a store of another schema, or none, is an
error of the driver's, of which a completion says nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from plinthctl.domain.ids import tail
from plinthctl.domain.results import ResultKind

CONNECT_TIMEOUT_S: Final = 2
_SQLITE: Final = "sqlite:///"

_JOBS: Final = "SELECT id, type, status FROM jobs ORDER BY id DESC LIMIT {}"
_OWNERS: Final = 'SELECT org, "user" FROM jobs ORDER BY id DESC LIMIT {}'
_DECISIONS: Final = "SELECT id, title FROM decisions ORDER BY id DESC LIMIT {}"
_ALERTS: Final = "SELECT id, rule FROM alerts WHERE resolved_at IS NULL ORDER BY id DESC LIMIT {}"
_RESULTS: Final = {
    ResultKind.PROFILE: "SELECT id, title FROM competitor_profiles ORDER BY id DESC LIMIT {}",
    ResultKind.EVIDENCE: "SELECT id, title FROM evidence_items ORDER BY id DESC LIMIT {}",
    ResultKind.ANALYSIS: "SELECT id, title FROM option_analyses ORDER BY id DESC LIMIT {}",
    ResultKind.BRIEF: "SELECT id, title FROM briefs ORDER BY id DESC LIMIT {}",
}

Row = tuple[str, ...]


class Glance:
    """One look at the newest of each thing at a ``sqlite:///`` or ``postgresql://`` URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def jobs(self, at_most: int) -> Sequence[Row]:
        """Ids, types and statuses of the newest jobs."""
        return self._rows(_JOBS, at_most)

    def owners(self, at_most: int) -> Sequence[Row]:
        """Organisations and users of the newest jobs."""
        return self._rows(_OWNERS, at_most)

    def open_alerts(self, at_most: int) -> Sequence[Row]:
        """Ids and rules of the newest alerts that are open."""
        return self._rows(_ALERTS, at_most)

    def decisions(self, at_most: int) -> Sequence[Row]:
        """Ids and titles of the newest decisions."""
        return self._rows(_DECISIONS, at_most)

    def results(self, at_most: int) -> Sequence[Row]:
        """Ids and titles of the newest results, each title behind its kind."""
        found = sorted(self._results(at_most), key=lambda row: tail(row[0]), reverse=True)
        return found[:at_most]

    def _results(self, at_most: int) -> Iterator[Row]:
        for kind, question in _RESULTS.items():
            yield from ((one, f"{kind} {title}") for one, title in self._rows(question, at_most))

    def _rows(self, question: str, at_most: int) -> Sequence[Row]:
        with closing(_connect(self._url)) as connection:
            rows: Sequence[Row] = connection.cursor().execute(question.format(at_most)).fetchall()
        return rows


def _connect(url: str) -> Any:
    if url.startswith(_SQLITE):
        from plinthctl.store.sqlite_driver import driver, file_uri

        path = Path(url.removeprefix(_SQLITE).partition("?")[0]).expanduser().absolute()
        return driver.connect(file_uri(path, writes=False), uri=True)
    import psycopg

    address = f"postgresql://{url.partition('://')[2]}"
    return psycopg.connect(address, connect_timeout=CONNECT_TIMEOUT_S, autocommit=True)
