"""A competitor's profile, as a person reads it."""

from collections.abc import Iterator

from rich.text import Text

from plinthctl.domain.results import CompetitorProfile, CustomerVoice
from plinthctl.render.claims import Claims
from plinthctl.render.sheet import words


def lines(profile: CompetitorProfile, width: int | None) -> Iterator[Text]:
    """The profile, part by part; parts without a claim are left out."""
    claims = Claims(width)
    yield from claims.block("Summary", [profile.summary], bullet="  ")
    yield from claims.block(
        "Positioning", [profile.positioning] if profile.positioning else [], bullet="  "
    )
    yield from claims.named("Offerings", [(o.name, o.description, o) for o in profile.offerings])
    yield from claims.named("Pricing", [(p.plan, p.price, p) for p in profile.pricing])
    yield from claims.block("Strengths", profile.strengths, bullet="  + ", colour="green")
    yield from claims.block("Weaknesses", profile.weaknesses, bullet="  − ", colour="red")
    news = [(item.date or "undated", item.headline, item) for item in profile.recent_news]
    yield from claims.named("Recent news", news)
    yield from _customers(profile.customers, claims)
    yield from claims.block("What it means for us", profile.meaning_for_us, bullet="  → ")


def _customers(voice: CustomerVoice, claims: Claims) -> Iterator[Text]:
    if voice.rating is None and not voice.praised and not voice.criticised:
        return
    rating = f"   {voice.rating:.1f} of 5 stars" if voice.rating is not None else ""
    count = f" in {voice.review_count:,} reviews" if voice.review_count is not None else ""
    yield from (Text(), Text("Customers", "bold cyan") + words(rating + count))
    yield from claims.items(voice.praised, "  + ", "green")
    yield from claims.items(voice.criticised, "  − ", "red")
