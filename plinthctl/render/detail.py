"""Everything about one job, as `show` draws it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus, Phase
from plinthctl.domain.pauses import Pause
from plinthctl.domain.quality import Quality
from plinthctl.domain.restart import Start, restart
from plinthctl.domain.retries import MAX_TRIES
from plinthctl.domain.spans import span, usual
from plinthctl.domain.steps import StepState
from plinthctl.domain.views import AuditView, EventView, JobDetail, JobView
from plinthctl.domain.why import Explanation
from plinthctl.render.advice import fix_for
from plinthctl.render.costs import cost_lines
from plinthctl.render.jsons import line
from plinthctl.render.pauses import pause_words, resume_command
from plinthctl.render.phases import phase_text
from plinthctl.render.sheet import Lines, hang, spaced, words
from plinthctl.render.times import TimeStyle, clock, starts
from plinthctl.render.waterfall import steps_kept, waterfall

_LABEL = 8
_COMMAND = 34


def job_sheet(
    detail: JobDetail,
    width: int | None,
    times: TimeStyle,
    pauses: Sequence[Pause] = (),
    why: Explanation | None = None,
) -> Lines:
    """The job, its steps, its error and what can be done next; ``pauses`` hold it back,
    ``why`` says what else does."""
    blocks = (
        [
            *_head(detail.job, width),
            *_origin(detail),
            *hang(Text(), _clocks(detail.job, times), width),
        ],
        _input(detail.input, width),
        waterfall(detail, width),
        cost_lines(detail, width),
        [
            *_message(detail.job, width),
            *_held_back(detail.job, pauses, width),
            *_why(why, pauses, width),
            *_quality(detail.job, width),
            *_warnings(detail, width),
            *_error(detail, width),
        ],
        _next(detail, pauses),
    )
    return spaced(blocks)


def _label(text: str) -> Text:
    return words((text.ljust(_LABEL), "dim"))


def _head(job: JobView, width: int | None) -> Lines:
    head = words((short(job.id), "bold"), f"  {job.type}  ", phase_text(job.phase))
    if job.simulated:
        head += Text("  simulated data", "yellow")
    whole, belongs = words((job.id, "dim")), _belongs(job)
    room = (width or 0) - head.cell_len - whole.cell_len
    if room < 2:
        return [head, whole, belongs]
    return [head + Text(" " * room) + whole, belongs]


def _belongs(job: JobView) -> Text:
    named = {"org": job.org, "user": job.user, "decision": job.decision, "key": job.key}
    return words(*(f"{name} {value}" for name, value in named.items() if value), joiner=" · ")


def _origin(detail: JobDetail) -> Lines:
    old = detail.made_from
    if old is None:
        return []
    new = short(detail.job.id)
    return [words(f"made from {short(old)}   ", (f"plinthctl diff {short(old)} {new}", "dim"))]


def _clocks(job: JobView, times: TimeStyle) -> Text:
    ago = span((job.read_at - job.created_at).total_seconds())
    parts = [f"created {clock(job.created_at, times)} ({ago} ago)", f"waited {span(job.waited_s)}"]
    job_type = JOB_TYPES.get(job.type)
    usual_s = job.usual_s or (job_type.usual_s if job_type else None)
    usually = f" (usually {usual(usual_s)})" if usual_s else ""
    if job.phase is Phase.SCHEDULED:
        parts.append(f"starts {starts(job.available_at, job.read_at)}")
    if job.elapsed_s is not None:
        verb = "ran" if job.ended or job.status is JobStatus.PENDING else "running for"
        parts.append(f"{verb} {span(job.elapsed_s)}{usually}")
    if not job.ended:
        parts.append(f"{job.progress}%")
    if job.attempt > 1:
        parts.append(f"attempt {job.attempt} of {MAX_TRIES}")
    if job.worker:
        parts.append(f"on {job.worker}")
    return words(*parts, joiner="   ")


def _input(given: Mapping[str, Any], width: int | None) -> Lines:
    lines: Lines = []
    for n, (name, value) in enumerate(given.items()):
        text = words((f"{name} ", "dim"), value if isinstance(value, str) else str(value))
        lines += hang(_label("input" if n == 0 else ""), text, width)
    return lines


def _message(job: JobView, width: int | None) -> Lines:
    if job.ended or not job.status_message:
        return []
    return hang(_label("now"), words(job.status_message), width)


def _held_back(job: JobView, pauses: Sequence[Pause], width: int | None) -> Iterator[Text]:
    for pause in pauses:
        yield from hang(_label("paused"), words(pause_words(pause, job.read_at)), width)


def _why(why: Explanation | None, pauses: Sequence[Pause], width: int | None) -> Lines:
    if why is None or pauses:
        return []
    lines = hang(_label("why"), words(why.sentence), width)
    return lines + ([_label("") + words((why.command, "bold"))] if why.command else [])


def _quality(job: JobView, width: int | None) -> Lines:
    if job.quality is None:
        return []
    colour = {Quality.OK: "green", Quality.THIN: "yellow", Quality.HOLLOW: "bold red"}[job.quality]
    reason = f": {job.quality_reason}" if job.quality_reason else ""
    return hang(_label("quality"), words((job.quality.value, colour), reason), width)


def _warnings(detail: JobDetail, width: int | None) -> Iterator[Text]:
    for warning in (detail.output or {}).get("warnings", []):
        text = words((f"{warning.get('step')}: ", "yellow"), str(warning.get("reason")))
        yield from hang(_label("warning"), text, width)


def _error(detail: JobDetail, width: int | None) -> Iterator[Text]:
    job = detail.job
    if not job.error:
        return
    yield from hang(_label("error"), words((job.error, "red")), width)
    because = words((_because(detail.error_detail or {}), "dim"))
    if because.plain:
        yield from hang(_label(""), because, width)
    kept = steps_kept(detail.steps)
    if kept and job.status is JobStatus.FAILED:
        yield _label("") + words((f"{kept} of {len(detail.steps)} steps are saved", "dim"))
    if fix := fix_for(detail.error_detail, short(job.id)):
        yield from hang(_label("fix"), words(fix), width)


def _because(record: Mapping[str, Any]) -> str:
    status = record.get("http_status")
    parts = (
        record.get("class"),
        record.get("provider"),
        f"HTTP {status}" if status else None,
        f"at {record['step']}" if record.get("step") else None,
        record.get("detail"),
    )
    return ", ".join(str(part) for part in parts if part)


def _next(detail: JobDetail, pauses: Sequence[Pause]) -> Lines:
    job, name = detail.job, short(detail.job.id)
    if not job.ended:
        advice = [(f"plinthctl watch {name}", "follow it"), (f"plinthctl cancel {name}", "stop it")]
        advice += [(resume_command(pause), "let it go") for pause in pauses]
    elif job.status is JobStatus.COMPLETED:
        advice = [(f"plinthctl show {name} --output", "only what it found")]
    else:
        advice = [*_ways_back(detail, name), (f"plinthctl show {name} --events", "its history")]
        if detail.group:
            advice.append((f"plinthctl list --group {detail.group}", "who failed of the same"))
    size = max(_COMMAND, *(len(what) + 2 for what, _ in advice))
    return [
        _label("next" if n == 0 else "") + words((what.ljust(size), "bold"), (why, "dim"))
        for n, (what, why) in enumerate(advice)
    ]


def _ways_back(detail: JobDetail, name: str) -> Iterator[tuple[str, str]]:
    job_type = JOB_TYPES.get(detail.job.type)
    if job_type is None:
        return
    board = {step.name: StepState(step.status) for step in detail.steps}
    found = restart(job_type, board, Start())
    if not found.resumes_at:  # an older version of the type has made it
        return
    yield (
        f"plinthctl retry {name}",
        f"{'resume' if found.kept else 'start'} at {found.resumes_at[0]}",
    )
    if found.kept:
        yield f"plinthctl retry {name} --fresh", "from the beginning"


def event_lines(history: Iterable[EventView | AuditView], times: TimeStyle) -> Iterator[Text]:
    """One event a line: number, time, kind, actor and its data. What an operator did
    has no number, but a reason."""
    for one in history:
        yield _audit_line(one, times) if isinstance(one, AuditView) else _event_line(one, times)


def _event_line(event: EventView, times: TimeStyle) -> Text:
    data = f"  {line(event.data)}" if event.data else ""
    actor = f"  by {event.actor}" if event.actor else ""
    number, at = f"{event.seq:>4}  ", f"{clock(event.at, times)}  "
    return words((number, "dim"), at, (event.kind, "bold"), actor, (data, "dim"))


def _audit_line(audit: AuditView, times: TimeStyle) -> Text:
    became = f"{audit.before.get('status')} → {audit.after.get('status')}"
    why = f"  because: {audit.reason}" if audit.reason else ""
    place = " ".join(filter(None, [audit.host, audit.tty]))
    at = f"      {clock(audit.at, times)}  "
    did = (f"{audit.action} by {audit.operator}", "bold")
    return words(at, did, (f" on {place}" if place else "", "dim"), (f"  {became}", "dim"), why)
