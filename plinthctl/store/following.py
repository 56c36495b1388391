"""What has happened to some jobs since somebody last looked."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, select

from plinthctl.domain.views import EventView, JobNews
from plinthctl.store.reads import by_ids, event_views
from plinthctl.store.tables import job_events
from plinthctl.store.tx import Tx, grouped

_AT_ONCE: Final = 200  # jobs that one statement asks for
_ALL: Final = 2**31  # more events than any job has
_LATER: Final = (
    select(job_events)
    .where(job_events.c.job_id.in_(bindparam("ids", expanding=True)))
    .where(job_events.c.seq > bindparam("least"))
    .order_by(job_events.c.job_id, job_events.c.seq)
)


def news(tx: Tx, known: Mapping[str, int | None]) -> tuple[JobNews, ...]:
    """The jobs of these ids that there are, with their events after the given
    numbers (None: no events), all read at one moment. What is usual of their types is
    read with those that nobody has seen before; whoever follows has it from then on."""
    asked = list(known.items())
    parts = (dict(asked[n : n + _AT_ONCE]) for n in range(0, len(asked), _AT_ONCE))
    return tuple(one for part in parts for one in _some(tx, part))


def _some(tx: Tx, known: Mapping[str, int | None]) -> tuple[JobNews, ...]:
    found = by_ids(tx, list(known), usual=None in known.values())
    seqs = {job.id: seq for job in found if (seq := known[job.id]) is not None}
    changed = {job.id: seqs[job.id] for job in found if job.event_seq > seqs.get(job.id, _ALL)}
    events = _events(tx, changed) if changed else {}
    return tuple(JobNews(job, events.get(job.id, ())) for job in found)


def _events(tx: Tx, after: Mapping[str, int]) -> Mapping[str, tuple[EventView, ...]]:
    # One statement for any number of jobs: it may find a few events too many.
    given = {"ids": list(after), "least": min(after.values())}
    found = grouped(tx, _LATER, given)
    later = {job_id: [e for e in rows if e.seq > after[job_id]] for job_id, rows in found.items()}
    return {job_id: event_views(rows) for job_id, rows in later.items()}
