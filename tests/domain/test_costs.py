"""What tries cost together; unknown is not zero."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from plinthctl.domain.costs import Cost, of_tries, summed
from plinthctl.domain.failures import Usage

SCRAPE = Usage(calls=1, credits=1.0)
SEARCH = Usage(calls=1, cost_usd=0.007)
PRICED = Usage(calls=1, input_tokens=800, cached_tokens=200, output_tokens=60, cost_usd=0.01)
UNPRICED = Usage(calls=1, input_tokens=800, output_tokens=60)
TIMED_OUT = Usage(calls=1)
NOBODY_ASKED = Usage()


@pytest.mark.parametrize(
    ("tries", "cost_usd", "untold"),
    [
        pytest.param([], 0.0, 0, id="nothing tried: nothing"),
        pytest.param([NOBODY_ASKED], 0.0, 0, id="no key, so nobody was asked: nothing"),
        pytest.param([SEARCH, SEARCH], 0.014, 0, id="a failed try is paid for, too"),
        pytest.param([SCRAPE, SEARCH], 0.007, 0, id="credits are no dollars"),
        pytest.param([SEARCH, TIMED_OUT], None, 1, id="nobody told: unknown"),
        pytest.param([UNPRICED], None, 1, id="tokens without a price: unknown"),
        pytest.param([PRICED, PRICED], 0.02, 0, id="tokens with a price"),
    ],
)
def test_the_price_is_the_sum_or_unknown(
    tries: Sequence[Usage], cost_usd: float | None, untold: int
) -> None:
    cost = of_tries(tries)
    assert cost.cost_usd == pytest.approx(cost_usd)
    assert cost.untold == untold
    assert cost.calls == sum(one.calls for one in tries)


def test_what_is_known_of_an_unknown_price_is_kept() -> None:
    cost = of_tries([SEARCH, TIMED_OUT, UNPRICED])
    assert (cost.known_usd, cost.untold, cost.input_tokens) == (0.007, 2, 800)


def test_a_try_that_was_interrupted_may_have_cost_anything() -> None:
    assert of_tries([SEARCH], interrupted=True).cost_usd is None


def test_tokens_and_credits_that_nobody_told_are_unknown() -> None:
    cost = of_tries([SEARCH])
    assert (cost.input_tokens, cost.cached_tokens, cost.output_tokens, cost.credits) == (None,) * 4


def test_a_job_s_cost_is_its_steps() -> None:
    whole = summed([of_tries([SCRAPE]), of_tries([SEARCH, TIMED_OUT]), of_tries([PRICED])])
    assert whole.known_usd == pytest.approx(0.017)
    assert replace(whole, known_usd=0.0) == Cost(4, 800, 200, 60, 1.0, 0.0, 1)


@pytest.mark.parametrize(("cost", "is_one"), [(of_tries([NOBODY_ASKED]), False), (Cost(1), True)])
def test_a_cost_without_a_call_is_none(cost: Cost, is_one: bool) -> None:
    assert bool(cost) is is_one
