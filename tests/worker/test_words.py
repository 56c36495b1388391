"""What a waiting job says of itself."""

import pytest

from plinthctl.domain.failures import Failure, FailureClass
from worker import words


@pytest.mark.parametrize(
    ("wait_s", "told"),
    [
        pytest.param(12.4, "Exa is limiting requests, next try in 12 s", id="12 s"),
        pytest.param(0.6, "Exa is limiting requests, next try in 1 s", id="nearly a second"),
        pytest.param(0.4, "Exa is limiting requests, next try at once", id="less"),
    ],
)
def test_a_job_that_waits_says_why_and_for_how_long(wait_s: float, told: str) -> None:
    limited = Failure(FailureClass.RATE_LIMITED, "Too many requests.", "exa")
    assert words.waiting(limited, wait_s) == told
