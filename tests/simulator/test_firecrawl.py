"""The simulated Firecrawl: contracts/firecrawl.md."""

import pytest


def test_an_unknown_company_has_a_page_that_says_it_is_simulated(ask):
    data = ask.scrape("https://lumen-orchard.com").json()["data"]
    assert "# Lumen Orchard" in data["markdown"]
    assert "Simulated page" in data["markdown"]
    assert data["metadata"]["title"] == "Lumen Orchard"
    assert data["metadata"]["statusCode"] == 200
    assert "https://lumen-orchard.com/pricing" in data["links"]


def test_a_page_has_facts_of_every_kind(ask):
    markdown = ask.scrape().json()["data"]["markdown"]
    assert markdown.count("per month") == 2
    assert markdown.count("- **Acme ") == 3
    assert "Founded in" in markdown
    assert "## Customers" in markdown


def test_the_same_address_always_has_the_same_page_and_another_has_another(ask):
    first, again, other = (ask.scrape(f"https://{host}") for host in ("a.com", "a.com", "b.com"))
    assert first.content == again.content
    assert first.json()["data"]["markdown"] != other.json()["data"]["markdown"]


def test_a_subpage_shows_its_own_section_only(ask):
    markdown = ask.scrape("https://acme.com/pricing").json()["data"]["markdown"]
    assert "## Pricing" in markdown
    assert "## Customers" not in markdown


def test_links_are_there_only_when_they_are_asked_for(ask):
    assert "links" not in ask.scrape(formats=["markdown"]).json()["data"]


def test_a_host_under_invalid_does_not_exist(ask):
    answer = ask.scrape("https://nosuchfirm.invalid")
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["code"] == "SCRAPE_DNS_RESOLUTION_ERROR"


def test_a_page_that_was_set_is_served_with_or_without_a_final_slash(ask):
    ask.control.set_pages({"https://acme.com/": "# Set\n\nBy hand."})
    assert ask.scrape("https://acme.com").json()["data"]["markdown"] == "# Set\n\nBy hand."
    assert ask.scrape("https://acme.com/").json()["data"]["metadata"]["title"] == "Set"


@pytest.mark.parametrize(
    ("url", "title"),
    [
        pytest.param("https://www.globex.co.uk/en/home", "Globex", id="a country's second level"),
        pytest.param("https://xn--bcher-kva.com", "Bücher", id="a host in another script"),
        pytest.param("HTTPS://ACME.COM", "Acme", id="written in capitals"),
        pytest.param("acme.com", "Acme", id="without a scheme"),
    ],
)
def test_a_company_is_named_after_its_host(ask, url, title):
    assert ask.scrape(url).json()["data"]["metadata"]["title"] == title


def test_an_article_that_the_search_found_can_be_read(ask):
    found = ask.search(contents={"text": True}).json()["results"][0]
    data = ask.scrape(found["url"]).json()["data"]
    assert found["title"] in data["markdown"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"only_main_content": True}, "only_main_content", id="a misspelt key"),
        pytest.param({"url": "http://intranet"}, "top-level domain", id="no top-level domain"),
        pytest.param({"url": "https://a..com"}, "top-level domain", id="an empty label"),
        pytest.param({"url": "ftp://acme.com"}, "top-level domain", id="not http"),
        pytest.param({"url": None}, "url", id="no address"),
        pytest.param({"formats": ["pdf"]}, "Invalid format", id="an unknown format"),
        pytest.param({"timeout": 500}, "timeout", id="a timeout below a second"),
        pytest.param({"timeout": "30000"}, "timeout", id="a timeout as text"),
        pytest.param({"waitFor": 20_000, "timeout": 30_000}, "waitFor", id="half is waiting"),
    ],
)
def test_a_wrong_body_is_400_and_says_what_is_wrong(ask, body, said):
    answer = ask.scrape(**{"url": "https://acme.com", **body})
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_REQUEST"
    assert said in answer.json()["error"]


def test_a_missing_address_is_400(ask):
    answer = ask.post("/firecrawl/v2/scrape", {}, {"authorization": "Bearer simulated"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


def test_a_body_that_is_not_json_is_400(ask):
    answer = ask.client.post(
        f"{ask.url}/firecrawl/v2/scrape",
        content=b"{",
        headers={"authorization": "Bearer simulated"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST_INVALID_JSON")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param({}, "Token missing", id="no key"),
        pytest.param({"authorization": "Bearer other"}, "Invalid token", id="a wrong key"),
        pytest.param({"x-api-key": "simulated"}, "Token missing", id="a key in the wrong header"),
    ],
)
def test_without_the_right_key_it_is_401(ask, headers, said):
    answer = ask.scrape(headers=headers)
    assert answer.status_code == 401
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        pytest.param("bad_request", 400, "BAD_REQUEST", id="bad request"),
        pytest.param("unauthorized", 401, None, id="key refused"),
        pytest.param("no_credits", 402, None, id="no credits"),
        pytest.param("unsupported_site", 403, "UNSUPPORTED_SITE", id="site not supported"),
        pytest.param("banned", 403, None, id="account banned"),
        pytest.param("scrape_timeout", 408, "SCRAPE_TIMEOUT", id="target too slow"),
        pytest.param("queue_timeout", 408, "CONCURRENCY_QUEUE_TIMEOUT", id="no free browser"),
        pytest.param("rate_limited", 429, None, id="rate limited"),
        pytest.param("server_error", 500, "SCRAPE_ALL_ENGINES_FAILED", id="engines failed"),
        pytest.param("unavailable", 503, None, id="unavailable"),
        pytest.param("no_such_host", 200, "SCRAPE_DNS_RESOLUTION_ERROR", id="no such host"),
    ],
)
def test_a_fault_has_its_status_and_code(ask, fault, status, code):
    ask.control.fault("firecrawl", fault)
    answer = ask.scrape()
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.json()["success"] is False


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_target_that_answers_an_error_is_still_a_success_of_firecrawl(ask, status):
    ask.control.fault("firecrawl", f"target_{status}")
    body = ask.scrape().json()
    assert body["success"] is True
    assert body["data"]["metadata"]["statusCode"] == status


def test_the_ordinary_429_names_its_seconds_in_the_text_only(ask):
    ask.control.fault("firecrawl", "rate_limited", retry_after_text=12)
    answer = ask.scrape()
    assert "retry-after" not in answer.headers
    assert "please retry after 12s" in answer.json()["error"]


def test_a_slow_pdf_names_its_seconds_in_details_and_header(ask):
    ask.control.fault("firecrawl", "slow_pdf", retry_after=20)
    answer = ask.scrape()
    assert answer.status_code == 408
    assert answer.headers["retry-after"] == "20"
    assert answer.json()["details"]["retryAfterSeconds"] == 20


def test_titles_may_be_a_list_pages_may_be_empty_and_come_from_a_cache(ask):
    for fault in ("title_list", "empty_markdown", "cached"):
        ask.control.fault("firecrawl", fault)
    listed, empty, cached = (ask.scrape().json()["data"] for _ in range(3))
    assert listed["metadata"]["title"] == ["Acme", "Welcome"]
    assert empty["markdown"] == ""
    assert cached["metadata"]["cacheState"] == "hit"
