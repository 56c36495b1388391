"""Put two jobs side by side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.comparing import Compared, Pair, compare
from plinthctl.services.browse import Browse

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two jobs by their whole ids, and everything in both."""

    one: Compared
    other: Compared
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Reads two jobs and compares them."""

    store: "Store"
    browse: Browse

    def jobs(self, one: str, other: str) -> Comparison:
        """Two jobs, each by any part of its id.

        Raises:
            NotFound, AmbiguousId: an id means no job, or several.
        """
        first, second = self._read(one), self._read(other)
        return Comparison(first, second, compare(first, second))

    def _read(self, typed: str) -> Compared:
        job_id = self.browse.resolve(typed)
        return Compared(self.browse.detail(job_id), self.store.step_outputs(job_id))
