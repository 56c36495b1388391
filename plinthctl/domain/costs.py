"""What the tries of a step, or of a job, cost together. Unknown is unknown, not zero.

Source: contracts/error-classification.md section 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from plinthctl.domain.failures import Usage

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum over tries, failed ones included.

    Attributes:
        calls: Requests to providers.
        input_tokens: Of all that was told; None: of none was. So the next three.
        credits: A provider's own money, which has no price in dollars here.
        known_usd: What is known of the price.
        untold: Tries that called a provider and of which nobody told what they cost,
            or in which no price is set for the model.
    """

    calls: int = 0
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    credits: float | None = None
    known_usd: float = 0.0
    untold: int = 0

    @property
    def cost_usd(self) -> float | None:
        """The price in dollars; None: some of it is unknown."""
        return None if self.untold else self.known_usd

    def __bool__(self) -> bool:
        return self.calls > 0 or self.untold > 0


def of_tries(tries: Iterable[Usage], *, interrupted: bool = False) -> Cost:
    """The sum of these tries; an ``interrupted`` one more may have cost anything."""
    costs = [_of_try(usage) for usage in tries]
    return summed([*costs, Cost(untold=1)] if interrupted else costs)


def _of_try(usage: Usage) -> Cost:
    return Cost(
        usage.calls,
        usage.input_tokens,
        usage.cached_tokens,
        usage.output_tokens,
        usage.credits,
        usage.cost_usd or 0.0,
        untold=0 if usage.told else 1,
    )


def summed(costs: Iterable[Cost]) -> Cost:
    """Several costs as one."""
    parts = list(costs)
    return Cost(
        sum(part.calls for part in parts),
        _sum(part.input_tokens for part in parts),
        _sum(part.cached_tokens for part in parts),
        _sum(part.output_tokens for part in parts),
        _sum(part.credits for part in parts),
        sum(part.known_usd for part in parts),
        sum(part.untold for part in parts),
    )


def _sum(values: Iterable[Number | None]) -> Number | None:
    told = [value for value in values if value is not None]
    return sum(told[1:], told[0]) if told else None
