"""What screens are handed: one frozen look at everything that they show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from plinthctl.domain.limits import Slot
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.queries import Sort
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.domain.why import Explanation


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that somebody asks for: the filter as it was typed, and the order."""

    text: str = ""
    sort: Sort = Sort.CREATED
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is shown beyond the snapshot: a list of jobs, one job with all that belongs
    to it, by its id, how full some limits are, and what has become of some jobs."""

    jobs: Asked | None = None
    detail: str | None = None
    slots: tuple[Slot, ...] = ()
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The first jobs that match; ``total`` of them do, at least so many where it is not
    ``exact``; ``everything`` is how many there are without the filter. ``line`` has
    the places of those that wait."""

    asked: Asked
    jobs: tuple[JobView, ...]
    total: int
    exact: bool
    everything: int | None = None
    line: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BellLook:
    """How the bell is: ``took_s`` None where there is none, which is no trouble, or
    where it does not answer, and then ``error`` says why."""

    took_s: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One look. ``detail`` None: none was wanted, or there is no such job any more;
    ``why`` says why it is where it is."""

    snapshot: Snapshot
    wanted: Wanted = Wanted()
    page: Page | None = None
    detail: JobDetail | None = None
    bell: BellLook = BellLook()
    why: Explanation | None = None
    places: tuple[Occupancy, ...] = ()
    tracked: tuple[JobView, ...] = ()
