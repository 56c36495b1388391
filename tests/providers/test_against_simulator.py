"""Every provider over real HTTP, against the strict simulator and its faults."""

from dataclasses import replace
from datetime import date

import pytest
from pydantic import SecretStr

from plinthctl.domain.failures import FailureClass as F
from plinthctl.domain.results import CompetitorProfile

PROMPT = """\
Company: Acme Corp
Website: https://acme.com

<<<SOURCE S1 abc123>>>
kind: website
url: https://acme.com/
title: Acme
published: -
text:
# Acme

Acme makes anvils for coyotes.

- Anvils: heavy ones
<<<END S1 abc123>>>"""


def scrape(attempt, url="https://acme.com"):
    return lambda providers: providers.web.read(url, attempt.call)


def search(attempt):
    return lambda providers: providers.news.news("Acme Corp news", attempt.call)


def review(attempt):
    return lambda providers: providers.reviews.reviews(
        "Acme Corp", "https://acme.com", attempt.call
    )


def write(attempt, room=1):
    return lambda providers: providers.writer.write(
        CompetitorProfile, "system", PROMPT, attempt.call, room=room
    )


WORK = {"firecrawl": scrape, "exa": search, "g2": review, "llm": write}


def requests_of(world, attempt):
    return world.journal.calls(request_id=attempt.request_id)


def test_a_page_is_read(world, attempt):
    page = world.run(scrape(attempt))
    assert page.url.startswith("https://acme.com")
    assert page.title
    assert "acme" in page.markdown.casefold()
    assert [(usage.calls, usage.credits) for usage in attempt.spent] == [(1, 1.0)]
    assert len(requests_of(world, attempt)) == 1


def test_news_is_found(world, attempt):
    hits = world.run(search(attempt))
    assert {hit.category for hit in hits} == {"news"}
    assert all(hit.text and hit.published for hit in hits)
    assert [usage.calls for usage in attempt.spent] == [1]
    assert attempt.spent[0].cost_usd


def test_the_web_is_searched_with_more_text_and_without_news(world, attempt):
    hits = world.run(lambda p: p.search.search("orchard sensors prices", attempt.call))
    assert {hit.category for hit in hits} == {"web"}
    assert any(hit.text for hit in hits)
    assert [usage.calls for usage in attempt.spent] == [1]


