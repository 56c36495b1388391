"""What an organisation may spend, and what is said of it."""

from datetime import UTC, datetime

import pytest

from plinthctl.domain.budgets import (
    NO_BUDGETS,
    Budgets,
    Spent,
    day_of,
    refusal,
    refused,
    spending,
    warning,
)
from plinthctl.errors import ExitCode

AT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
FIVE = Budgets(org=5.0)
LENIENT = Budgets(org=5.0, refuse=False)


@pytest.mark.parametrize(
    ("budgets", "org", "expected"),
    [
        pytest.param(NO_BUDGETS, "acme", None, id="nothing is set: nobody counts"),
        pytest.param(FIVE, "acme", 5.0, id="everybody's"),
        pytest.param(Budgets(named={"acme": 9.0}), "acme", 9.0, id="by name, and nobody else's"),
        pytest.param(Budgets(named={"acme": 9.0}), "other", None, id="not by name: none"),
        pytest.param(Budgets(5.0, {"acme": 0.0}), "acme", 0.0, id="a name wins, be it with 0"),
    ],
)
def test_a_budget_is_everybodys_or_by_name(
    budgets: Budgets, org: str, expected: float | None
) -> None:
    assert budgets.of(org) == expected


@pytest.mark.parametrize(
    ("budgets", "spent", "is_refused", "warns"),
    [
        pytest.param(NO_BUDGETS, Spent(1e6), False, False, id="no budget"),
        pytest.param(FIVE, Spent(), False, False, id="nothing spent"),
        pytest.param(FIVE, Spent(3.99), False, False, id="below 80 %"),
        pytest.param(FIVE, Spent(4.0), False, True, id="exactly 80 %"),
        pytest.param(FIVE, Spent(4.99), False, True, id="a cent is left"),
        pytest.param(FIVE, Spent(5.0), True, True, id="exactly spent"),
        pytest.param(Budgets(1.0), Spent(sum([0.1] * 10)), True, True, id="ten times 0.1 are 1"),
        pytest.param(FIVE, Spent(0.0, unknown=99), False, False, id="unknown is not counted"),
        pytest.param(LENIENT, Spent(9.0), False, True, id="refuse = false: warned only"),
        pytest.param(Budgets(0.0), Spent(), True, True, id="a budget of 0 lets nothing in"),
        pytest.param(Budgets(5.0, warn=1.0), Spent(4.99), False, False, id="warned of the end"),
    ],
)
def test_what_is_spent_decides(
    budgets: Budgets, spent: Spent, is_refused: bool, warns: bool
) -> None:
    found = spending("acme", budgets, spent, AT)
    assert refused(found, budgets) is is_refused
    assert (warning(found, budgets) is not None) is warns


def test_the_day_begins_at_midnight_utc() -> None:
    assert day_of(AT) == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_refusal_says_who_how_much_of_how_much_and_until_when() -> None:
    found = spending("acme", FIVE, Spent(5.25, unknown=3), AT)
    assert found is not None
    error = refusal(found)
    assert error.exit_code is ExitCode.REFUSED
    assert error.message == (
        "org acme has spent at least $5.25 of $5.00 today, "
        "and what 3 runs that have ended cost is unknown"
    )
    assert error.why == "its budget is used up, and free again at 00:00 UTC, in 5h30m"
    assert error.details["unknown_runs"] == 3
    assert error.details["free_in_s"] == 5.5 * 3600


@pytest.mark.parametrize(
    ("budgets", "spent", "told"),
    [
        pytest.param(
            FIVE,
            Spent(4.5),
            "org acme has spent $4.50 of $5.00 today: 90%; "
            "then jobs are refused until 00:00 UTC, in 5h30m",
            id="near",
        ),
        pytest.param(
            LENIENT,
            Spent(4.5, 1),
            "org acme has spent at least $4.50 of $5.00 today, and what 1 run that has ended cost "
            "is unknown: 90%; jobs are let in beyond it until 00:00 UTC, in 5h30m",
            id="near, some of it unknown, and nothing is refused",
        ),
        pytest.param(
            LENIENT,
            Spent(6.0),
            "org acme has spent $6.00 of $5.00 today; "
            "its budget is used up until 00:00 UTC, in 5h30m",
            id="beyond it",
        ),
        pytest.param(
            Budgets(org=0.01),
            Spent(0.0085),
            "org acme has spent $0.0085 of $0.0100 today: 85%; "
            "then jobs are refused until 00:00 UTC, in 5h30m",
            id="less than cents",
        ),
    ],
)
def test_a_warning_says_what_comes_then(budgets: Budgets, spent: Spent, told: str) -> None:
    assert warning(spending("acme", budgets, spent, AT), budgets) == told
