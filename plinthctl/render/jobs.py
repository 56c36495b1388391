"""Lists of jobs: for people on a terminal, for awk in a pipe."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from plinthctl.domain.expiry import DEFAULT_EXPIRY, Expiry
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.spans import ordinal, span
from plinthctl.domain.views import JobView
from plinthctl.render.phases import phase_text
from plinthctl.render.sheet import Columns, Lines, or_nothing, words
from plinthctl.render.times import TimeStyle, field, stamp

NOBODY_WAITS: Final[Mapping[str, int]] = {}


class Table:
    """One job a line: glyphs, short ids and a cut message on a terminal; whole ids
    and nothing cut where ``width`` is None. The header comes with the first page.

    ``clocks`` tell which jobs are stuck; their age is marked on a terminal.
    """

    def __init__(
        self,
        width: int | None,
        times: TimeStyle,
        *,
        wide: bool = False,
        clocks: Expiry = DEFAULT_EXPIRY,
    ) -> None:
        self._piped = width is None
        self._times = times
        self._wide = wide
        self._clocks = clocks
        self._columns = Columns(self._header(), width)

    def _header(self) -> tuple[str, ...]:
        age = "AGE" if self._times is TimeStyle.RELATIVE else "CREATED"
        extra = (
            ("ORG", "USER", "DECISION", "TRY", "STEP", "WORKER", "DATA", "QUALITY")
            if self._wide
            else ()
        )
        return ("ID", "TYPE", "STATUS", "PROGRESS", age, "TOOK", *extra, "MESSAGE")

    def lines(self, jobs: Sequence[JobView], line: Mapping[str, int] = NOBODY_WAITS) -> Lines:
        """The lines of one page of jobs; none for no job. ``line`` has the places
        of due jobs by their ids."""
        rows = [
            [or_nothing(cell, self._piped) for cell in self._row(job, line.get(job.id))]
            for job in jobs
        ]
        return self._columns.lines(rows) if rows else []

    def _row(self, job: JobView, place: int | None) -> list[Text]:
        return [
            words(job.id) if self._piped else self._name(job),
            words(job.type),
            words(job.phase.value) if self._piped else phase_text(job.phase),
            _progress(job),
            self._age(job),
            _took(job),
            *(_extra(job) if self._wide else []),
            _message(job, place),
        ]

    def _name(self, job: JobView) -> Text:
        return words((job.id if self._wide else short(job.id), "bold"))

    def _age(self, job: JobView) -> Text:
        if self._piped:
            return words(field(job.created_at, job.read_at, self._times))
        told = words(stamp(job.created_at, job.read_at, self._times))
        return told + Text("!", "bold red") if job.stuck(self._clocks) else told


def _progress(job: JobView) -> Text:
    begun = job.progress > 0 or job.status is not JobStatus.PENDING
    return words(f"{job.progress}%" if begun else "")


def _took(job: JobView) -> Text:
    return words(span(job.elapsed_s) if job.ended and job.elapsed_s is not None else "")


def _extra(job: JobView) -> list[Text]:
    kind = {True: "simulated", False: "live", None: ""}[job.simulated]
    attempt, quality = str(job.attempt), job.quality and job.quality.value
    fields = (job.org, job.user, job.decision, attempt, job.step, job.worker, kind, quality)
    return [words(field or "") for field in fields]


def _message(job: JobView, place: int | None) -> Text:
    if job.status is JobStatus.FAILED:
        return words((job.error or "", "red"))
    if job.ended:
        return Text()
    return words(job.status_message or _waits_for(job, place))


def _waits_for(job: JobView, place: int | None) -> str:
    if job.phase is Phase.PAUSED:
        return "waits until it is resumed"
    return "" if place is None else f"{ordinal(place)} in line"