def test_pages_of_before_a_day_and_undated_ones_are_not_found(world, attempt):
    def searched(since):
        return world.run(lambda p: p.search.search("frost losses", attempt.call, since=since))

    dates = sorted(hit.published or "" for hit in searched(None))
    assert dates[0] == ""
    middle = dates[len(dates) // 2]
    found = searched(date.fromisoformat(middle))
    assert sorted(hit.published for hit in found) == [day for day in dates if day >= middle]


def test_reviews_are_found_newest_first(world, attempt):
    found = world.run(review(attempt))
    assert (found.status, found.product is not None) == ("ok", True)
    times = [r.submitted_at for r in found.reviews]
    assert times == sorted(times, reverse=True)
    assert sum(usage.calls for usage in attempt.spent) == len(requests_of(world, attempt))


def test_a_profile_is_written(world, attempt):
    written = world.run(write(attempt))
    assert written.value.company_name == "Acme Corp"
    assert set(written.value.cited()) == {"S1"}
    assert (written.usage.input_tokens or 0) > 0
    assert attempt.spent == [written.usage]


def test_each_request_carries_its_request_id(world, attempt):
    for work in WORK.values():
        world.run(work(attempt))
    assert {call.provider for call in requests_of(world, attempt)} == set(WORK)


CASES = [
    ("firecrawl", "unauthorized", F.AUTH_FAILURE),
    ("firecrawl", "no_credits", F.QUOTA_EXHAUSTED),
    ("firecrawl", "no_such_host", F.INVALID_INPUT),
    ("firecrawl", "bad_request", F.INVALID_INPUT),
    ("firecrawl", "bad_certificate", F.INVALID_INPUT),
    ("firecrawl", "target_404", F.INVALID_INPUT),
    ("firecrawl", "target_403", F.CONTENT_REFUSED),
    ("firecrawl", "target_500", F.PROVIDER_UNAVAILABLE),
    ("firecrawl", "unsupported_site", F.CONTENT_REFUSED),
    ("firecrawl", "banned", F.AUTH_FAILURE),
    ("firecrawl", "scrape_timeout", F.NETWORK_TIMEOUT),
    ("firecrawl", "slow_pdf", F.NETWORK_TIMEOUT),
    ("firecrawl", "queue_timeout", F.RATE_LIMITED),
    ("firecrawl", "rate_limited", F.RATE_LIMITED),
    ("firecrawl", "server_error", F.PROVIDER_UNAVAILABLE),
    ("exa", "unauthorized", F.AUTH_FAILURE),
    ("exa", "no_key", F.AUTH_FAILURE),
    ("exa", "no_credits", F.QUOTA_EXHAUSTED),
    ("exa", "prohibited", F.CONTENT_REFUSED),
    ("exa", "not_in_plan", F.AUTH_FAILURE),
    ("exa", "bad_request", F.INVALID_INPUT),
    ("exa", "null_results", F.PARSE_ERROR),
    ("exa", "rate_limited", F.RATE_LIMITED),
    ("exa", "rate_limited_untagged", F.RATE_LIMITED),
    ("exa", "server_error", F.PROVIDER_UNAVAILABLE),
    ("g2", "unauthorized", F.AUTH_FAILURE),
    ("g2", "no_scope", F.AUTH_FAILURE),
    ("g2", "not_in_plan", F.QUOTA_EXHAUSTED),
    ("g2", "no_access", F.QUOTA_EXHAUSTED),
    ("g2", "blocked", F.RATE_LIMITED),
    ("g2", "bad_request", F.INVALID_INPUT),
    ("g2", "rate_limited", F.RATE_LIMITED),
    ("g2", "rate_limited_html", F.RATE_LIMITED),
    ("g2", "server_error", F.PROVIDER_UNAVAILABLE),
    ("llm", "unauthorized", F.AUTH_FAILURE),
    ("llm", "forbidden", F.AUTH_FAILURE),
    ("llm", "payment_required", F.QUOTA_EXHAUSTED),
    ("llm", "no_credits", F.QUOTA_EXHAUSTED),
    ("llm", "rate_limited", F.RATE_LIMITED),
    ("llm", "refusal", F.CONTENT_REFUSED),
    ("llm", "content_filter", F.CONTENT_REFUSED),
    ("llm", "content_policy", F.CONTENT_REFUSED),
    ("llm", "length", F.PARSE_ERROR),
    ("llm", "prose", F.PARSE_ERROR),
    ("llm", "fenced", F.PARSE_ERROR),
    ("llm", "wrong_shape", F.PARSE_ERROR),
    ("llm", "empty_content", F.PARSE_ERROR),
    ("llm", "empty_object", F.PARSE_ERROR),
    ("llm", "bad_schema", F.INVALID_INPUT),
    ("llm", "no_model", F.INVALID_INPUT),
    ("llm", "too_long", F.INVALID_INPUT),
    ("llm", "server_error", F.PROVIDER_UNAVAILABLE),
    *(
        (provider, fault, expected)
        for provider in WORK
        for fault, expected in (
            ("hang_up", F.PROVIDER_UNAVAILABLE),
            ("body_cut", F.PROVIDER_UNAVAILABLE),
            ("garbled_chunks", F.PROVIDER_UNAVAILABLE),
            ("noise", F.PROVIDER_UNAVAILABLE),
            ("bad_gateway", F.PROVIDER_UNAVAILABLE),
            ("gateway_timeout", F.PROVIDER_UNAVAILABLE),
            ("unavailable", F.PROVIDER_UNAVAILABLE),
            ("broken_json", F.PARSE_ERROR),
            ("invalid_utf8", F.PARSE_ERROR),
            ("empty_body", F.PARSE_ERROR),
            ("html", F.PARSE_ERROR),
            ("redirect", F.UNKNOWN),
        )
    ),
]


@pytest.mark.parametrize(
    ("provider", "fault", "expected"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]} is {case[2]}") for case in CASES],
)
def test_a_fault_has_its_class_after_exactly_one_request(world, attempt, provider, fault, expected):
    world.control.fault(provider, fault)
    failure = world.failure(WORK[provider](attempt))
    assert (failure.failure_class, failure.provider) == (expected, provider)
    assert failure.message
    assert failure.message.endswith(".")
    assert len(requests_of(world, attempt)) == 1
    assert [usage.calls for usage in attempt.spent] == [1]


