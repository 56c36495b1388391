"""The job types: the one place that knows their rows of SPEC.md section 1.

A seventh type is one entry here and one file in ``worker/pipelines/``.
"""

import difflib
from dataclasses import dataclass
from typing import Final

from plinthctl.domain import inputs
from plinthctl.domain.steps import Steps, StepSpec
from plinthctl.errors import UnknownJobType


@dataclass(frozen=True, slots=True)
class JobType:
    """One kind of job.

    Attributes:
        title: What a person calls it.
        ready: What is said when it has completed.
        usual_s: From and to, in seconds, before there are numbers of its own.
        poll_s: How often a follower looks.
        follow_s: How long a follower follows by default.
        produces: What its output names.
        version: Of the pipeline; raised when its steps change meaning.
        runnable: There is a pipeline for it; without one it is not accepted.
    """

    name: str
    title: str
    ready: str
    usual_s: tuple[float, float]
    poll_s: float
    follow_s: float
    input_model: type[inputs.JobInput]
    produces: str
    steps: Steps
    version: int = 1
    runnable: bool = True


_COMPETITOR_ANALYSIS: Final = JobType(
    name="competitor_analysis",
    title="competitor analysis",
    ready="Competitor profile ready",
    usual_s=(30, 90),
    poll_s=3,
    follow_s=120,
    input_model=inputs.CompetitorAnalysisInput,
    produces="a competitor profile",
    steps=(
        StepSpec("scrape-website", "Scraping website…", 10, 10),
        StepSpec("search-news", "Searching for news…", 10, 10, degradable=True),
        StepSpec("get-reviews", "Gathering customer reviews…", 10, 10, degradable=True),
        StepSpec(
            "generate-profile",
            "Analyzing data…",
            10,
            20,
            needs=("scrape-website", "search-news", "get-reviews"),
        ),
        StepSpec("save-results", "Saving results…", 0, 10, needs=("generate-profile",)),
    ),
)

_MARKET_RESEARCH: Final = JobType(
    name="market_research",
    title="market research",
    ready="Market research ready",
    usual_s=(20, 60),
    poll_s=3,
    follow_s=120,
    input_model=inputs.MarketResearchInput,
    produces="evidence items",
    steps=(
        StepSpec("plan-queries", "Planning the research…", 0, 10),
        StepSpec("search-sources", "Searching for sources…", 0, 30, needs=("plan-queries",)),
        StepSpec("read-sources", "Reading sources…", 0, 20, needs=("search-sources",)),
        StepSpec("extract-evidence", "Extracting evidence…", 0, 30, needs=("read-sources",)),
        StepSpec("save-results", "Saving results…", 0, 10, needs=("extract-evidence",)),
    ),
)

_BRIEF_GENERATION: Final = JobType(
    name="brief_generation",
    title="brief",
    ready="Brief ready",
    usual_s=(15, 30),
    poll_s=2,
    follow_s=60,
    input_model=inputs.BriefGenerationInput,
    produces="an output: a written brief",
    steps=(
        StepSpec("gather-decision", "Synthesizing decision data…", 0, 20),
        StepSpec("write-brief", "Writing the brief…", 0, 70, needs=("gather-decision",)),
        StepSpec("number-citations", "Numbering citations…", 0, 5, needs=("write-brief",)),
        StepSpec("save-results", "Saving results…", 0, 5, needs=("number-citations",)),
    ),
)

_OPTION_ANALYSIS: Final = JobType(
    name="option_analysis",
    title="option analysis",
    ready="Option analysis ready",
    usual_s=(10, 20),
    poll_s=2,
    follow_s=30,
    input_model=inputs.OptionAnalysisInput,
    produces="the option's analysis",
    steps=(
        StepSpec("gather-context", "Gathering decision data…", 0, 20),
        StepSpec("analyze-option", "Analyzing the option…", 0, 70, needs=("gather-context",)),
        StepSpec("save-results", "Saving results…", 0, 10, needs=("analyze-option",)),
    ),
)

_EVIDENCE_SEARCH: Final = JobType(
    name="evidence_search",
    title="evidence search",
    ready="Evidence ready",
    usual_s=(10, 30),
    poll_s=2,
    follow_s=60,
    input_model=inputs.EvidenceSearchInput,
    produces="evidence items",
    steps=(
        StepSpec("search-sources", "Searching for evidence…", 0, 40),
        StepSpec("weigh-evidence", "Weighing evidence…", 0, 50, needs=("search-sources",)),
        StepSpec("save-results", "Saving results…", 0, 10, needs=("weigh-evidence",)),
    ),
)

JOB_TYPES: dict[str, JobType] = {
    job_type.name: job_type
    for job_type in (
        _COMPETITOR_ANALYSIS,
        _MARKET_RESEARCH,
        _BRIEF_GENERATION,
        _OPTION_ANALYSIS,
        _EVIDENCE_SEARCH,
    )
}


def job_type(name: str) -> JobType:
    """The job type of that name.

    Raises:
        UnknownJobType: with the nearest names.
    """
    try:
        return JOB_TYPES[name]
    except KeyError:
        near = difflib.get_close_matches(name.lower(), JOB_TYPES, n=3)
        raise UnknownJobType(name, near) from None
