"""What goes over the wire, field by field: as contracts/ have it, and no more.

Each request is also put before the simulator's own checkers, and then with a field
more, or one less, to see that those would notice.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from tests.providers.loopback import KEY, Loopback, Try, answer
from worker.providers.config import Endpoint, LlmEndpoint
from worker.providers.exa import NEWS_FOR, Exa
from worker.providers.firecrawl import Firecrawl
from worker.providers.g2 import G2
from worker.providers.llm import Llm
from worker.simulator.apis.base import Api
from worker.simulator.apis.exa import Exa as ExaApi
from worker.simulator.apis.firecrawl import Firecrawl as FirecrawlApi
from worker.simulator.apis.g2 import G2 as G2Api
from worker.simulator.apis.llm import Llm as LlmApi
from worker.simulator.wire import Request
from worker.simulator.world.by_hand import Pages

TODAY = date(2026, 11, 24)
ALWAYS = {"host", "accept", "accept-encoding", "connection", "user-agent", "x-request-id"}
WITH_BODY = ALWAYS | {"content-type", "content-length"}
SDK = "x-stainless-"  # headers of the SDK's own, of the machine and its versions


class Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    company: str
    score: int


@dataclass(frozen=True)
class Asked:
    """A request, as the contract has it."""

    method: str
    path: str
    headers: dict[str, str]
    names: frozenset[str]
    query: list[tuple[str, str]] = field(default_factory=list)
    body: dict | None = None


def api_headers(**more: str) -> dict[str, str]:
    return {
        "accept": "application/json",
        "accept-encoding": "gzip",
        "x-request-id": "job_1:step:1",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


FIRECRAWL = Asked(
    "POST",
    "/v2/scrape",
    api_headers(authorization=f"Bearer {KEY}", content_type="application/json"),
    frozenset(WITH_BODY | {"authorization"}),
    body={
        "url": "https://acme.com",
        "formats": ["markdown"],
        "onlyMainContent": True,
        "timeout": 30_000,
        "maxAge": 86_400_000,
        "origin": "plinthctl",
    },
)
EXA = Asked(
    "POST",
    "/search",
    api_headers(x_api_key=KEY, content_type="application/json"),
    frozenset(WITH_BODY | {"x-api-key"}),
    body={
        "query": "Acme news",
        "type": "auto",
        "numResults": 8,
        "contents": {"text": {"maxCharacters": 2000}},
    },
)


def exa_body(**more):
    return replace(EXA, body={**EXA.body, **more})


def exa_news():
    since = (datetime.now(UTC) - NEWS_FOR).date()
    return exa_body(category="news", startPublishedDate=f"{since}T00:00:00.000Z")


def g2(path: str, *query: tuple[str, str]) -> Asked:
    headers = api_headers(authorization=f"Bearer {KEY}") | {"accept": "application/vnd.api+json"}
    return Asked("GET", path, headers, frozenset(ALWAYS | {"authorization"}), list(query))


LLM = Asked(
    "POST",
    "/v1/chat/completions",
    api_headers(authorization=f"Bearer {KEY}", content_type="application/json"),
    frozenset(WITH_BODY | {"authorization"}),
    body={
        "model": "simulated-model",
        "stream": False,
        "messages": [
            {"role": "system", "content": "You write profiles."},
            {"role": "user", "content": "Company: Acme"},
        ],
        "max_completion_tokens": 8000,
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "Profile",
                "strict": True,
                "schema": {
                    "type": "object",
                    "title": "Profile",
                    "properties": {
                        "company": {"title": "Company", "type": "string"},
                        "score": {"title": "Score", "type": "integer"},
                    },
                    "required": ["company", "score"],
                    "additionalProperties": False,
                },
            },
        },
    },
)
PRODUCT = {"data": [{"id": "p1", "attributes": {"name": "Acme", "domain": "acme.com"}}]}
NONE: dict = {"data": []}
PAGE = {"success": True, "data": {"markdown": "# Acme", "metadata": {}}}
FOUND = {"results": [{"url": "https://a.example/1", "text": "x"}]}
NEXT = {"data": [], "links": {"next": "https://elsewhere.example/x?page%5Bafter%5D=abc"}}
SIZED = ("page[size]", "10")
WRITTEN = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": '{"company": "A", "score": 1}'},
        }
    ],
}
Work = Callable[[str, Try], Awaitable[object]]


def of_client(client_at, ask) -> Work:
    """Ask a client that lives for this one question."""

    async def work(url: str, attempt: Try):
        client = client_at(url)
        try:
            return await ask(client, attempt.call)
        finally:
            await client.close()

    return work


def endpoint(url: str, timeout_s: float) -> Endpoint:
    return Endpoint(url, timeout_s, SecretStr(KEY))


def llm_at(**settings):
    def at(url: str) -> Llm:
        return Llm(
            LlmEndpoint(f"{url}/v1", 60.0, SecretStr(KEY), model="simulated-model", **settings)
        )

    return at


def firecrawl_at(url):
    return Firecrawl(endpoint(url, 45.0))


def exa_at(url):
    return Exa(endpoint(url, 25.0))


def g2_at(url):
    return G2(endpoint(url, 20.0))


def write(client, call):
    return client.write(Profile, "You write profiles.", "Company: Acme", call, room=1)


def reviews(client, call):
    return client.reviews("Acme", "https://www.acme.com/en", call)


CALLS = [
    pytest.param(
        of_client(firecrawl_at, lambda c, call: c.read("https://acme.com", call)),
        [PAGE],
        lambda: [FIRECRAWL],
        id="firecrawl: a page",
    ),
    pytest.param(
        of_client(exa_at, lambda c, call: c.news("Acme news", call)),
        [FOUND],
        lambda: [exa_news()],
        id="exa: news",
    ),
    pytest.param(
        of_client(exa_at, lambda c, call: c.news("Acme news", call)),
        [{"results": []}, FOUND],
        lambda: [exa_news(), EXA],
        id="exa: no news, so the web",
    ),
    pytest.param(
        of_client(
            exa_at, lambda c, call: c.search("Acme news", call, since=TODAY - timedelta(days=23))
        ),
        [FOUND],
        lambda: [
            exa_body(
                contents={"text": {"maxCharacters": 4000}},
                startPublishedDate="2026-11-01T00:00:00.000Z",
            )
        ],
        id="exa: the web since a day",
    ),
    pytest.param(
        of_client(g2_at, reviews),
        [PRODUCT, NEXT, NONE],
        lambda: [
            g2("/api/v2/products", ("filter[public_detail_url_cont][]", "acme.com"), SIZED),
            g2("/api/v2/products/p1/reviews", ("page[size]", "50")),
            g2("/api/v2/products/p1/reviews", ("page[after]", "abc")),
        ],
        id="g2: a product by its website, its reviews page by page",
    ),
    pytest.param(
        of_client(g2_at, reviews),
        [NONE, NONE, NONE],
        lambda: [
            g2("/api/v2/products", ("filter[public_detail_url_cont][]", "acme.com"), SIZED),
            g2("/api/v2/products", ("filter[product_name_eq]", "Acme"), SIZED),
            g2("/api/v2/products", ("filter[query]", "Acme"), SIZED),
        ],
        id="g2: every way to a product",
    ),
    pytest.param(of_client(llm_at(), write), [WRITTEN], lambda: [LLM], id="llm: an answer"),
    pytest.param(
        of_client(llm_at(max_tokens_field="max_tokens", temperature=0.2), write),
        [WRITTEN],
        lambda: [
            replace(
                LLM,
                body={
                    **{k: v for k, v in LLM.body.items() if k != "max_completion_tokens"},
                    "max_tokens": 8000,
                    "temperature": 0.2,
                },
            )
        ],
        id="llm: of an older server",
    ),
]


def sent(raw: bytes) -> Request:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(": ") for line in lines)
    return Request(method, target, {k.lower(): v for k, _, v in pairs}, body)


def requests_of(work: Work, answers) -> list[Request]:
    json_answers = [answer(200, body, "Content-Type: application/json") for body in answers]
    loopback = Loopback(json_answers)
    loopback.run(lambda url: work(url, Try()))
    return [sent(raw) for raw in loopback.requests]


@pytest.mark.parametrize(("work", "answers", "contract"), CALLS)
def test_a_request_is_what_the_contract_says_and_no_more(work, answers, contract):
    requests = requests_of(work, answers)
    for request, wanted in zip(requests, contract(), strict=True):
        assert (request.method, request.path) == (wanted.method, wanted.path)
        assert request.query == wanted.query
        own = {k: v for k, v in request.headers.items() if not k.startswith(SDK)}
        assert set(own) == wanted.names
        assert {k: own[k] for k in wanted.headers} == wanted.headers
        assert (json.loads(request.body) if request.body else None) == wanted.body


def api_of(request: Request) -> Api:
    """A checker of the simulator that takes our key."""
    if request.path.startswith("/api/v2/"):
        return G2Api(KEY, TODAY)
    by_path: dict[str, Api] = {
        "/v2/scrape": FirecrawlApi(KEY, Pages()),
        "/search": ExaApi(KEY, TODAY, Pages()),
        "/v1/chat/completions": LlmApi(KEY),
    }
    return by_path[request.path]


def accepted(api: Api, request: Request) -> bool:
    """Whether a strict reader of the contract takes it: a warning is a refusal, too."""
    reply = api.answer(request)
    return reply.status == 200 and "warnings" not in reply.json()


def with_product(request: Request) -> tuple[Api, Request]:
    """The checker, and the request about a product and a page that it knows."""
    api = api_of(request)
    if isinstance(api, G2Api) and "/p1/" in request.path:
        look_up = "/api/v2/products?filter%5Bquery%5D=Acme"
        found = api.answer(replace(request, target=look_up)).json()["data"][0]
        target = request.target.replace("p1", found["id"])
        return api, replace(request, target=target.replace("abc", "YWZ0ZXIgMQ=="))
    return api, request


@pytest.mark.parametrize(("work", "answers", "contract"), CALLS)
def test_a_strict_reader_takes_each_request_and_none_with_a_field_too_many(work, answers, contract):
    for api, request in map(with_product, requests_of(work, answers)):
        assert accepted(api, request)
        assert not accepted(api, with_field_more(request))
    assert contract()


@pytest.mark.parametrize(
    ("work", "answers", "fields"),
    [
        pytest.param(CALLS[0].values[0], [PAGE], ["url"], id="firecrawl"),
        pytest.param(CALLS[1].values[0], [FOUND], ["query"], id="exa"),
        pytest.param(CALLS[6].values[0], [WRITTEN], ["model", "messages"], id="llm"),
    ],
)
def test_a_strict_reader_takes_none_with_a_field_too_few(work, answers, fields):
    [request] = requests_of(work, answers)
    for name in fields:
        body = {key: value for key, value in json.loads(request.body).items() if key != name}
        without = replace(request, body=json.dumps(body).encode())
        assert not accepted(api_of(without), without)


@pytest.mark.parametrize(("work", "answers", "contract"), CALLS)
def test_a_strict_reader_takes_none_without_a_key(work, answers, contract):
    for request in requests_of(work, answers):
        secret = {"authorization", "x-api-key"}
        headers = {k: v for k, v in request.headers.items() if k not in secret}
        assert not accepted(api_of(request), replace(request, headers=headers))
    assert contract()


def with_field_more(request: Request) -> Request:
    if request.method == "GET":
        query = urlencode([*request.query, ("only_main_content", "true")])
        return replace(request, target=f"{request.path}?{query}")
    body = {**json.loads(request.body), "only_main_content": True}
    return replace(request, body=json.dumps(body).encode())
