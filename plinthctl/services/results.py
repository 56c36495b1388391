"""Find what jobs have found, whether they are still there or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plinthctl.domain.archive import ResultQuery
from plinthctl.domain.views import ResultHead, ResultView
from plinthctl.services.asking import walk
from plinthctl.services.naming import RESULT

if TYPE_CHECKING:
    from plinthctl.store import Store

HEADS_AT_ONCE: Final = 1000
WHOLE_AT_ONCE: Final = 50  # a result with its sources may be 100 kB


@dataclass(frozen=True, slots=True)
class Results:
    """Reads of results for people and scripts."""

    store: "Store"

    def resolve(self, typed: str) -> str:
        """The id of the result that an operator means. Raises as `Noun.resolve`."""
        return RESULT.resolve(typed, self.store.find_results)

    def count(self, query: ResultQuery) -> int:
        """How many results fit, whatever the query's limit."""
        return self.store.count_results(query)

    def heads(self, query: ResultQuery) -> Iterator[ResultHead]:
        """The results that fit, newest first, without what they say."""
        return walk(self.store.result_heads, query, HEADS_AT_ONCE)

    def each(self, query: ResultQuery) -> Iterator[ResultView]:
        """The results that fit, newest first, whole, as they are read."""
        return walk(self.store.results, query, WHOLE_AT_ONCE)

    def one(self, result_id: str) -> ResultView:
        """One result with its sources. Raises `NotFound`."""
        found = self.store.result(result_id)
        if found is None:
            raise RESULT.missing(result_id)
        return found
