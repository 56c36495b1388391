"""A key that a provider rejects: asked once, said clearly, nothing retried."""

import pytest

from plinthctl.domain.queries import JobQuery
from tests.e2e.program import COMPANY, Program
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal


@pytest.mark.parametrize(
    ("provider", "step"),
    [
        pytest.param("firecrawl", "scrape-website", id="a step beside running siblings"),
        pytest.param("llm", "generate-profile", id="a step on its own"),
    ],
)
def test_a_rejected_key_fails_the_job_and_says_whose_it_is(
    program: Program, control: SimulatorControl, journal: Journal, provider: str, step: str
) -> None:
    control.fault(provider, "unauthorized", times=10)
    with program.worker():
        waited = program.run(
            "submit", "competitor_analysis", *COMPANY, "--wait", "-o", "json", "--timeout", "60s"
        )
    assert waited.returncode == 8, waited.stderr
    assert "Traceback" not in waited.stderr
    job_id = program.store.jobs(JobQuery(limit=1))[0].id
    shown = program.shown(job_id)
    assert "refused our credentials" in shown["error"]
    assert (shown["error_detail"]["class"], shown["error_detail"]["provider"]) == (
        "auth_failure",
        provider,
    )
    assert len(journal.of_step(job_id, step)) == 1
