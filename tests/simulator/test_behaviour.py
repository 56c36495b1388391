"""Misbehaviour on request, calls held open, and the journal of it all."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest

PROVIDERS = ("firecrawl", "exa", "g2", "llm")
NO_ANSWER = ("hang_up", "noise", "garbled_chunks", "body_cut")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", NO_ANSWER)
def test_an_answer_may_break_on_its_way(ask, provider, fault):
    ask.control.fault(provider, fault)
    with pytest.raises(httpx.TransportError):
        ask.provider(provider)
    assert ask.provider(provider).status_code == 200


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["broken_json", "invalid_utf8", "empty_body", "html"])
def test_a_200_may_hold_no_json(ask, provider, fault):
    ask.control.fault(provider, fault)
    answer = ask.provider(provider)
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("fault", "status"), [("bad_gateway", 502), ("gateway_timeout", 504)])
def test_a_gateway_answers_html(ask, provider, fault, status):
    ask.control.fault(provider, fault)
    answer = ask.provider(provider)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_timeout_stays_silent_until_the_client_leaves(ask, journal, provider):
    ask.control.fault(provider, "timeout")
    with httpx.Client(trust_env=False, timeout=0.3, verify=False) as impatient:
        ask.client, patient = impatient, ask.client
        with pytest.raises(httpx.ReadTimeout):
            ask.provider(provider)
        ask.client = patient
    ended = _as_it_ended(journal, journal.calls(provider)[-1])
    assert (ended.end, ended.status, ended.fault) == ("aborted", None, "timeout")


def test_a_drip_comes_a_byte_at_a_time(ask):
    ask.control.fault("exa", "drip")
    request = ask.client.build_request(
        "POST",
        f"{ask.url}/exa/search",
        json={"query": "Acme"},
        headers={"x-api-key": "simulated"},
    )
    answer = ask.client.send(request, stream=True)
    pieces = answer.iter_raw()
    assert [next(pieces), next(pieces)] == [b"{", b'"']
    answer.close()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("retry_after", "header"),
    [
        pytest.param(3, "3", id="whole seconds"),
        pytest.param(1.5, "1.5", id="a fraction"),
        pytest.param("soon", "soon", id="nonsense"),
        pytest.param(None, None, id="no header"),
    ],
)
def test_a_rate_limit_says_when_to_come_back_or_not(ask, provider, retry_after, header):
    ask.control.fault(provider, "rate_limited", retry_after=retry_after)
    answer = ask.provider(provider)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)


def test_a_rate_limit_may_name_a_date(ask):
    date = format_datetime(datetime(2026, 12, 1, tzinfo=UTC), usegmt=True)
    ask.control.fault("exa", "rate_limited", retry_after=date)
    assert ask.search().headers["retry-after"] == date


def test_a_fault_is_for_the_next_calls_of_one_provider_only(ask):
    ask.control.fault("exa", "server_error", times=2)
    ask.control.fault("exa", "unavailable")
    assert ask.scrape().status_code == 200
    assert [ask.search().status_code for _ in range(4)] == [500, 500, 503, 200]


def test_a_fault_may_be_for_the_calls_of_one_request_id_only(ask):
    ask.control.fault("exa", "server_error", request_id="job_1:search-news:")
    ask.control.fault("exa", "rate_limited", request_id="job_2:")
    key = {"x-api-key": "simulated"}
    mine, theirs = ({**key, "x-request-id": f"{job}:search-news:1"} for job in ("job_1", "job_2"))
    asked = [ask.search(headers=one).status_code for one in (key, theirs, mine, mine)]
    assert asked == [200, 429, 500, 200]


def test_cleared_faults_do_not_happen(ask):
    ask.control.fault("exa", "server_error", times=9)
    ask.control.clear_faults()
    assert ask.search().status_code == 200


def test_a_fault_that_does_not_exist_is_refused(ask):
    with pytest.raises(ValueError, match="knows no fault 'tired'"):
        ask.control.fault("exa", "tired")
    with pytest.raises(ValueError, match="'bing' knows no fault"):
        ask.control.fault("bing", "timeout")


def test_every_provider_knows_the_faults_that_all_have(ask):
    known = ask.control.known_faults()
    assert set(known) == set(PROVIDERS)
    common = {"timeout", "drip", "hang_up", "body_cut", "broken_json", "html", "bad_gateway"}
    shared = {"rate_limited", "unauthorized", "server_error", "unavailable"}
    assert all(common | shared <= set(faults) for faults in known.values())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_held_call_stays_open_until_it_is_released(ask, journal, provider):
    ask.control.hold(provider)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask.provider, provider)
        held = journal.wait_open(provider)
        assert not answer.done()
        ask.control.release(provider)
        assert answer.result(timeout=10).status_code == 200
    assert _as_it_ended(journal, held).end == "done"


def test_a_hold_may_be_for_the_next_call_only(ask, journal):
    ask.control.hold("exa", times=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask.search)
        journal.wait_open("exa")
        assert ask.search().status_code == 200
        assert not first.done()
        ask.control.release()
        assert first.result(timeout=10).status_code == 200


def test_a_client_that_leaves_a_held_call_is_noted(ask, journal):
    ask.control.hold("exa")
    with httpx.Client(trust_env=False, timeout=0.3, verify=False) as impatient:
        ask.client, patient = impatient, ask.client
        with pytest.raises(httpx.ReadTimeout):
            ask.search(headers={"x-api-key": "simulated", "x-request-id": "left:step:1"})
        ask.client = patient
    ended = journal.wait_for(lambda j: [c for c in j.calls(request_id="left:step:1") if not c.open])
    assert ended[0].end == "aborted"


def test_the_journal_has_who_asked_what_and_how_it_ended_and_no_key(ask, journal, simulator):
    headers = {"x-api-key": "simulated", "x-request-id": "job_told:search-news:2"}
    ask.search("Acme Corp news", headers=headers)
    ended = journal.wait_for(
        lambda j: [c for c in j.of_step("job_told", "search-news") if not c.open]
    )
    call = ended[0]
    assert (call.provider, call.method, call.path) == ("exa", "POST", "/search")
    assert (call.request_id, call.about) == ("job_told:search-news:2", "Acme Corp news")
    assert (call.end, call.status, call.fault) == ("done", 200, None)
    assert journal.of_step("job_told", "get-reviews") == []
    assert "simulated" not in simulator.journal.read_text()


def test_the_journal_names_refusals_and_faults(ask, journal):
    ask.search(headers={"x-api-key": "wrong", "x-request-id": "refused"})
    ask.control.fault("exa", "unavailable")
    ask.search(headers={"x-api-key": "simulated", "x-request-id": "faulty"})
    ended = journal.wait_for(
        lambda j: [c for c in j.calls("exa") if c.request_id == "faulty" and not c.open]
    )
    assert journal.calls(request_id="refused")[0].status == 401
    assert (ended[0].status, ended[0].fault) == (503, "unavailable")


def test_many_clients_at_once_each_get_their_own_answer(ask):
    start = threading.Barrier(8)

    def one(number):
        start.wait(timeout=10)
        return ask.scrape(f"https://firm-{number}.com").json()["data"]["metadata"]["title"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [f"Firm {number}" for number in range(8)]


def test_what_is_not_http_ends_the_connection_and_nothing_else(ask):
    host, _, port = ask.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"\x16\x03 hello\r\n\r\n")
        assert line.recv(100) == b""
    assert ask.search().status_code == 200


def test_what_is_no_service_is_404(ask):
    assert ask.client.get(f"{ask.url}/bing/search").status_code == 404
    assert ask.client.get(f"{ask.url}/control/nothing").status_code == 404


def _as_it_ended(journal, call):
    # The client may have its answer a moment before the journal has its line.
    [ended] = journal.wait_for(lambda j: [c for c in j.calls() if _same(c, call) and not c.open])
    return ended


def _same(call, other):
    return (call.run, call.number) == (other.run, other.number)
