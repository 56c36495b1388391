"""How much of a long answer was shown, which matters when the rest of it is lost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from plinthctl.errors import StoreUnavailable

Page = TypeVar("Page", bound=Sequence[object])


@dataclass(slots=True)
class Shown:
    """Counts what is shown of an answer that is read page by page."""

    number: int = 0

    def counting(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The pages, each counted when the next one is asked for.

        Raises:
            StoreUnavailable: the store went away; how much was shown until then. Nothing
                is mended: an array without its end fails whoever reads it, as it should.
        """
        try:
            for page in pages:
                yield page
                self.number += len(page)
        except StoreUnavailable as error:
            if not self.number:
                raise
            raise self._cut(error) from error

    def _cut(self, error: StoreUnavailable) -> StoreUnavailable:
        told = {**error.details, "shown": self.number}
        message = f"only the first {self.number:,} were shown"
        return type(error)(message, why=error.told, fix=error.fix, details=told)
