"""Pages one after the other, and answers that were lost."""

from dataclasses import dataclass, field, replace

import pytest

from plinthctl.domain.archive import ResultQuery
from plinthctl.errors import OutcomeUnknown
from plinthctl.services.asking import until_known, walk


@dataclass(frozen=True)
class Thing:
    id: str


@dataclass
class Shelf:
    """A store of things, the newest first, that notes what it was asked."""

    ids: list[str]
    asked: list[ResultQuery] = field(default_factory=list)

    def page(self, query: ResultQuery) -> tuple[Thing, ...]:
        self.asked.append(query)
        fit = [one for one in self.ids if query.before is None or one < query.before]
        return tuple(Thing(one) for one in sorted(fit, reverse=True)[: query.limit])


@pytest.mark.parametrize(
    ("limit", "found", "sizes"),
    [
        pytest.param(None, "edcba", [2, 2, 2], id="all: until a page is short"),
        pytest.param(5, "edcba", [2, 2, 1], id="as many as there are"),
        pytest.param(4, "edcb", [2, 2], id="whole pages"),
        pytest.param(3, "edc", [2, 1], id="the last page is smaller"),
        pytest.param(1, "e", [1], id="less than a page"),
    ],
)
def test_pages_follow_one_another(limit: int | None, found: str, sizes: list[int]) -> None:
    shelf = Shelf(list("abcde"))
    things = walk(shelf.page, ResultQuery(org="acme", limit=limit), 2)
    assert "".join(thing.id for thing in things) == found
    assert [query.limit for query in shelf.asked] == sizes
    assert {replace(query, before=None, limit=None) for query in shelf.asked} == {
        ResultQuery(org="acme", limit=None)
    }


def test_a_page_is_read_when_its_first_is_wanted() -> None:
    shelf = Shelf(list("abcde"))
    things = walk(shelf.page, ResultQuery(limit=None), 2)
    assert (next(things), next(things)) == (Thing("e"), Thing("d"))
    assert len(shelf.asked) == 1


def test_what_comes_meanwhile_moves_no_page() -> None:
    shelf = Shelf(list("abcd"))
    things = walk(shelf.page, ResultQuery(limit=None), 2)
    first = [next(things), next(things)]
    shelf.ids += ["x", "y", "z"]
    assert [thing.id for thing in (*first, *things)] == list("dcba")


def lost(times: int):
    """An answer that comes after so many losses."""
    left = iter(range(times))

    def ask() -> str:
        if next(left, None) is not None:
            raise OutcomeUnknown("the answer was lost")
        return "known"

    return ask


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_lost_answer_is_asked_for_again(times: int) -> None:
    assert until_known(lost(times)) == "known"


def test_an_answer_that_stays_lost_is_told() -> None:
    with pytest.raises(OutcomeUnknown):
        until_known(lost(3))
