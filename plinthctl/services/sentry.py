"""Telling Sentry of final failures. Contract: contracts/sentry.md.

Nothing of the SDK is loaded without a DSN. With one, a client of our own is used and
nothing of the process is touched: no global client, no integrations, no hooks, so that
no exception that is caught and retried is ever sent, and no variable of a frame.
"""

import os
import traceback
from collections.abc import Callable, Iterator
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from plinthctl import __version__
from plinthctl.domain import reports
from plinthctl.domain.failures import EndCode
from plinthctl.domain.reports import Report

if TYPE_CHECKING:
    from sentry_sdk import Client

LAST_WORDS_S: Final = 2.0  # that leaving may take longer for events that are not sent yet
ID_BYTES: Final = 16
_OURS: Final = frozenset({"plinthctl", "worker", "tui"})

Trouble = Callable[[str], None]


def unnoticed(_: str) -> None:
    """Nobody is told of trouble with Sentry."""


def new_report_id() -> str:
    """An id for a report: 32 hex digits."""
    return os.urandom(ID_BYTES).hex()


class Sentry:
    """Where final failures are told; a failure of its own changes nothing else.

    Args:
        dsn: None: nobody is told, and nothing is loaded.
        trouble: Called with what keeps reports from being sent, such as a DSN that is
            none, in our words. Of an outage nobody notices anything.
    """

    def __init__(
        self, dsn: str | None = None, environment: str | None = None, trouble: Trouble = unnoticed
    ) -> None:
        self._dsn = dsn
        self._environment = environment
        self._trouble = trouble

    def new_id(self) -> str | None:
        """An id for the next report; None: nobody is told."""
        return None if self._client is None else new_report_id()

    def open(self) -> None:
        """Load the SDK now, where there is a DSN: one that is none is told at once."""
        _ = self._client

    def send(self, report: Report, cause: BaseException | None = None) -> None:
        """Tell of a failure, soon and in a thread of the SDK's; of ``cause`` only where
        it came from. Never raises, never waits."""
        client = self._client
        if client is None:
            return
        try:
            client.capture_event(event(report, cause))
        except Exception as error:  # noqa: BLE001 - whatever happens there, the job has ended
            self._trouble(f"a failure could not be reported: {type(error).__name__}")

    def ended(self, job_id: str, job_type: str, rule: str) -> None:
        """Tell of a job that a sweep acted on, where ``rule`` is one that failed it."""
        if rule in set(EndCode) and (report_id := self.new_id()) is not None:
            self.send(reports.of_end(report_id, job_id, job_type, EndCode(rule)))

    def close(self) -> None:
        """Send what is not sent yet, for at most 2 s."""
        client = self.__dict__.get("_client")
        if client is not None:
            client.close(timeout=LAST_WORDS_S)

    @cached_property
    def _client(self) -> "Client | None":
        if not self._dsn:
            return None
        try:
            return _client(self._dsn, self._environment)
        except Exception as error:  # noqa: BLE001 - not only BadDsn: a proxy that is none, too
            # Not in its words: a DSN that is none may hold the key anywhere.
            self._trouble(f"sentry.dsn cannot be used: {type(error).__name__}")
            return None


def _client(dsn: str, environment: str | None) -> "Client":
    import sentry_sdk

    return sentry_sdk.Client(
        dsn=dsn,
        # Everything that the SDK would else read from SENTRY_… variables is given here.
        environment=environment or "production",
        release=f"plinthctl@{__version__}",
        debug=False,
        spotlight=False,
        server_name="",  # a laptop's name may be its owner's
        project_root="",
        sample_rate=1.0,
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        shutdown_timeout=LAST_WORDS_S,
    )


def event(report: Report, cause: BaseException | None) -> Any:
    """A report as Sentry reads it (contracts/sentry.md section 6)."""
    tags = {
        "job_type": report.job_type,
        "error_class": report.code.value,
        "step": report.step,
        "provider": report.provider,
    }
    job = {
        "id": report.job_id,
        "step": report.step,
        "attempt": report.attempt,
        "http_status": report.http_status,
        "request_id": report.request_id,
    }
    return {
        "event_id": report.id,
        "level": report.level.value,
        "tags": _said(tags),
        "contexts": {"job": _said(job)},
        "extra": {"jobId": report.job_id, "jobType": report.job_type},
        "fingerprint": ["{{ default }}", report.code.value, report.step or ""],
        "exception": {"values": [_exception(report, cause)]},
    }


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _exception(report: Report, cause: BaseException | None) -> dict[str, Any]:
    kind = report.code.value if cause is None else type(cause).__name__
    frames = list(_frames(cause.__traceback__)) if cause else []
    return {
        "type": kind,
        # Not the exception's own words: they may repeat a prompt or a page.
        "value": report.message,
        "mechanism": {"type": "generic", "handled": True},
        **({"stacktrace": {"frames": frames}} if frames else {}),
    }


def _frames(trace: TracebackType | None) -> Iterator[dict[str, Any]]:
    """Where it happened; no paths, which begin with somebody's home, and no variables."""
    for frame, line in traceback.walk_tb(trace):
        module = str(frame.f_globals.get("__name__"))
        yield {
            "module": module,
            "function": frame.f_code.co_name,
            "lineno": line,
            "in_app": module.partition(".")[0] in _OURS,
        }
