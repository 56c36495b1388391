"""A sixth job type, for every process that has this folder on its PYTHONPATH: Python
runs this file at each start, that of a worker's own children included.

``PLINTH_TEST_PACE``: how many times as fast as usual workers beat, and give each other up.
"""

import os
from pathlib import Path
from typing import Final

from plinthctl.domain import liveness

CLOCKS: Final = (
    "BEAT_EVERY_S",
    "SILENT_EVERY_S",
    "SILENT_AFTER_S",
    "NO_NEW_STEP_AFTER_S",
    "LET_GO_AFTER_S",
    "BEAT_IS_LATE_AFTER_S",
)
PACE: Final = float(os.environ.get("PLINTH_TEST_PACE", "1"))

for name in CLOCKS:  # before anything else has taken them over
    setattr(liveness, name, getattr(liveness, name) / PACE)

import worker.pipelines  # noqa: E402
from plinthctl.domain.catalog import JOB_TYPES, JobType  # noqa: E402
from plinthctl.domain.inputs import JobInput  # noqa: E402
from plinthctl.domain.steps import StepSpec  # noqa: E402


class ErrandInput(JobInput):
    waits: bool = False


worker.pipelines.__path__.append(str(Path(__file__).parent))
JOB_TYPES["errand"] = JobType(
    name="errand",
    title="errand",
    ready="Errand done",
    usual_s=(1, 2),
    poll_s=1,
    follow_s=60,
    input_model=ErrandInput,
    produces="nothing of use",
    steps=(
        StepSpec("go", "Going…", 10, 40),
        StepSpec("come-back", "Coming back…", 0, 50, needs=("go",)),
    ),
)
