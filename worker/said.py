"""What a run tells the log, one line an event."""

from plinthctl.domain.failures import Failure
from plinthctl.domain.ids import short
from plinthctl.domain.runs import (
    Advance,
    Answer,
    Cancelled,
    ClaimedJob,
    Complete,
    Fail,
    PutBack,
    StepEnd,
)
from plinthctl.domain.steps import StepStatus
from worker.logs import log
from worker.plan import Move


def claimed(job: ClaimedJob) -> None:
    """A job was taken."""
    kept = len(job.outputs)
    text = f"{short(job.id)} {job.type} claimed" + (f", {kept} steps kept" if kept else "")
    log.info(text, event="claimed", job=job.id, type=job.type, token=job.token, kept=kept)


def answered(move: Move, answer: Answer) -> None:
    """A change was stored, or refused."""
    job = move.state.job
    match move.change:
        case None:
            return
        case _ if answer is Answer.LOST:
            _lost(job)
        case _ if answer is Answer.CANCELLED:
            _say_cancelled(job)
        case Advance(ended=ended):
            _step(job, ended)
        case PutBack(ended=ended, shown=shown):
            _step(job, ended)
            log.info(f"{short(job.id)} waits: {shown.message}", event="waiting", job=job.id)
        case Complete():
            log.info(f"{short(job.id)} {job.type} completed", event="completed", job=job.id)
        case Fail(step=step, error=error):
            text = f"{short(job.id)} {job.type} failed at {step}: {error}"
            log.warning(text, event="failed", job=job.id, step=step, error=error)
        case Cancelled():
            _say_cancelled(job)


def cancelled(job: ClaimedJob, answer: Answer) -> None:
    """A run stopped because a cancel was asked for."""
    _lost(job) if answer is Answer.LOST else _say_cancelled(job)


def released(job: ClaimedJob, answer: Answer) -> None:
    """A stopping worker gave the job back."""
    if answer is Answer.LOST:
        _lost(job)
    elif answer is Answer.CANCELLED:
        _say_cancelled(job)
    else:
        log.info(f"{short(job.id)} given back", event="released", job=job.id)


def dropped(job: ClaimedJob) -> None:
    """A run stopped without writing: the job is no longer this worker's."""
    _lost(job)


def _step(job: ClaimedJob, ended: StepEnd | None) -> None:
    if ended is None:
        return
    tried = ended.tried
    took_s = (tried.ended_at - tried.started_at).total_seconds()
    head = f"{short(job.id)} {ended.step}"
    facts = {"job": job.id, "step": ended.step, "try": tried.number, "took_s": round(took_s, 3)}
    match ended.status:
        case StepStatus.DONE:
            log.info(f"{head} done in {took_s:.1f} s", event="step_done", **facts)
        case StepStatus.DEGRADED:
            text = f"{head} ended without its data: {ended.reason}"
            log.warning(text, event="step_degraded", reason=ended.reason, **facts)
        case StepStatus.WAITING:
            log.warning(f"{head} failed: {_why(tried.failure)}", event="step_failed", **facts)


def _why(failure: Failure | None) -> str:
    return f"{failure.failure_class}: {failure.message}" if failure else "unknown"


def _lost(job: ClaimedJob) -> None:
    text = f"{short(job.id)} is no longer this worker's; its steps were stopped"
    log.warning(text, event="lost", job=job.id)


def _say_cancelled(job: ClaimedJob) -> None:
    log.info(f"{short(job.id)} cancelled", event="cancelled", job=job.id)