@pytest.mark.parametrize("provider", WORK)
@pytest.mark.parametrize("fault", ["timeout", "drip"])
def test_no_whole_answer_in_time_is_a_timeout_of_unknown_cost(world, attempt, provider, fault):
    world.control.fault(provider, fault)
    failure = world.failure(WORK[provider](attempt), world.within(0.5))
    assert failure.failure_class is F.NETWORK_TIMEOUT
    [usage] = attempt.spent
    assert (usage.calls, usage.cost_usd, usage.input_tokens) == (1, None, None)


@pytest.mark.parametrize(
    ("provider", "options", "wait_s"),
    [
        pytest.param("firecrawl", {"retry_after": 7}, 7.0, id="Firecrawl's header"),
        pytest.param("firecrawl", {"retry_after_text": 12}, 12.0, id="Firecrawl's text"),
        pytest.param("exa", {"retry_after": 3}, 3.0, id="Exa's header"),
        pytest.param("exa", {}, None, id="Exa says nothing"),
        pytest.param("exa", {"retry_after": "soon"}, None, id="Exa says soon"),
        pytest.param("exa", {"retry_after": 3600}, 3600.0, id="Exa asks for an hour"),
        pytest.param("g2", {"retry_after": 5}, 5.0, id="G2's header"),
        pytest.param("g2", {}, None, id="G2 says nothing; the domain knows its minute"),
        pytest.param("llm", {"retry_after": 2}, 2.0, id="the LLM's header"),
        pytest.param("llm", {"retry_after_ms": 250}, 0.25, id="the LLM's milliseconds"),
    ],
)
def test_a_rate_limit_says_how_long(world, attempt, provider, options, wait_s):
    world.control.fault(provider, "rate_limited", **options)
    assert world.failure(WORK[provider](attempt)).retry_after_s == wait_s


def test_a_website_that_does_not_exist_is_named(world, attempt):
    failure = world.failure(scrape(attempt, "https://nosuchfirm.invalid/x"))
    assert failure.message == "The website nosuchfirm.invalid does not exist."
    assert failure.user_fault


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("target_404", "The page https://acme.com does not exist (404)."),
        ("target_403", "The website acme.com refuses to be read (403)."),
        ("bad_certificate", "The website acme.com has a certificate that cannot be trusted."),
        ("unsupported_site", "Firecrawl does not read acme.com."),
        ("scrape_timeout", "The website acme.com did not answer in time."),
    ],
)
def test_what_is_wrong_with_a_website_is_said_of_the_website(world, attempt, fault, message):
    world.control.fault("firecrawl", fault)
    assert world.failure(scrape(attempt)).message == message


def test_a_title_that_the_page_has_twice_is_one_text(world, attempt):
    world.control.fault("firecrawl", "title_list")
    assert ", " in world.run(scrape(attempt)).title


def test_a_page_without_text_is_no_error(world, attempt):
    world.control.fault("firecrawl", "empty_markdown")
    assert world.run(scrape(attempt)).markdown == ""


