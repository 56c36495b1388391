"""Whose limits are fullest."""

import pytest

from plinthctl.domain.limits import Limits, Scope
from plinthctl.domain.occupancy import Occupancy, fullest_first

LIMITS = Limits(org=5, user=3, decision=2, named={(Scope.ORG, "big"): 50})


def test_the_fullest_come_first() -> None:
    active = {
        (Scope.ORG, "acme"): 4,
        (Scope.ORG, "big"): 50,
        (Scope.USER, "ana"): 3,
        (Scope.DECISION, "dec_1"): 1,
        (Scope.USER, "bo"): 0,
        (Scope.USER, "al"): 0,
    }
    found = [(one.identifier, one.active, one.limit) for one in fullest_first(active, LIMITS)]
    assert found == [
        ("big", 50, 50),
        ("ana", 3, 3),
        ("acme", 4, 5),
        ("dec_1", 1, 2),
        ("al", 0, 3),
        ("bo", 0, 3),
    ]


@pytest.mark.parametrize(
    ("active", "limit", "full"),
    [
        pytest.param(4, 5, False, id="a place is left"),
        pytest.param(5, 5, True, id="none is left"),
        pytest.param(6, 5, True, id="the limit was lowered"),
        pytest.param(0, 0, True, id="nobody may"),
    ],
)
def test_no_place_left_is_full(active: int, limit: int, full: bool) -> None:
    assert Occupancy(Scope.ORG, "acme", active, limit).full is full


def test_a_limit_of_none_is_the_fullest() -> None:
    limits = Limits(org=5, user=0)
    found = fullest_first({(Scope.ORG, "acme"): 5, (Scope.USER, "ana"): 0}, limits)
    assert [one.identifier for one in found] == ["ana", "acme"]
