"""Exa's search. Source: contracts/exa.md."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from worker.simulator.apis.base import text_field
from worker.simulator.apis.exa_troubles import NO_KEY, TROUBLES, error
from worker.simulator.faults import Trouble
from worker.simulator.seed import Seed
from worker.simulator.wire import Reply, Request, json_reply
from worker.simulator.world import topics
from worker.simulator.world.by_hand import Pages
from worker.simulator.world.company import company_named
from worker.simulator.world.news import Article, news, web

_OF_CONTENTS: Final = frozenset(("text", "highlights", "summary"))
_DATELESS: Final = frozenset(("company", "people"))


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class TextWish(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    max_characters: Annotated[StrictInt, Field(ge=1, le=10_000)] = 10_000
    include_html_tags: StrictBool = False


class Contents(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    text: StrictBool | TextWish = False
    highlights: StrictBool | dict[str, Any] = False
    summary: StrictBool | dict[str, Any] = False
    max_age_hours: Annotated[StrictInt, Field(ge=-1, le=720)] | None = None
    livecrawl_timeout: StrictInt | None = None


class SearchRequest(BaseModel):
    """The body of a search; a key that it does not know is ignored with a warning."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    type: Literal["auto", "fast", "instant", "deep-lite", "deep", "deep-reasoning"] = "auto"
    category: str | None = None
    num_results: Annotated[StrictInt, Field(ge=1, le=100)] = 10
    start_published_date: Moment | None = None
    end_published_date: Moment | None = None
    include_domains: list[str] = []
    exclude_domains: list[str] = []
    user_location: str | None = None
    moderation: StrictBool = False
    contents: Contents | None = None

    @model_validator(mode="after")
    def _fits(self) -> "SearchRequest":
        if misplaced := sorted(_OF_CONTENTS & set(self.model_extra or ())):
            raise ValueError(f"{misplaced} belong inside contents")
        if self.category in _DATELESS and (self.start_published_date or self.end_published_date):
            raise ValueError(f"category {self.category} takes no dates")
        return self


class Exa:
    """News about the company that a query names; or pages on what else it is about."""

    name = "exa"
    troubles: Mapping[str, Trouble] = TROUBLES

    def __init__(self, key: str, today: date, pages: Pages) -> None:
        self._key = key
        self._today = today
        self._pages = pages

    def about(self, request: Request) -> str:
        return text_field(request, "query")

    def answer(self, request: Request) -> Reply:
        return self._refusal(request) or self._search(request)

    def _refusal(self, request: Request) -> Reply | None:
        if request.path != "/search" or request.method != "POST":
            return error(404, "Not found", "NOT_FOUND")
        key = request.headers.get("x-api-key") or request.bearer
        if not key:
            return NO_KEY
        return None if key == self._key else error(401, "Invalid API key", "INVALID_API_KEY")

    def _search(self, request: Request) -> Reply:
        try:
            wanted = SearchRequest.model_validate(request.json())
        except ValidationError as problem:
            return _bad_request(problem)
        except ValueError:
            return error(400, "The body is not valid JSON", "INVALID_REQUEST_BODY")
        return self._found(wanted)

    def _found(self, wanted: SearchRequest) -> Reply:
        articles = [a for a in self._articles(wanted) if _in_time(a, wanted)]
        shown = [self._result(a, wanted.contents) for a in articles[: wanted.num_results]]
        return _answer(wanted, shown)

    def _articles(self, wanted: SearchRequest) -> list[Article]:
        if wanted.category == "news":
            return news(company_named(wanted.query), self._today)
        if wanted.query.lower().endswith(" news"):
            company = company_named(wanted.query)
            return [*news(company, self._today), *web(company)]
        return topics.found(wanted.query, self._today)

    def _result(self, article: Article, contents: Contents | None) -> dict[str, Any]:
        text = self._pages.get(article.url) or (article.text if article.indexed else "")
        return _result(replace(article, text=text), contents)


def _answer(wanted: SearchRequest, results: list[dict[str, Any]]) -> Reply:
    unknown = sorted(wanted.model_extra or ())
    warnings = [{"code": "IGNORED_FIELD", "path": [name], "message": name} for name in unknown]
    seed = Seed("search", wanted.query)
    body = {
        "requestId": seed.hex("id"),
        "searchTime": seed.number("time", 300, 900) + 0.7,
        "results": results,
        **({"warnings": warnings} if warnings else {}),
        "costDollars": {"total": _cost_usd(wanted), "search": {"neural": 0.007}},
    }
    return json_reply(200, body).with_header("x-request-id", seed.hex("id"))


def _cost_usd(wanted: SearchRequest) -> float:
    more = max(0, wanted.num_results - 10)
    summaries = 0.001 if wanted.contents and wanted.contents.summary else 0
    return round(0.007 + 0.001 * more + summaries, 6)


def _in_time(article: Article, wanted: SearchRequest) -> bool:
    moment = datetime.combine(article.published or date.min, time(8, 30), UTC)
    start, end = wanted.start_published_date, wanted.end_published_date
    return (start is None or moment >= start) and (end is None or moment <= end)


def _result(article: Article, contents: Contents | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": article.url,
        "url": article.url,
        "title": article.title,
        "author": article.author,
    }
    if article.published:
        result["publishedDate"] = f"{article.published}T08:30:00.000Z"
    return result | (_contents(article, contents) if contents else {})


def _contents(article: Article, wish: Contents) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if wish.text is not False:
        limit = wish.text.max_characters if isinstance(wish.text, TextWish) else None
        shown["text"] = article.text[:limit]
    if wish.highlights is not False:
        shown["highlights"] = [article.text.partition(". ")[0]]
    if wish.summary is not False:
        shown["summary"] = article.text
    return shown


def _bad_request(problem: ValidationError) -> Reply:
    first = problem.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    tag = "INVALID_NUM_RESULTS" if where == "numResults" else "INVALID_REQUEST_BODY"
    return error(400, f"{where or 'body'}: {first['msg']}", tag)
