"""The last words on a job: what became of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.spans import age, span, usual
from plinthctl.domain.views import JobView
from plinthctl.render.advice import fix_for
from plinthctl.render.phases import phase_mark
from plinthctl.render.sheet import Lines, words
from plinthctl.render.times import starts


def accepted_line(job: JobView) -> Text:
    """A job was accepted, before it is waited for."""
    return _started(job, *_start(job), "Ctrl-C detaches")


def _started(job: JobView, *notes: str) -> Text:
    title = JOB_TYPES[job.type].title
    verb = "scheduled" if job.phase is Phase.SCHEDULED else "started"
    note = f"   {' · '.join(notes)}"
    return words(("✓ ", "green"), f"{title} {verb}   ", (short(job.id), "bold"), (note, "dim"))


def _start(job: JobView) -> Iterator[str]:
    if job.phase is Phase.SCHEDULED:
        yield f"starts {starts(job.available_at, job.read_at)}"


def started_lines(job: JobView) -> Lines:
    """A job was accepted; how to see more of it."""
    name = short(job.id)
    return [
        _started(job, *_start(job), f"usually {usual(JOB_TYPES[job.type].usual_s)}"),
        words(f"  view:   plinthctl show {name}"),
        words(f"  follow: plinthctl watch {name}"),
    ]


def starts_line(job: JobView) -> Text:
    """When a scheduled job starts."""
    return words((short(job.id), "bold"), " ", *_start(job))


def start_of_all_line(job: JobView) -> Text:
    """When scheduled jobs start, of which this is one."""
    return words(f"  those accepted start {starts(job.available_at, job.read_at)}")


def existing_line(job: JobView) -> Text:
    """A job was there before, by its key."""
    ago = age((job.read_at - job.created_at).total_seconds())
    done = f" {job.progress}%" if 0 < job.progress < 100 else ""
    return words(
        ("✓ ", "green"),
        f'the key "{job.key}" has made this job before   ',
        (short(job.id), "bold"),
        (f"   {ago} ago, {job.phase.value}{done}", "dim"),
    )


def end_lines(job: JobView, record: Mapping[str, Any] | None = None) -> Lines:
    """How a job ended, or that it goes on. ``record`` is its error record."""
    name = short(job.id)
    mark = phase_mark(job.phase)
    job_type = JOB_TYPES.get(job.type)
    title = job_type.title if job_type else job.type
    head = words((f"{mark[0]} ", mark[1]))
    match job.status:
        case JobStatus.COMPLETED:
            ready = job_type.ready if job_type else f"{title} completed"
            return [head + words(f"{ready}   ", (name, "bold"), _took(job))]
        case JobStatus.FAILED:
            head += words(f"{title} failed   ", (name, "bold"), _took(job))
            fix = fix_for(record, name)
            return [
                head,
                words(f"  why:  {job.error or 'it did not say why'}"),
                *([words(f"  fix:  {fix}")] if fix else []),
                words(f"  look: plinthctl show {name}"),
            ]
        case JobStatus.CANCELLED:
            return [head + words(f"{title} was cancelled   ", (name, "bold"))]
        case _:
            return _goes_on(job, name)


def _took(job: JobView) -> Text:
    if job.elapsed_s is None:
        return Text()
    verb = "took" if job.status is JobStatus.COMPLETED else "after"
    simulated = "   simulated data" if job.simulated else ""
    return words((f"   {verb} {span(job.elapsed_s)}", "dim"), (simulated, "yellow"))


def _goes_on(job: JobView, name: str) -> Lines:
    return [
        words(f"Time is up; the job goes on ({job.phase.value}, {job.progress}%)."),
        words(f"  look again:   plinthctl show {name}"),
        words(f"  follow again: plinthctl watch {name}"),
    ]
