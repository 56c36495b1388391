"""Which provider a step asks."""

from collections.abc import Mapping
from typing import Final

# The other steps ask none.
ASKED: Final[Mapping[tuple[str, str], str]] = {
    ("competitor_analysis", "scrape-website"): "firecrawl",
    ("competitor_analysis", "search-news"): "exa",
    ("competitor_analysis", "get-reviews"): "g2",
    ("competitor_analysis", "generate-profile"): "llm",
    ("market_research", "plan-queries"): "llm",
    ("market_research", "search-sources"): "exa",
    ("market_research", "read-sources"): "firecrawl",
    ("market_research", "extract-evidence"): "llm",
    ("evidence_search", "search-sources"): "exa",
    ("evidence_search", "weigh-evidence"): "llm",
    ("option_analysis", "analyze-option"): "llm",
    ("brief_generation", "write-brief"): "llm",
}


def asked_by(job_type: str, step: str) -> str | None:
    """The provider that a step of a type asks; None: it asks nobody."""
    return ASKED.get((job_type, step))
