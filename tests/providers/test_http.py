"""The guarded client against a server that misbehaves byte by byte."""

import gzip
import json
import logging
import socket
from datetime import date

import pytest
from pydantic import SecretStr

from plinthctl.domain.failures import FailureClass
from tests.providers.loopback import KEY, Loopback, Try, answer, drip, hang_up
from worker.providers.config import Endpoint, ProvidersConfig
from worker.providers.exa import Exa
from worker.providers.failures import INVALID_JSON, TOO_LARGE
from worker.providers.firecrawl import Firecrawl
from worker.providers.http import quiet_libraries

FOUND = {
    "results": [{"url": "https://a.example/1", "text": "x"}],
    "costDollars": {"total": 0.009},
}


@pytest.fixture
def attempt() -> Try:
    return Try()


def search(attempt, *, timeout_s=10.0, key=KEY):
    async def work(url):
        exa = Exa(Endpoint(url, timeout_s, SecretStr(key) if key else None))
        try:
            return await exa.news("Acme news", attempt.call)
        finally:
            await exa.close()

    return work


def test_a_request_carries_the_key_and_its_request_id(attempt):
    loopback = Loopback([answer(200, FOUND)])
    loopback.run(search(attempt))
    [sent] = loopback.requests
    assert b"x-api-key: " + KEY.encode() in sent
    assert b"x-request-id: job_1:step:1" in sent
    assert b"accept-encoding: gzip\r\n" in sent


def test_a_compressed_answer_is_read(attempt):
    body = gzip.compress(json.dumps(FOUND).encode())
    loopback = Loopback([answer(200, body, "Content-Encoding: gzip")])
    [hit] = loopback.run(search(attempt))
    assert hit.url == "https://a.example/1"


@pytest.mark.parametrize(
    ("raw", "expected", "code"),
    [
        pytest.param(
            answer(200, b"<html>"), FailureClass.PARSE_ERROR, INVALID_JSON, id="HTML for JSON"
        ),
        pytest.param(answer(200, b""), FailureClass.PARSE_ERROR, INVALID_JSON, id="nothing at all"),
        pytest.param(
            answer(200, b'{"results": ['), FailureClass.PARSE_ERROR, INVALID_JSON, id="half JSON"
        ),
        pytest.param(
            answer(200, b"\xff\xfe\xfa"), FailureClass.PARSE_ERROR, INVALID_JSON, id="no UTF-8"
        ),
        pytest.param(
            answer(200, b"[" * 100_000), FailureClass.PARSE_ERROR, INVALID_JSON, id="deep JSON"
        ),
        pytest.param(
            answer(200, b'{"results": NaN}'), FailureClass.PARSE_ERROR, INVALID_JSON, id="NaN"
        ),
        pytest.param(
            answer(200, {"results": None}), FailureClass.PARSE_ERROR, None, id="of a wrong shape"
        ),
        pytest.param(
            answer(200, b" " * (5 * 1024**2 + 1)),
            FailureClass.PARSE_ERROR,
            TOO_LARGE,
            id="more than 5 MB on the wire",
        ),
        pytest.param(
            answer(200, gzip.compress(b" " * 200_000_000, 1), "Content-Encoding: gzip"),
            FailureClass.PARSE_ERROR,
            TOO_LARGE,
            id="more than 20 MB inflated",
        ),
        pytest.param(
            answer(200, gzip.compress(b"{}" * 999)[:30], "Content-Encoding: gzip"),
            FailureClass.PROVIDER_UNAVAILABLE,
            None,
            id="a compressed body that ends too early",
        ),
        pytest.param(
            answer(200, b"{}", "Content-Encoding: gzip"),
            FailureClass.PROVIDER_UNAVAILABLE,
            None,
            id="a body that only says it is compressed",
        ),
        pytest.param(
            answer(200, b"{}", "Content-Encoding: br"),
            FailureClass.PROVIDER_UNAVAILABLE,
            None,
            id="a compression that was not asked for",
        ),
        pytest.param(
            answer(200, {"a": "b" * 99})[:-20],
            FailureClass.PROVIDER_UNAVAILABLE,
            None,
            id="a body that is cut short",
        ),
        pytest.param(hang_up, FailureClass.PROVIDER_UNAVAILABLE, None, id="a hang-up"),
        pytest.param(b"chaos\r\n\r\n", FailureClass.PROVIDER_UNAVAILABLE, None, id="no HTTP"),
        pytest.param(
            answer(200, {}, "X: " + "x" * 200_000),
            FailureClass.PROVIDER_UNAVAILABLE,
            None,
            id="a header of 200 kB",
        ),
        pytest.param(
            answer(302, {}, "Location: http://127.0.0.1:1/"),
            FailureClass.UNKNOWN,
            None,
            id="a redirect",
        ),
    ],
)
def test_a_bad_answer_has_its_class_and_is_asked_for_once(attempt, raw, expected, code):
    loopback = Loopback([raw])
    failure = loopback.failure(search(attempt))
    assert (failure.failure_class, failure.provider_code) == (expected, code)
    assert len(loopback.requests) == 1
    assert [usage.calls for usage in attempt.spent] == [1]


def test_a_drip_is_stopped_by_the_deadline_and_its_cost_is_unknown(attempt):
    failure = Loopback([drip]).failure(search(attempt, timeout_s=0.4))
    assert failure.failure_class is FailureClass.NETWORK_TIMEOUT
    assert [(usage.calls, usage.cost_usd) for usage in attempt.spent] == [(1, None)]


