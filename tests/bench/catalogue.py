"""The bench's own job types: what they cost is ours, their steps do nothing or sleep."""

from typing import Final

from pydantic import Field

from plinthctl.domain.catalog import JOB_TYPES, JobType
from plinthctl.domain.inputs import JobInput
from plinthctl.domain.steps import Steps, StepSpec

NOOP: Final = "bench_noop"
FIVE_STEPS: Final = "bench_five_steps"
WAITS: Final = "bench_waits"


class BenchInput(JobInput):
    step_s: float = Field(0.0, ge=0, title="Seconds a step sleeps", examples=[0.0])


def register() -> None:
    """Add the types to this process's catalogue; asking again changes nothing."""
    JOB_TYPES[NOOP] = _job_type(NOOP, (StepSpec("run", "Doing nothing…", 0, 100),))
    JOB_TYPES[WAITS] = _job_type(WAITS, (StepSpec("run", "Waiting…", 0, 100),))
    JOB_TYPES[FIVE_STEPS] = _job_type(FIVE_STEPS, _five_steps())


def _five_steps() -> Steps:
    """One after another; each needs the result of the one before."""
    names = [f"step-{number}" for number in range(1, 6)]
    needs = [(), *((name,) for name in names[:-1])]
    return tuple(
        StepSpec(name, "Doing nothing…", 0, 20, needs=need)
        for name, need in zip(names, needs, strict=True)
    )


def _job_type(name: str, steps: Steps) -> JobType:
    return JobType(
        name=name,
        title=name,
        ready="Done",
        usual_s=(1, 2),
        poll_s=1,
        follow_s=60,
        input_model=BenchInput,
        produces="nothing",
        steps=steps,
    )
