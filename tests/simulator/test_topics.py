"""Pages on whatever is searched for: the simulated web."""

from urllib.parse import urlsplit

import pytest

WITH_TEXT = {"contents": {"text": {"maxCharacters": 4000}}}
MARKET = "orchard sensors in Europe"


def found(ask, query, **more):
    return ask.search(query, **WITH_TEXT, **more).json()["results"]


def test_pages_are_about_the_query_on_sites_that_do_not_exist(ask):
    pages = found(ask, "frost losses in orchards")
    assert len(pages) == 7
    assert all("frost losses in orchards" in page["text"].lower() for page in pages)
    assert all("Simulated" in page["text"] for page in pages)
    assert all(urlsplit(page["url"]).hostname.endswith(".example") for page in pages)
    assert [page["title"] for page in pages if "publishedDate" not in page] == [
        "Frost losses in orchards: a guide"
    ]


def test_pages_speak_for_and_against(ask):
    texts = " ".join(page["text"] for page in found(ask, "frost losses"))
    assert "a clear effect" in texts
    assert "no effect" in texts


def test_queries_on_one_market_find_its_sides_and_share_a_page(ask):
    sides = ("market size and growth", "prices and cost", "risks and rules")
    urls = [{page["url"] for page in found(ask, f"{MARKET} {side}")} for side in sides]
    assert [len(one) for one in urls] == [3, 3, 3]
    [shared] = set.intersection(*urls)
    assert shared.endswith("/orchard-sensors-in-Europe/overview")


def test_the_same_words_find_the_same_facts_and_others_find_others(ask):
    assert found(ask, "frost losses") == found(ask, "frost  losses")
    assert found(ask, "frost losses") != found(ask, "hail losses")


@pytest.mark.parametrize("query", ["frost losses", f"{MARKET} suppliers and rivals"])
def test_a_page_that_was_found_can_be_read(ask, query):
    for page in found(ask, query):
        read = ask.scrape(page["url"]).json()["data"]["markdown"]
        assert page["title"] in read
        assert page["text"] in read


def test_of_one_page_the_search_knows_no_text(ask):
    pages = found(ask, f"{MARKET} suppliers and rivals")
    [unread] = [page for page in pages if not page["text"]]
    read = ask.scrape(unread["url"]).json()["data"]["markdown"]
    assert "suppliers share" in read


def test_older_pages_than_the_start_and_undated_ones_are_left_out(ask):
    dates = sorted(page.get("publishedDate", "") for page in found(ask, "frost losses"))
    recent = found(ask, "frost losses", startPublishedDate=dates[3])
    assert sorted(page["publishedDate"] for page in recent) == dates[3:]


def test_a_page_that_was_set_by_hand_is_what_a_search_finds_there(ask):
    url = found(ask, "frost losses")[0]["url"]
    ask.control.set_pages({url: "Frost costs nothing."})
    assert found(ask, "frost losses")[0]["text"] == "Frost costs nothing."


@pytest.mark.parametrize(
    "query", ["x", "???", "果樹園の霜", "a/b?c#d%20", "word " * 400, "prices and cost"]
)
def test_any_query_finds_pages_that_can_be_read(ask, query):
    for page in found(ask, query):
        assert ask.scrape(page["url"]).json()["data"]["markdown"]


def test_a_query_for_news_is_about_a_company_as_before(ask):
    titles = " ".join(page["title"] for page in found(ask, "Acme Corp news"))
    assert "Acme" in titles
