"""Which jobs have failed of the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from plinthctl.domain.groups import Grouped, grouped
from plinthctl.errors import NotFound

if TYPE_CHECKING:
    from plinthctl.store import Store

LOOKED_AT: Final = 10_000  # failed jobs, the newest, and as many failed tries of active ones


@dataclass(frozen=True, slots=True)
class Groups:
    """Reads failure groups; ``since`` is on the store's clock, None is all that is kept."""

    store: "Store"

    def found(self, since: datetime | None = None) -> Grouped:
        """All of them, the largest first."""
        failed, trying = self.store.troubles(since, LOOKED_AT)
        whole = max(len(failed), len(trying)) < LOOKED_AT
        return grouped((*failed, *trying), whole=whole)

    def job_ids(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The jobs of these groups, whatever became of the groups."""
        return tuple(job for group in self.found().of_ids(ids) for job in group.ids)

    def named(self, ids: Sequence[str]) -> Grouped:
        """The groups of these ids.

        Raises:
            NotFound: no job is in one of them, or none any more.
        """
        found = self.found()
        groups = found.of_ids(ids)
        missing = next(iter(set(ids) - {group.id for group in groups}), None)
        if missing is not None:
            raise NotFound(
                f"no failed job, and none that tries again, is in the group {missing}",
                fix="plinthctl stats --by error --since 7d shows the groups that there are",
                details={"id": missing},
            )
        return Grouped(groups, found.whole)
