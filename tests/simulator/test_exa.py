"""The simulated Exa: contracts/exa.md."""

from urllib.parse import urlsplit

import pytest

WITH_TEXT = {"contents": {"text": {"maxCharacters": 2000}, "highlights": True}}


def test_news_is_about_the_company_and_dated_in_papers_that_do_not_exist(ask):
    results = ask.search("Acme Corp news", category="news", **WITH_TEXT).json()["results"]
    assert len(results) == 4
    assert sum("Acme" in result["title"] for result in results) >= 3
    assert all(result["publishedDate"] for result in results)
    assert all(urlsplit(result["url"]).hostname.endswith(".example") for result in results)
    assert all("Simulated" in result["text"] for result in results)


def test_contents_are_there_only_when_they_are_asked_for(ask):
    assert "text" not in ask.search().json()["results"][0]
    assert "highlights" in ask.search(**WITH_TEXT).json()["results"][0]


def test_text_is_cut_to_what_was_asked(ask):
    results = ask.search(contents={"text": {"maxCharacters": 10}}).json()["results"]
    assert {len(result["text"]) for result in results} == {10}


def test_no_more_results_than_asked_for(ask):
    assert len(ask.search(numResults=2).json()["results"]) == 2


def test_older_news_than_the_start_is_left_out(ask):
    everything = ask.search(category="news").json()["results"]
    dates = sorted(result["publishedDate"] for result in everything)
    recent = ask.search(category="news", startPublishedDate=dates[2]).json()["results"]
    assert sorted(result["publishedDate"] for result in recent) == dates[2:]


def test_the_web_has_pages_without_a_date(ask):
    results = ask.search().json()["results"]
    assert [result for result in results if "publishedDate" not in result]


def test_what_a_search_costs_is_told(ask):
    assert ask.search().json()["costDollars"]["total"] == 0.007
    assert ask.search(numResults=12).json()["costDollars"]["total"] == 0.009


def test_the_same_query_finds_the_same(ask):
    assert ask.search().content == ask.search().content


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        pytest.param({"query": ""}, "INVALID_REQUEST_BODY", id="an empty query"),
        pytest.param({"query": None}, "INVALID_REQUEST_BODY", id="no query"),
        pytest.param({"numResults": 0}, "INVALID_NUM_RESULTS", id="no results wanted"),
        pytest.param({"numResults": 101}, "INVALID_NUM_RESULTS", id="too many wanted"),
        pytest.param({"text": True}, "INVALID_REQUEST_BODY", id="text outside contents"),
        pytest.param({"type": "keyword"}, "INVALID_REQUEST_BODY", id="a type that is gone"),
        pytest.param({"startPublishedDate": "soon"}, "INVALID_REQUEST_BODY", id="no date"),
        pytest.param(
            {"category": "company", "startPublishedDate": "2026-01-01"},
            "INVALID_REQUEST_BODY",
            id="a category that takes no date",
        ),
    ],
)
def test_a_wrong_body_is_400(ask, body, tag):
    answer = ask.search(**{"query": "Acme Corp", **body})
    assert (answer.status_code, answer.json()["tag"]) == (400, tag)


def test_an_unknown_field_is_a_warning(ask):
    answer = ask.search(newest=True)
    assert answer.status_code == 200
    assert answer.json()["warnings"][0]["code"] == "IGNORED_FIELD"


@pytest.mark.parametrize(
    ("headers", "status", "tag"),
    [
        pytest.param({}, 402, "X402_PAYMENT_REQUIRED", id="no key: a request for payment"),
        pytest.param({"x-api-key": "other"}, 401, "INVALID_API_KEY", id="a wrong key"),
    ],
)
def test_without_the_right_key_nothing_is_found(ask, headers, status, tag):
    answer = ask.search(headers=headers)
    assert (answer.status_code, answer.json()["tag"]) == (status, tag)


def test_the_key_is_taken_as_a_bearer_too(ask):
    assert ask.search(headers={"authorization": "Bearer simulated"}).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "tag"),
    [
        pytest.param("bad_request", 400, "INVALID_REQUEST_BODY", id="bad request"),
        pytest.param("unauthorized", 401, "INVALID_API_KEY", id="key refused"),
        pytest.param("no_key", 402, "X402_PAYMENT_REQUIRED", id="no key seen"),
        pytest.param("no_credits", 402, "NO_MORE_CREDITS", id="no credits"),
        pytest.param("prohibited", 403, "PROHIBITED_CONTENT", id="prohibited"),
        pytest.param("not_in_plan", 403, "FEATURE_DISABLED", id="not in the plan"),
        pytest.param("rate_limited", 429, "RATE_LIMIT_EXCEEDED", id="rate limited"),
        pytest.param("rate_limited_untagged", 429, None, id="rate limited, without a tag"),
        pytest.param("server_error", 500, "INTERNAL_ERROR", id="server error"),
        pytest.param("unavailable", 503, "SERVICE_OVERLOADED", id="overloaded"),
    ],
)
def test_a_fault_has_its_status_and_tag(ask, fault, status, tag):
    ask.control.fault("exa", fault)
    answer = ask.search()
    assert (answer.status_code, answer.json().get("tag")) == (status, tag)


def test_results_may_be_empty_null_or_untitled(ask):
    for fault in ("no_results", "null_results", "untitled"):
        ask.control.fault("exa", fault)
    empty, null, untitled = (ask.search().json()["results"] for _ in range(3))
    assert empty == []
    assert null is None
    assert {result["title"] for result in untitled} == {None}
