"""What an operator is told of budgets, and of results that are worth little."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from plinthctl.domain.quality import Judgement, Quality
from plinthctl.store import Store
from plinthctl.store.tables import job_ends
from tests.cli.conftest import Call
from tests.cli.steered import Jobs
from tests.store.acts import complete, running, write
from tests.stores import an_id

SUBMIT = (
    *("submit", "competitor_analysis", "-i", "company_name=Acme Corp"),
    *("-i", "company_url=https://acme.com", "--org", "acme"),
)


@pytest.fixture(autouse=True)
def _five_dollars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTHCTL_BUDGETS_NAMED", "{acme = 5.0}")


@pytest.fixture
def paid(store: Store) -> Callable[..., None]:
    """Put runs into the store that end now and cost acme so much."""

    def put(*costs_usd: float | None) -> None:
        now = store.now() + timedelta(hours=1)  # midnight may be between here and there
        row = {
            "type": "competitor_analysis",
            "token": 1,
            "org": "acme",
            "status": "completed",
            "created_at": now,
            "started_at": now,
            "ended_at": now,
            "step_times": {},
        }
        rows = [{**row, "job_id": an_id(), "cost_usd": cost_usd} for cost_usd in costs_usd]
        write(store, lambda tx: tx.insert_all(job_ends, rows))

    return put


def test_a_submit_is_warned_when_most_is_spent(call: Call, paid: Callable[..., None]) -> None:
    assert "has spent" not in call(*SUBMIT).err
    paid(4.25)
    said = call(*SUBMIT)
    assert said.code == 0
    assert said.out.startswith("job_")
    assert "org acme has spent $4.25 of $5.00 today: 85%; then jobs are refused until" in said.err
    assert "has spent" not in call(*SUBMIT[:-1], "other").err


def test_a_submit_is_refused_when_all_is_spent(call: Call, paid: Callable[..., None]) -> None:
    paid(4.0, 1.5, None)
    said = call(*SUBMIT)
    assert (said.code, said.out) == (5, "")
    assert said.err.startswith(
        "error: org acme has spent at least $5.50 of $5.00 today, "
        "and what 1 run that has ended cost is unknown\n"
        "  why: its budget is used up, and free again at 00:00 UTC, in "
    )
    assert "fix: " in said.err
    assert call(*SUBMIT, "--wait-for-slot", "--timeout", "1h").code == 5  # a place would not help
    assert call(*SUBMIT, "--dry-run").code == 5
    told = json.loads(call(*SUBMIT, "-o", "json").err)["error"]
    assert (told["code"], told["details"]["spent_usd"]) == ("budget_spent", 5.5)


def test_a_retry_is_refused_when_all_is_spent(
    call: Call, store: Store, a_pending_job: Callable[..., str], paid: Callable[..., None]
) -> None:
    jobs = Jobs(store, lambda: a_pending_job(org="acme"))
    job = jobs.failed()
    paid(6.0)
    said = call("retry", job)
    assert (said.code, jobs.status(job)) == (5, "failed")
    assert "org acme has spent $7.50 of $5.00 today" in said.err  # what it cost itself, too


def test_stats_and_limits_show_what_is_spent_of_what(
    call: Call, a_pending_job: Callable[..., str], paid: Callable[..., None]
) -> None:
    a_pending_job(org="acme")
    a_pending_job(org="other")
    paid(1.5, 4.0, None)
    stats = json.loads(call("stats", "--by", "org", "-o", "json").out)
    assert stats["lines"][0]["budget"]["spent_usd"] == 5.5
    assert "$5.50+/$5.00!" in call("stats", "--by", "org").out
    limits = call("limits").out
    assert "TODAY" in limits
    assert "$5.50+/$5.00!" in limits
    found = {one["id"]: one["budget"] for one in json.loads(call("limits", "-o", "json").out)}
    assert (found["acme"]["used_up"], found["other"]) == (True, None)


def test_a_hollow_result_says_so_wherever_its_job_is_shown(call: Call, store: Store) -> None:
    job = running(store)
    hollow = Judgement(Quality.HOLLOW, "every section but the summary is empty")
    store.apply(replace(complete(job), judgement=hollow))
    assert "quality hollow: every section but the summary is empty" in call("show", job.id).out
    told = json.loads(call("show", job.id, "-o", "json").out)
    assert (told["quality"], told["quality_reason"]) == ("hollow", hollow.reason)
    assert " hollow " in call("list", "--all", "-o", "wide").out
    (line,) = [
        one
        for one in json.loads(call("stats", "-o", "json").out)["lines"]
        if one["type"] == "competitor_analysis"
    ]
    assert (line["hollow"], line["thin"], line["hollow_rate"]) == (1, 0, 1.0)
    assert "hollow 1" in call("stats").out
    metrics = call("metrics").out
    assert 'plinthctl_job_hollow_ratio{type="competitor_analysis"} 1.0' in metrics
    assert (
        'plinthctl_jobs_lacking_total{quality="hollow",type="competitor_analysis"} 1.0' in metrics
    )
