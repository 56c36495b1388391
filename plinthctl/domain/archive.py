"""What is asked of decisions and results, and what comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plinthctl.domain.decisions import DecisionContext
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultView

ID_SLACK: Final = timedelta(days=1)  # at most, between the making of a result's id and its row


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions, the newest first; nothing set means all. ``before`` is the id
    of the last one of the page before; ``limit`` None: no limit."""

    org: str | None = None
    before: str | None = None
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class ResultQuery:
    """Which results, the newest first; nothing set means all. ``since`` is
    inclusive, ``until`` is not; ``before`` and ``limit`` as in `DecisionQuery`."""

    kinds: frozenset[ResultKind] = frozenset()
    org: str | None = None
    decision: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class DecisionDetail:
    """A decision with all that jobs have gathered for it. ``read_at`` is the store's
    clock when it was read."""

    decision: DecisionContext
    results: tuple[ResultView, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """What a decision brought into the store: itself, and so many results."""

    decision: bool
    results: int
