"""What the gathering steps of an analysis brought, as sources for a prompt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from plinthctl.domain.results import Source, SourceKind
from plinthctl.domain.text import cut, one_line
from worker.context import Hit, Page, Review, ReviewSet
from worker.pipelines.prompts.sources import UNNUMBERED, Quoted, from_hit, numbered

MOST_REVIEWS: Final = 20  # the newest; more of them say the same
ANSWER_CHARS: Final = 600
DAY_CHARS: Final = 10  # of a time such as 2026-05-02T09:12:00Z

_HITS: Final = TypeAdapter(list[Hit])


@dataclass(frozen=True, slots=True)
class Gathered:
    """The page, the news and the reviews; None where a step ended without them."""

    page: Page
    hits: list[Hit] | None
    reviews: ReviewSet | None

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> "Gathered":
        """Read back from the steps' stored outputs."""
        hits, reviews = outputs["search-news"], outputs["get-reviews"]
        return cls(
            page=Page.model_validate(outputs["scrape-website"]),
            hits=None if hits is None else _HITS.validate_python(hits),
            reviews=None if reviews is None else ReviewSet.model_validate(reviews),
        )

    def missing(self) -> tuple[SourceKind, ...]:
        """The kinds of source that could not be had."""
        parts = ((SourceKind.NEWS, self.hits), (SourceKind.REVIEW, self.reviews))
        return tuple(kind for kind, part in parts if part is None)

    def quoted(self) -> tuple[Quoted, ...]:
        """The sources, numbered S1, S2, … in a fixed order."""
        return numbered(self._unnumbered())

    def _unnumbered(self) -> Iterator[Quoted]:
        yield _of_page(self.page)
        for hit in self.hits or []:
            yield from_hit(hit, "search-news")
        if self.reviews is not None:
            for place, review in enumerate(self.reviews.reviews):
                yield _of_review(review, self.reviews, is_first=place == 0)


def kept_reviews(found: ReviewSet) -> ReviewSet:
    """The part of the reviews that is worth a place in the prompt."""
    kept = [_cut_review(review) for review in found.reviews[:MOST_REVIEWS]]
    return found.model_copy(update={"reviews": kept})


def _cut_review(review: Review) -> Review:
    answers = {
        name: cut(answer, ANSWER_CHARS)
        for name in ("liked", "disliked", "benefits")
        if (answer := getattr(review, name)) is not None
    }
    return review.model_copy(update=answers)


def _of_page(page: Page) -> Quoted:
    text = page.markdown or page.description or page.title
    source = _source(
        SourceKind.WEBSITE, page.url, page.title, page.provider, "scrape-website", page.fetched_at
    )
    return Quoted(source, text)


def _of_review(review: Review, of: ReviewSet, *, is_first: bool) -> Quoted:
    source = _source(
        SourceKind.REVIEW,
        review.url or of.url or "",
        review.title,
        "g2",
        "get-reviews",
        of.fetched_at,
        published=(review.submitted_at or "")[:DAY_CHARS] or None,
    )
    averages = _averages(of) if is_first else []
    return Quoted(source, "\n".join([*averages, *_answers(review)]))


def _source(
    kind: SourceKind,
    url: str,
    title: str,
    provider: str,
    step: str,
    fetched_at: datetime,
    *,
    published: str | None = None,
) -> Source:
    return Source(
        id=UNNUMBERED,
        kind=kind,
        url=url,
        title=title,
        provider=provider,
        step=step,
        fetched_at=fetched_at,
        published=published,
    )


def _averages(of: ReviewSet) -> list[str]:
    return _lines({"average rating": of.rating, "review count": of.review_count})


def _answers(review: Review) -> list[str]:
    return _lines(
        {
            "rating": review.rating,
            "liked": review.liked,
            "disliked": review.disliked,
            "benefits": review.benefits,
        }
    )


def _lines(values: Mapping[str, Any]) -> list[str]:
    # One line each: a reviewer's text must not make a line such as "rating: 5".
    return [
        f"{name}: {one_line(str(value))}" for name, value in values.items() if value is not None
    ]
