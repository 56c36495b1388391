"""The sum of many jobs stays short, however many they are."""

import pytest

from plinthctl.errors import LimitReached, NotFound
from plinthctl.render.tally import REASONS_AT_MOST, Tally, Where

FULL = LimitReached("user ana already has 3 of 3 active jobs (limit per user)")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param([7], "line 7", id="one"),
        pytest.param([4, 5, 6], "lines 4-6", id="a stretch"),
        pytest.param([2, 4, 5, 9], "lines 2, 4-5, 9", id="several"),
        pytest.param(range(1, 100_001), "lines 1-100000", id="very many in one stretch"),
        pytest.param([1, 3, 5, 7, 9], "lines 1, 3, 5, 7, 9", id="as many as are named"),
        pytest.param(range(1, 1000, 2), "lines 1, 3, 5, 7, 9, …", id="more than are named"),
    ],
)
def test_lines_are_named_in_stretches(lines: list[int], words: str) -> None:
    where = Where()
    for line in lines:
        where.add(line)
    assert str(where) == words
    assert where.count == len(lines)


def told(tally: Tally, **more: bool) -> list[str]:
    return [line.plain for line in tally.lines("accepted", **more)]


def test_when_all_are_in_that_is_all() -> None:
    assert told(Tally(accepted=12_000)) == ["✓ all 12,000 jobs accepted"]


def test_a_reason_is_told_once() -> None:
    tally = Tally(accepted=3)
    for line in (4, 5, 6):
        tally.refuse(line, FULL)
    assert told(tally) == [
        "▲ 3 of 6 jobs accepted, 3 refused",
        "  lines 4-6: user ana already has 3 of 3 active jobs (limit per user)",
        "  fix: --wait-for-slot submits each as places come free",
    ]
    assert len(told(tally, way_out=False)) == 2


def test_only_a_limit_can_be_waited_for() -> None:
    tally = Tally()
    tally.refuse(1, NotFound('no decision "dec_1"'))
    assert told(tally) == ["✗ 0 of 1 jobs accepted, 1 refused", '  line 1: no decision "dec_1"']


def test_of_very_many_reasons_the_first_are_told() -> None:
    tally = Tally()
    for line in range(1, 1001):
        tally.refuse(line, NotFound(f'no decision "dec_{line}"'))
    lines = told(tally)
    assert len(lines) == 1 + REASONS_AT_MOST + 1
    assert lines[-1] == "  and 990 more lines for other reasons"


def test_hostile_words_stay_text() -> None:
    tally = Tally()
    tally.refuse(1, NotFound('no decision "[/x] \x1b]0;z\x07"'))
    assert [c for line in told(tally) for c in line if not c.isprintable()] == []
