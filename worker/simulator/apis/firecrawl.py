"""Firecrawl's scrape. Source: contracts/firecrawl.md."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from worker.simulator.apis.base import text_field
from worker.simulator.apis.firecrawl_troubles import TROUBLES, error
from worker.simulator.faults import Trouble
from worker.simulator.seed import Seed
from worker.simulator.wire import Reply, Request, json_reply
from worker.simulator.world import topics
from worker.simulator.world.by_hand import Pages
from worker.simulator.world.company import company_at, host_of
from worker.simulator.world.news import article_at
from worker.simulator.world.pages import description, links, page

_FORMATS: Final = frozenset(
    ["markdown", "links", "summary", "html", "rawHtml", "images", "screenshot", "json", "branding"]
)

_HOST: Final = re.compile(r"([\w-]+\.)+[a-z][a-z0-9-]+")


def _public_url(url: str) -> str:
    full = url if "://" in url else f"http://{url}"
    if not re.match(r"https?://", full, re.IGNORECASE) or not _HOST.fullmatch(host_of(full)):
        raise ValueError("URL must have a valid top-level domain or be a valid path")
    return full


def _known_format(form: str | dict[str, Any]) -> str | dict[str, Any]:
    if (form if isinstance(form, str) else form.get("type")) not in _FORMATS:
        raise ValueError("Invalid format")
    return form


class Location(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    country: str | None = None
    languages: list[str] | None = None


class ScrapeRequest(BaseModel):
    """The body of a scrape; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    url: Annotated[str, AfterValidator(_public_url)]
    formats: list[Annotated[str | dict[str, Any], AfterValidator(_known_format)]] = ["markdown"]
    only_main_content: StrictBool = True
    include_tags: list[str] = []
    exclude_tags: list[str] = []
    timeout: Annotated[StrictInt, Field(ge=1_000, le=300_000)] = 60_000
    max_age: Annotated[StrictInt, Field(ge=0)] = 172_800_000
    min_age: Annotated[StrictInt, Field(ge=0)] | None = None
    wait_for: Annotated[StrictInt, Field(ge=0, le=60_000)] = 0
    location: Location | None = None
    proxy: Literal["basic", "enhanced", "auto"] = "auto"
    block_ads: StrictBool = True
    fast_mode: StrictBool = False
    remove_base64_images: StrictBool = Field(True, alias="removeBase64Images")
    store_in_cache: StrictBool = True
    skip_tls_verification: StrictBool = True
    mobile: StrictBool = False
    headers: dict[str, str] = {}
    origin: str = "api"

    @model_validator(mode="after")
    def _wait_fits(self) -> "ScrapeRequest":
        if self.wait_for * 2 > self.timeout:
            raise ValueError("waitFor must not exceed half of timeout")
        return self


class Firecrawl:
    """Pages of companies that do not exist; a host under ``.invalid`` has none."""

    name = "firecrawl"
    troubles: Mapping[str, Trouble] = TROUBLES

    def __init__(self, key: str, pages: Pages) -> None:
        self._key = key
        self._pages = pages

    def about(self, request: Request) -> str:
        return host_of(text_field(request, "url"))

    def answer(self, request: Request) -> Reply:
        return self._refusal(request) or self._scrape(request)

    def _refusal(self, request: Request) -> Reply | None:
        if request.path != "/v2/scrape" or request.method != "POST":
            return error(404, f"Cannot {request.method} {request.path}")
        if request.bearer is None:
            return error(401, "Unauthorized: Token missing")
        if request.bearer != self._key:
            return error(401, "Unauthorized: Invalid token")
        return None

    def _scrape(self, request: Request) -> Reply:
        try:
            body = request.json()
        except ValueError:
            return error(400, "Bad request, malformed JSON", "BAD_REQUEST_INVALID_JSON")
        try:
            wanted = ScrapeRequest.model_validate(body)
        except ValidationError as problem:
            return _bad_request(problem)
        return self._page(wanted)

    def _page(self, wanted: ScrapeRequest) -> Reply:
        if wanted.min_age is not None:
            return error(404, "No cached data found.", "SCRAPE_NO_CACHED_DATA")
        host = host_of(wanted.url)
        if host.endswith(".invalid"):
            return _no_such_host(host)
        data = _page_data(wanted, self._markdown(wanted.url))
        return json_reply(200, {"success": True, "data": data})

    def _markdown(self, url: str) -> str:
        given = self._pages.get(url)
        if given is not None:
            return given
        article = article_at(url) or topics.article_at(url)
        return f"# {article.title}\n\n{article.text}" if article else page(company_at(url), url)


def _page_data(wanted: ScrapeRequest, markdown: str) -> dict[str, Any]:
    data: dict[str, Any] = {"metadata": _metadata(wanted.url, markdown)}
    if "markdown" in wanted.formats:
        data["markdown"] = markdown
    if "links" in wanted.formats:
        data["links"] = links(company_at(wanted.url))
    return data


def _metadata(url: str, markdown: str) -> dict[str, Any]:
    heading = re.search(r"^#\s+(.+)$", markdown, re.MULTILINE)
    company = company_at(url)
    return {
        "title": heading[1].strip() if heading else company.name,
        "description": description(company),
        "language": "en",
        "sourceURL": url,
        "url": url if url.count("/") > 2 else f"{url}/",
        "statusCode": 200,
        "contentType": "text/html; charset=utf-8",
        "scrapeId": Seed("scrape", url).hex("id"),
        "proxyUsed": "basic",
        "cacheState": "miss",
        "creditsUsed": 1,
        "concurrencyLimited": False,
    }


def _bad_request(problem: ValidationError) -> Reply:
    unknown = [str(p["loc"][-1]) for p in problem.errors() if p["type"] == "extra_forbidden"]
    first = problem.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    text = f"Unrecognized key in body -- please review the v2 API documentation: {unknown}"
    details = [{"path": list(p["loc"]), "message": p["msg"]} for p in problem.errors()]
    message = text if unknown else f"{where}: {first['msg']}"
    return json_reply(
        400, {"success": False, "code": "BAD_REQUEST", "error": message, "details": details}
    )


def _no_such_host(host: str) -> Reply:
    text = f"DNS resolution failed for hostname: {host}. Please verify the domain."
    return error(200, text, "SCRAPE_DNS_RESOLUTION_ERROR")
