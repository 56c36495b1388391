"""Lists of jobs: for people on a terminal, for awk in a pipe."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from plinthctl.cli.render.phases import phase_text
from plinthctl.cli.render.sheet import Lines, columns, words
from plinthctl.cli.render.times import TimeStyle, span, stamp
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.views import JobView

NOTHING: Final = "–"


def table(
    jobs: Sequence[JobView], width: int | None, times: TimeStyle, *, wide: bool = False
) -> Lines:
    """One job a line: glyphs, short ids and a cut message on a terminal; whole
    ids and nothing cut where ``width`` is None."""
    piped = width is None
    age = "AGE" if times is TimeStyle.RELATIVE else "CREATED"
    extra = ("ORG", "USER", "DECISION", "TRY", "STEP", "WORKER", "DATA") if wide else ()
    header = ("ID", "TYPE", "STATUS", "PROGRESS", age, "TOOK", *extra, "MESSAGE")
    rows = [
        [
            Text(job.id if piped or wide else short(job.id), "bold" if not piped else ""),
            words(job.type),
            Text(job.phase.value) if piped else phase_text(job.phase),
            _progress(job),
            Text(stamp(job.created_at, job.read_at, times)),
            _took(job),
            *(_extra(job) if wide else []),
            _message(job),
        ]
        for job in jobs
    ]
    return columns(header, [[_or_nothing(c, piped) for c in row] for row in rows], width)


def _or_nothing(cell: Text, piped: bool) -> Text:
    # In a pipe no field is empty, or awk would count them wrongly.
    return cell if cell.plain else Text("-" if piped else NOTHING, "dim")


def _progress(job: JobView) -> Text:
    begun = job.progress > 0 or job.status is not JobStatus.PENDING
    return Text(f"{job.progress}%" if begun else "")


def _took(job: JobView) -> Text:
    return Text(span(job.elapsed_s) if job.ended and job.elapsed_s is not None else "")


def _extra(job: JobView) -> list[Text]:
    kind = {True: "simulated", False: "live", None: ""}[job.simulated]
    fields = (job.org, job.user, job.decision, str(job.attempt), job.step, job.worker, kind)
    return [words(field or "") for field in fields]


def _message(job: JobView) -> Text:
    if job.status is JobStatus.FAILED:
        return words((job.error or "", "red"))
    return words("" if job.ended else job.status_message or "")