def test_without_news_the_web_is_searched(world, attempt):
    world.control.fault("exa", "no_results")
    hits = world.run(search(attempt))
    assert {hit.category for hit in hits} == {"web"}
    assert len(attempt.spent) == len(requests_of(world, attempt)) == 2


def test_no_news_at_all_is_an_answer(world, attempt):
    world.control.fault("exa", "no_results", times=2)
    assert world.run(search(attempt)) == []


@pytest.mark.parametrize("fault", ["not_in_plan", "no_access"])
def test_reviews_that_are_not_in_the_plan_may_be_done_without(world, attempt, fault):
    world.control.fault("g2", fault)
    assert world.failure(review(attempt)).may_degrade


def test_a_key_without_the_scope_is_not_done_without(world, attempt):
    world.control.fault("g2", "no_scope")
    assert not world.failure(review(attempt)).may_degrade


def test_reviews_come_page_by_page(world, attempt):
    world.control.fault("g2", "small_pages", times=10)
    found = world.run(review(attempt))
    assert found.status == "ok"
    assert len(requests_of(world, attempt)) > 2


def test_a_next_page_on_a_foreign_host_is_not_followed_there(world, attempt):
    world.control.fault("g2", "foreign_next", times=10)
    assert world.run(review(attempt)).status == "ok"
    assert sum(usage.calls for usage in attempt.spent) == len(requests_of(world, attempt))


@pytest.mark.parametrize("fault", ["null_rating", "sparse_answers", "two_candidates"])
def test_reviews_with_gaps_are_read(world, attempt, fault):
    world.control.fault("g2", fault, times=10)
    assert world.run(review(attempt)).reviews


def test_no_product_is_an_answer(world, attempt):
    world.control.fault("g2", "nothing", times=3)
    found = world.run(review(attempt))
    assert (found.status, found.reviews) == ("no_product", [])


def test_an_answer_without_usage_costs_we_know_not_what(world, attempt):
    world.control.fault("llm", "no_usage")
    assert world.run(write(attempt)).usage.input_tokens is None


@pytest.mark.parametrize("fault", ["length", "prose", "wrong_shape", "refusal", "fenced"])
def test_an_answer_that_could_not_be_used_is_paid(world, attempt, fault):
    world.control.fault("llm", fault)
    world.failure(write(attempt))
    assert attempt.spent[0].output_tokens is not None


@pytest.mark.parametrize("fault", ["length", "prose", "wrong_shape", "empty_content"])
def test_a_parse_error_says_what_the_model_must_mend(world, attempt, fault):
    world.control.fault("llm", fault)
    failure = world.failure(write(attempt))
    assert (failure.detail or "").startswith("The answer ")
    assert failure.provider_code == ("length" if fault == "length" else None)


@pytest.mark.parametrize("provider", WORK)
def test_a_wrong_key_is_an_auth_failure_and_told_to_nobody(world, attempt, provider):
    wrong = SecretStr("sk-wrong-and-secret")
    endpoint = replace(getattr(world.config, provider), api_key=wrong)
    failure = world.failure(WORK[provider](attempt), replace(world.config, **{provider: endpoint}))
    assert failure.failure_class is F.AUTH_FAILURE
    assert wrong.get_secret_value() not in repr(failure)
    assert len(requests_of(world, attempt)) == 1


@pytest.mark.parametrize("provider", WORK)
def test_without_a_key_nothing_is_sent_and_only_reviews_may_be_done_without(
    world, attempt, provider
):
    endpoint = replace(getattr(world.config, provider), api_key=None)
    failure = world.failure(WORK[provider](attempt), replace(world.config, **{provider: endpoint}))
    assert failure.failure_class is F.AUTH_FAILURE
    assert failure.may_degrade is (provider == "g2")
    assert (requests_of(world, attempt), attempt.spent) == ([], [])
