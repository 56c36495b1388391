"""Invented reviews of a company's product."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from worker.simulator.world.company import Company

_LIKED: Final = (
    ("Up and running in a day", "We were set up within a day, without a consultant."),
    ("Does what it says", "It does one thing and does it well."),
    ("Support that answers", "Support answers within the hour and knows the product."),
    ("Saves us real time", "It saves each of us about an hour a day."),
    ("Easy for newcomers", "New colleagues understand it without training."),
    ("Works offline", "It keeps working when the network does not."),
)
_DISLIKED: Final = (
    "Reports cannot be changed; we export and redo them by hand.",
    "The price has risen at every renewal.",
    "The phone app is slow on older devices.",
    "There is no connection to our accounting system.",
    "Settings are hard to find.",
)
_BENEFITS: Final = (
    "Fewer mistakes, and fewer calls in the evening.",
    "We see problems before our customers do.",
    "One place instead of four spreadsheets.",
)
_COUNTRIES: Final = ("France", "Finland", "Ireland", "Portugal", "Germany")


@dataclass(frozen=True, slots=True)
class Review:
    """One customer's word. ``stars`` 2.5 to 5; None: a question left open."""

    number: int
    title: str
    stars: float
    liked: str
    disliked: str | None
    benefits: str | None
    submitted: date
    country: str


def reviews(company: Company, today: date) -> list[Review]:
    """Six to fourteen reviews of the year before ``today``, the newest first."""
    count = company.seed.number("reviews", 6, 14)
    return [_review(company, number, today) for number in range(1, count + 1)]


def average(given: list[Review]) -> float | None:
    """Stars to one decimal; None without a review."""
    return round(sum(r.stars for r in given) / len(given), 1) if given else None


def _review(company: Company, number: int, today: date) -> Review:
    seed, mark = company.seed, f"of review {number}"
    title, liked = seed.pick(f"liked {mark}", _LIKED)
    return Review(
        number=number,
        title=title,
        stars=seed.number(f"stars {mark}", 5, 10) / 2,
        liked=liked,
        disliked=seed.pick(f"disliked {mark}", (*_DISLIKED, None)),
        benefits=seed.pick(f"benefits {mark}", (*_BENEFITS, None)),
        submitted=today - timedelta(days=number * 24 - seed.number(f"day {mark}", 0, 20)),
        country=seed.pick(f"country {mark}", _COUNTRIES),
    )
