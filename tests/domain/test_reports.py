"""What is reported of a final failure, and what never is."""

from dataclasses import asdict

import pytest

from plinthctl.domain.failures import EndCode, Failure, FailureClass, text_for
from plinthctl.domain.reports import Level, Report, of_end, of_failure

F = FailureClass


def reported(failure: Failure) -> Report | None:
    return of_failure("a" * 32, "job_1", "competitor_analysis", "search-news", 3, failure)


@pytest.mark.parametrize(
    ("failure", "level"),
    [
        pytest.param(Failure(F.UNKNOWN, "?"), Level.ERROR, id="unknown: a bug of ours"),
        pytest.param(Failure(F.AUTH_FAILURE, "?", "exa"), Level.ERROR, id="a key to be mended"),
        pytest.param(Failure(F.QUOTA_EXHAUSTED, "?", "llm"), Level.ERROR, id="a budget"),
        pytest.param(Failure(F.NETWORK_TIMEOUT, "?", "exa"), Level.WARNING, id="used-up tries"),
        pytest.param(Failure(F.RATE_LIMITED, "?", "exa"), Level.WARNING, id="limited for good"),
        pytest.param(Failure(F.PARSE_ERROR, "?", "llm"), Level.WARNING, id="unreadable twice"),
        pytest.param(Failure(F.INVALID_INPUT, "?", "exa"), Level.WARNING, id="our bad request"),
        pytest.param(
            Failure(F.INVALID_INPUT, "?", "firecrawl", user_fault=True),
            None,
            id="a website that does not exist is its user's",
        ),
        pytest.param(Failure(F.CONTENT_REFUSED, "?", "llm"), None, id="declined: only counted"),
    ],
)
def test_a_final_failure_is_reported_where_somebody_must_look(
    failure: Failure, level: Level | None
) -> None:
    report = reported(failure)
    assert (report and report.level) == level


def test_a_report_holds_none_of_the_words_of_others() -> None:
    theirs = Failure(
        F.RATE_LIMITED,
        "The website of Ana Secret does not answer.",
        provider="exa",
        provider_code="Ana Secret",
        detail="Ana Secret asked for it",
        request_id="Ana Secret",
    )
    report = reported(theirs)
    assert report is not None
    assert "Secret" not in str(asdict(report))
    assert report.message == text_for(F.RATE_LIMITED, "exa")


def test_a_request_id_that_is_one_is_told() -> None:
    report = reported(Failure(F.UNKNOWN, "?", request_id="req_9f-2:a"))
    assert report is not None and report.request_id == "req_9f-2:a"


@pytest.mark.parametrize("code", EndCode)
def test_every_end_without_a_step_has_words(code: EndCode) -> None:
    report = of_end("a" * 32, "job_1", "competitor_analysis", code)
    assert (report.code, report.level, report.step) == (code, Level.WARNING, None)
    assert report.message.endswith(".")
