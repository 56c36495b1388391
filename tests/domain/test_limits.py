from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.limits import (
    LOOK_EVERY_S,
    FullScope,
    Holder,
    Limits,
    Scope,
    gave_up,
    likely_free,
    next_look_s,
    refusal,
    scopes,
)
from plinthctl.errors import ExitCode


@pytest.mark.parametrize(
    ("scope", "identifier", "expected"),
    [
        pytest.param(Scope.ORG, "acme", 5, id="an organisation has 5"),
        pytest.param(Scope.USER, "ana", 3, id="a user has 3"),
        pytest.param(Scope.DECISION, "dec_1", 2, id="a decision has 2"),
        pytest.param(Scope.ORG, "big", 20, id="unless it is named"),
        pytest.param(Scope.USER, "big", 3, id="a name counts in its own scope only"),
        pytest.param(Scope.USER, "bot", 0, id="a name may have none"),
    ],
)
def test_a_limit_is_the_scopes_or_the_named_one(
    scope: Scope, identifier: str, expected: int
) -> None:
    limits = Limits(named={(Scope.ORG, "big"): 20, (Scope.USER, "bot"): 0})
    assert limits.of(scope, identifier) == expected


@pytest.mark.parametrize(
    ("holder", "expected_s"),
    [
        pytest.param(Holder("job_1", 90, None), 90, id="not started: all of its usual time"),
        pytest.param(Holder("job_1", 90, 34), 56, id="running: what is left of it"),
        pytest.param(Holder("job_1", 90, 120), 0, id="overdue: any moment"),
        pytest.param(Holder("job_1", 90, None, 600), 690, id="due in 10 minutes: from then on"),
    ],
)
def test_a_place_is_free_when_its_holder_has_likely_ended(
    holder: Holder, expected_s: float
) -> None:
    assert holder.free_in_s == expected_s


@pytest.mark.parametrize(
    ("waits_s", "words"),
    [
        pytest.param([40.2], "A place is likely free in 40 s.", id="seconds"),
        pytest.param([119], "A place is likely free in 119 s.", id="seconds up to two minutes"),
        pytest.param([40, 690], "A place is likely free in 12 min.", id="the last scope counts"),
        pytest.param([10_000], "A place is likely free in 3 h.", id="hours"),
        pytest.param([200_000], "A place is likely free in 2 days.", id="days"),
        pytest.param([40, None], "", id="a scope that never has a place promises none"),
        pytest.param([], "", id="nothing is full"),
    ],
)
def test_when_a_place_is_likely_free_in_words(waits_s: list[float | None], words: str) -> None:
    assert likely_free(waits_s) == words


def full(limit: int, *left_s: float) -> FullScope:
    holders = tuple(Holder(f"job_{n}", left, 0) for n, left in enumerate(left_s))
    return FullScope(Scope.ORG, "acme", limit, holders)


@pytest.mark.parametrize(
    ("scope", "expected_s"),
    [
        pytest.param(full(2, 50, 20), 20, id="full: the first that ends frees a place"),
        pytest.param(full(1, 50, 20, 30), 50, id="two over the limit: all three must end"),
        pytest.param(
            replace(full(30, 50, 20), more=28), 20, id="many hold it: the first of those named"
        ),
        pytest.param(
            replace(full(3, 50, 20), more=28), None, id="far over the limit: nobody knows"
        ),
        pytest.param(full(0), None, id="a limit of nothing never frees one"),
        pytest.param(full(0, 5), None, id="not even when what runs has ended"),
    ],
)
def test_the_first_free_place(scope: FullScope, expected_s: float | None) -> None:
    assert scope.free_in_s == expected_s


@given(st.integers(1, 6), st.lists(st.floats(0, 600), min_size=1, max_size=12))
def test_by_then_enough_holders_have_ended(limit: int, left_s: list[float]) -> None:
    free_in_s = full(limit, *left_s).free_in_s
    if len(left_s) < limit:
        assert free_in_s is None
    else:
        assert free_in_s is not None
        assert sum(left > free_in_s for left in left_s) < limit


def test_a_job_counts_in_its_scopes_in_the_order_of_locking() -> None:
    assert scopes("acme", "ana", None) == [(Scope.ORG, "acme"), (Scope.USER, "ana")]
    assert [scope for scope, _ in scopes("acme", "ana", "dec_1")] == list(Scope)


def test_a_refusal_names_every_full_scope_and_who_holds_it() -> None:
    org = FullScope(Scope.ORG, "acme", 1, (Holder("job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T", 40, 0),))
    user = FullScope(Scope.USER, "ana", 1, (Holder("job_01KAVJ5N3C0ZP4RD8W7Q2KB8X1", 60, 0),))
    error = refusal([org, user])
    assert error.exit_code is ExitCode.REFUSED
    assert "org acme already has 1 of 1" in error.message
    assert "user ana already has 1 of 1" in error.message
    assert "Too many active jobs" in (error.why or "")
    assert "60 s" in (error.why or "")
    assert "7Q2K9M4T" in (error.fix or "")
    assert [f["scope"] for f in error.details["full"]] == ["org", "user"]
    assert error.details["full"][0]["active"] == ["job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"]


def test_a_refusal_counts_the_holders_that_it_does_not_name() -> None:
    error = refusal([replace(full(30, 50, 20), more=28)])
    assert "already has 30 of 30" in error.message
    assert error.details["full"][0]["held"] == 30
    assert error.details["full"][0]["active"] == ["job_0", "job_1"]


def test_a_refusal_in_a_rehearsal_counts_those_before_it() -> None:
    error = refusal([replace(full(3, 50), ahead=2)])
    assert "would already have 3 of 3" in error.message
    assert error.details["full"][0]["held"] == 1


def test_a_limit_of_nothing_promises_no_place() -> None:
    error = refusal([full(0)])
    assert "free" not in (error.why or "")
    assert error.fix is None


@pytest.mark.parametrize("roll", [0.0, 0.5, 0.999])
def test_those_who_wait_look_at_different_times(roll: float) -> None:
    assert next_look_s(roll) == pytest.approx(LOOK_EVERY_S * (0.75 + roll / 2))


def test_who_gave_up_is_told_the_limit_and_that_he_waited() -> None:
    refused = refusal([full(1, 50)])
    error = gave_up(refused)
    assert (error.message, error.fix, error.details) == (
        refused.message,
        refused.fix,
        refused.details,
    )
    assert error.why == f"No place came free in time. {refused.why}"
    assert error.exit_code is ExitCode.REFUSED
