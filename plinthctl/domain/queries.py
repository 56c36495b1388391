"""What lists of jobs are asked for."""

from dataclasses import dataclass
from datetime import datetime

from plinthctl.domain.job import JobStatus


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs; nothing set means all. ``limit`` None: no limit."""

    statuses: frozenset[JobStatus] = frozenset()
    types: tuple[str, ...] = ()
    org: str | None = None
    user: str | None = None
    decision: str | None = None
    created_since: datetime | None = None
    created_until: datetime | None = None
    limit: int | None = 50