def test_nobody_listening_is_an_unavailable_provider(attempt):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        failure = Loopback([]).failure(lambda _: search(attempt)(url))
    assert failure.failure_class is FailureClass.PROVIDER_UNAVAILABLE


@pytest.mark.parametrize("url", ["ftp://a.example", "no address", ""])
def test_an_address_that_is_none_is_our_configuration(attempt, url):
    failure = Loopback([]).failure(lambda _: search(attempt)(url))
    assert failure.failure_class is FailureClass.INVALID_INPUT
    assert "providers.exa.base_url" in failure.message
    assert not failure.user_fault


@pytest.mark.parametrize("key", [None, "", "with blank", "line\nend", "schlüssel"])
def test_a_key_that_is_none_is_told_without_a_request(attempt, key):
    loopback = Loopback([answer(200, FOUND)])
    failure = loopback.failure(search(attempt, key=key))
    assert failure.failure_class is FailureClass.AUTH_FAILURE
    assert "providers.exa.api_key" in failure.message
    assert not key or key not in failure.message
    assert (loopback.requests, attempt.spent) == ([], [])


def test_a_key_that_an_answer_repeats_is_told_to_nobody(attempt):
    echo = {"error": f"the key {KEY} is wrong", "tag": KEY}
    failure = Loopback([answer(401, echo, f"x-request-id: {KEY}")]).failure(search(attempt))
    assert failure.failure_class is FailureClass.AUTH_FAILURE
    assert KEY not in repr(failure)
    assert failure.detail == "the key [redacted] is wrong"


def test_a_providers_words_are_cut_and_made_storable(attempt):
    failure = Loopback([answer(500, {"error": "\x00\ud800" + "x" * 9_999})]).failure(
        search(attempt)
    )
    assert failure.detail is not None
    assert len(failure.detail) == 500
    assert failure.detail.startswith("\ufffd\ufffdxxx")


def test_text_from_outside_is_storable(attempt):
    body = {"results": [{"url": "https://a.example/1", "text": "a\x00b\ud800c"}]}
    [hit] = Loopback([answer(200, body)]).run(search(attempt))
    assert hit.text == "a\ufffdb\ufffdc"


def test_what_a_search_cost_is_told(attempt):
    Loopback([answer(200, FOUND)]).run(search(attempt))
    assert [(usage.calls, usage.cost_usd) for usage in attempt.spent] == [(1, 0.009)]


def test_without_news_the_web_is_searched_once_and_both_are_paid(attempt):
    loopback = Loopback([answer(200, {"results": []}), answer(200, FOUND)])
    [hit] = loopback.run(search(attempt))
    assert hit.category == "web"
    assert [usage.cost_usd for usage in attempt.spent] == [0.007, 0.009]
    first, second = (json.loads(sent.partition(b"\r\n\r\n")[2]) for sent in loopback.requests)
    assert first["category"] == "news"
    assert "startPublishedDate" in first
    assert {"category", "startPublishedDate"}.isdisjoint(second)


@pytest.mark.parametrize(
    ("since", "dated"),
    [
        pytest.param(None, {}, id="of any day"),
        pytest.param(
            date(2026, 5, 1), {"startPublishedDate": "2026-05-01T00:00:00.000Z"}, id="since a day"
        ),
    ],
)
def test_a_search_of_the_web_asks_for_as_much_as_can_be_quoted(attempt, since, dated):
    async def work(url):
        exa = Exa(Endpoint(url, 10.0, SecretStr(KEY)))
        try:
            return await exa.search("frost losses", attempt.call, since=since)
        finally:
            await exa.close()

    loopback = Loopback([answer(200, FOUND)])
    [hit] = loopback.run(work)
    assert (hit.category, hit.text) == ("web", "x")
    assert json.loads(loopback.requests[0].partition(b"\r\n\r\n")[2]) == {
        "query": "frost losses",
        "type": "auto",
        "numResults": 8,
        "contents": {"text": {"maxCharacters": 4000}},
        **dated,
    }


def test_a_page_is_taken_once_and_a_result_without_an_address_is_dropped(attempt):
    results = [
        {"url": "https://www.a.example/1/", "publishedDate": "2026-09-14T08:30:00.000Z"},
        {"url": "https://a.example/1"},
        {"title": "no address"},
    ]
    [hit] = Loopback([answer(200, {"results": results})]).run(search(attempt))
    assert (hit.url, hit.published) == ("https://www.a.example/1/", "2026-09-14")


@pytest.mark.parametrize("url", ["ftp://acme.com", "http://localhost", "http://10.0.0.1", "acme"])
def test_an_address_that_no_public_site_has_is_not_scraped(attempt, url):
    async def work(base):
        firecrawl = Firecrawl(Endpoint(base, 5.0, SecretStr(KEY)))
        try:
            return await firecrawl.read(url, attempt.call)
        finally:
            await firecrawl.close()

    loopback = Loopback([answer(200, {})])
    failure = loopback.failure(work)
    assert failure.failure_class is FailureClass.INVALID_INPUT
    assert failure.user_fault
    assert loopback.requests == []


def test_the_http_libraries_write_no_line_for_a_request(attempt, caplog):
    quiet_libraries()
    with caplog.at_level(logging.INFO):
        Loopback([answer(200, FOUND)]).run(search(attempt))
    assert caplog.records == []


def test_the_public_services_are_the_default():
    usual = ProvidersConfig()
    assert (usual.llm.base_url, usual.llm.api_key, usual.simulated) == (
        "https://api.openai.com/v1",
        None,
        False,
    )
