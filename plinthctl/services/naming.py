"""From what an operator types of an id to the id that is meant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plinthctl.domain.ids import IdPrefix, canonical_part, is_full, short
from plinthctl.errors import AmbiguousId, NotFound

CANDIDATES: Final = 10  # of an ambiguous id that are named

Find = Callable[[str, int], tuple[str, ...]]  # ids by a part of them, so many at most


@dataclass(frozen=True, slots=True)
class Noun:
    """What ids of some prefixes name, in words, and the commands that list and show it."""

    one: str
    many: str
    prefixes: tuple[IdPrefix, ...]
    lists: str
    shows: str

    def resolve(self, typed: str, find: Find) -> str:
        """The id that is meant by a whole id, its last 8 characters, or any unique
        beginning or end of at least 4. A whole id need not be in the store.

        Raises:
            NotFound: nothing has such an id.
            AmbiguousId: several have; their ids are in the details.
        """
        part = canonical_part(typed)
        if part is None:
            raise self.missing(typed, why="an id, or 4 or more characters of its beginning or end")
        if any(is_full(part, prefix) for prefix in self.prefixes):
            return part
        found = find(part, CANDIDATES)
        if not found:
            raise self.missing(typed)
        if len(found) > 1:
            raise self._ambiguous(typed, found)
        return found[0]

    def missing(self, typed: str, why: str | None = None) -> NotFound:
        """The error for an id that names nothing; ``why``: how it should have been named."""
        return NotFound(
            f'no {self.one} "{typed}"',
            why=f"a {self.one} is named by {why}" if why else None,
            fix=self.lists,
            details={"id": typed},
        )

    def _ambiguous(self, typed: str, found: tuple[str, ...]) -> AmbiguousId:
        more = ", and more" if len(found) >= CANDIDATES else ""
        return AmbiguousId(
            f'"{typed}" fits {len(found)} {self.many}{more}',
            why=", ".join(short(one) for one in found),
            fix=f"{self.shows} {found[0]}",
            details={"id": typed, "candidates": list(found)},
        )


JOB: Final = Noun("job", "jobs", (IdPrefix.JOB,), "plinthctl list", "plinthctl show")
DECISION: Final = Noun(
    "decision",
    "decisions",
    (IdPrefix.DECISION,),
    "plinthctl decision list",
    "plinthctl decision show",
)
RESULT: Final = Noun(
    "result",
    "results",
    (IdPrefix.PROFILE, IdPrefix.EVIDENCE, IdPrefix.ANALYSIS, IdPrefix.BRIEF),
    "plinthctl results list",
    "plinthctl results show",
)
