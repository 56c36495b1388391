"""What a job cost, as `show` prints it and as scripts read it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from plinthctl.domain.failures import Usage
from plinthctl.domain.steps import StepStatus
from plinthctl.domain.views import JobDetail, StepView, TryView
from plinthctl.render import jsons
from plinthctl.render.costs import cost_lines
from tests.cli import samples

READ: Final = Usage(calls=1, credits=1.0)
FOUND: Final = Usage(calls=1, cost_usd=0.007)
WRITTEN: Final = Usage(
    calls=1, input_tokens=1725, cached_tokens=200, output_tokens=608, cost_usd=0.0123
)


def a_try(number: int, usage: Usage, failure_class: str | None = None) -> TryView:
    at = samples.ago(30 - number)
    said = "The answer of the LLM could not be read." if failure_class else None
    provider = "llm" if failure_class else None
    ended = at + timedelta(seconds=1)
    return TryView(number, 0, at, ended, failure_class, provider, said, usage)


def a_step(name: str, *usages: Usage, **changes: Any) -> StepView:
    failed = len(usages) - 1
    history = tuple(
        a_try(n, one, "parse_error" if n <= failed else None) for n, one in enumerate(usages, 1)
    )
    return replace(samples.a_step(name, StepStatus.DONE, 30, 20), history=history, **changes)


def a_job(*steps: StepView) -> JobDetail:
    return samples.a_detail(samples.completed(), steps=steps)


def told(*steps: StepView, width: int | None = 80) -> list[str]:
    return [line.plain for line in cost_lines(a_job(*steps), width)]


def test_each_step_that_called_somebody_has_a_line_and_all_together_one() -> None:
    assert told(
        a_step("scrape-website", READ),
        a_step("search-news", FOUND, FOUND),
        a_step("generate-profile", WRITTEN, WRITTEN),
        a_step("save-results", Usage()),
    ) == [
        "cost    scrape-website    1 call · 1 credit",
        "        search-news       2 calls · $0.0140",
        "        generate-profile  2 calls · 3,450 tokens in, 1,216 out · $0.0246",
        "        together          5 calls · 3,450 tokens in, 1,216 out · 1 credit ·",
        "                          $0.0386",
    ]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        pytest.param(a_step("s", Usage(calls=1)), "1 call · price unknown", id="nobody told"),
        pytest.param(
            a_step("s", FOUND, Usage(calls=1)), "2 calls · at least $0.0070", id="part of it"
        ),
        pytest.param(
            a_step("s", replace(WRITTEN, cost_usd=None)),
            "1 call · 1,725 tokens in, 608 out · price unknown",
            id="no price for the model",
        ),
        pytest.param(a_step("s", Usage(calls=2, cost_usd=0.0)), "2 calls · $0.0000", id="nothing"),
        pytest.param(
            a_step("s", Usage(calls=1, credits=2.5)), "1 call · 2.5 credits", id="no dollars"
        ),
        pytest.param(
            a_step("s", status=StepStatus.WAITING, ended_at=None), "price unknown", id="stopped"
        ),
    ],
)
def test_unknown_is_unknown_and_not_nothing(step: StepView, line: str) -> None:
    assert told(step) == [f"cost    s  {line}"]


def test_a_job_that_called_nobody_says_nothing_of_it() -> None:
    assert told(a_step("gather-context", Usage()), samples.a_detail(samples.a_job()).steps[4]) == []


def test_scripts_read_every_try_every_step_and_the_sum() -> None:
    job = jsons.job_object(
        a_job(a_step("search-news", FOUND), a_step("generate-profile", WRITTEN, Usage(calls=1)))
    )
    assert job["cost"] == {
        "calls": 3,
        "input_tokens": 1725,
        "cached_tokens": 200,
        "output_tokens": 608,
        "credits": None,
        "cost_usd": None,
        "known_usd": 0.0193,
        "untold_tries": 1,
    }
    assert job["steps"][0]["cost"]["cost_usd"] == 0.007
    first, second = job["steps"][1]["history"]
    assert (first["try"], first["class"], first["cost"]["cost_usd"]) == (1, "parse_error", 0.0123)
    assert (second["try"], second["class"], second["cost"]["cost_usd"]) == (2, None, None)
