"""The steps of a job in its newest round: what was done before a retry by hand may be days
old, and took no time of this round."""

from dataclasses import replace
from datetime import datetime

from plinthctl.domain.steps import ENDED
from plinthctl.domain.views import JobDetail, JobView, StepView


def in_this_round(detail: JobDetail) -> tuple[StepView, ...]:
    """The steps without their tries before the last retry by hand; one that was kept from
    then has no times."""
    return tuple(_of_this_round(step, detail.job) for step in detail.steps)


def _of_this_round(step: StepView, job: JobView) -> StepView:
    history = tuple(tried for tried in step.history if tried.round == job.round)
    if step.history and not history and step.status in ENDED:
        return replace(step, history=(), started_at=None, ended_at=None)
    return replace(step, history=history)


def began(step: StepView) -> datetime | None:
    """When the first try of a step started; None: never."""
    tries = [tried.started_at for tried in step.history]
    return min([*tries, *([step.started_at] if step.started_at else [])], default=None)
