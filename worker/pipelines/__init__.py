"""One file a job type: the functions of its steps, bound to the catalogue's names."""

import importlib
from collections.abc import Mapping

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.catalog import job_type as catalogued
from worker.context import StepFunction


class BrokenPipeline(RuntimeError):
    """The catalogue and a pipeline's file do not agree. A bug, not the operator's."""


def runnable_types() -> tuple[str, ...]:
    """The job types that a worker can run, in catalogue order."""
    return tuple(name for name, entry in JOB_TYPES.items() if entry.runnable)


def steps_of(job_type: str) -> Mapping[str, StepFunction]:
    """The functions of a job type's steps, by their names, from its file's ``STEPS``.

    Raises:
        UnknownJobType: the catalogue has no such type.
        BrokenPipeline: there is no such file, or its steps are not the catalogue's.
    """
    expected = {step.name for step in catalogued(job_type).steps}
    steps = _bound_steps(f"{__name__}.{job_type}")
    if set(steps) != expected:
        raise BrokenPipeline(
            f"the steps of {__name__}.{job_type} are not the catalogue's: "
            f"missing {sorted(expected - set(steps))}, not known {sorted(set(steps) - expected)}"
        )
    return steps


def _bound_steps(module_name: str) -> Mapping[str, StepFunction]:
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:  # a module that the pipeline needs: its own error
            raise
        raise BrokenPipeline(f"there is no {module_name}") from error
    steps: Mapping[str, StepFunction] | None = getattr(module, "STEPS", None)
    if steps is None:
        raise BrokenPipeline(f"{module_name} has no STEPS")
    return steps
