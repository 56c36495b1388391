"""What a step sees: its input, earlier results, and providers behind Protocols.

A pipeline imports no HTTP client, no SQL and no broker; all it can do to the
world is in a `StepContext`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel

from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.failures import Failure, Usage
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import JobInput
from plinthctl.domain.results import NewResult
from plinthctl.domain.text import cut

TITLE_CHARS: Final = 500
DESCRIPTION_CHARS: Final = 2_000

Model = TypeVar("Model", bound=BaseModel)


class ProviderError(Exception):
    """A provider's failure, already in our words. What it cost was told to
    `Call.spend` before it was raised."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Call:
    """One try's calling card: the ``x-request-id`` that every request carries
    (``<job>:<step>:<try>``), and where its cost is told, once a request."""

    request_id: str
    spend: Callable[[Usage], None]


class Page(BaseModel):
    """A web page as Markdown, and who has read it. ``url`` is the address after redirects."""

    url: str
    title: Annotated[str, AfterValidator(partial(cut, chars=TITLE_CHARS))]
    description: Annotated[str, AfterValidator(partial(cut, chars=DESCRIPTION_CHARS))]
    markdown: str
    fetched_at: datetime
    provider: str = "firecrawl"


class Hit(BaseModel):
    """A search result with its text. ``category`` is ``news`` or ``web``."""

    url: str
    title: str
    text: str
    category: str
    published: str | None
    fetched_at: datetime


class Review(BaseModel):
    """One customer's review; ``rating`` in stars, 0 to 5."""

    id: str
    url: str
    title: str
    rating: float | None
    liked: str | None
    disliked: str | None
    benefits: str | None
    submitted_at: str | None
    attribution: str | None


class ReviewSet(BaseModel):
    """A product's reviews. ``status``: ok, no_product or no_reviews."""

    status: str
    product: str | None
    url: str | None
    rating: float | None
    review_count: int | None
    reviews: list[Review]
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Written(Generic[Model]):
    """What a model wrote, checked against its schema, and which model it was."""

    value: Model
    model: str
    usage: Usage


class WebReader(Protocol):
    async def read(self, url: str, call: Call) -> Page:
        """The page at ``url``. Raises `ProviderError`."""
        ...


class NewsSearch(Protocol):
    async def news(self, query: str, call: Call) -> list[Hit]:
        """News first, the web where there is none; [] is a valid answer.
        Raises `ProviderError`."""
        ...


class WebSearch(Protocol):
    async def search(self, query: str, call: Call, *, since: date | None = None) -> list[Hit]:
        """Pages of the web, the most relevant first, with what text of them is known;
        with ``since`` only those that were published on that day or later. [] is a
        valid answer. Raises `ProviderError`."""
        ...


class ReviewSource(Protocol):
    async def reviews(self, name: str, url: str, call: Call) -> ReviewSet:
        """Reviews of the company's product. Raises `ProviderError`."""
        ...


class Writer(Protocol):
    async def write(
        self, answer: type[Model], system: str, prompt: str, call: Call, *, room: int
    ) -> Written[Model]:
        """An ``answer`` written by the LLM. ``room`` multiplies the token limit:
        2 after a truncated answer. Raises `ProviderError`."""
        ...


@dataclass(frozen=True, slots=True)
class Providers:
    """The outside world of a run."""

    web: WebReader
    news: NewsSearch
    search: WebSearch
    reviews: ReviewSource
    writer: Writer
    simulated: bool


@dataclass(frozen=True, slots=True)
class StepContext:
    """Everything a step may use.

    Attributes:
        outputs: Results of the finished steps, as JSON; a degraded step has None.
        decision: The job's decision, where it belongs to one.
        feedback: What was wrong with the last try's answer, after a parse error.
        room: Multiplies the LLM's token limit; 2 after an answer that was cut.
        now: The store's clock, aware UTC.
    """

    job_id: str
    org: str
    step: str
    input: JobInput
    outputs: Mapping[str, Any]
    decision: DecisionContext | None
    feedback: str | None
    room: int
    providers: Providers
    call: Call
    now: Callable[[], datetime]
    new_id: Callable[[IdPrefix], str]


@dataclass(frozen=True, slots=True)
class Warned:
    """What a step had to do without, for the user."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What the last step of a pipeline returns: the job's output and its rows, and
    what is to be known of the way there. Of steps that ended without their data, the
    runner warns by itself."""

    output: dict[str, Any]
    results: tuple[NewResult, ...] = ()
    warnings: tuple[Warned, ...] = ()


StepFunction = Callable[[StepContext], Awaitable[Any]]
