"""How long the real services take."""

from typing import Final

from worker.simulator.seed import Seed

# Seconds, from and to. G2 is called twice a step, so each call has half of its 1 to 3 s.
USUAL_S: Final = {"firecrawl": (3.0, 8.0), "exa": (1.0, 2.0), "g2": (0.5, 1.5), "llm": (12.0, 25.0)}


def answer_time_s(
    provider: str, about: str, speed: float, usual_s: tuple[float, float] | None = None
) -> float:
    """Seconds until the answer about ``about``, always the same ones.

    ``speed`` 1 is real time, 10 ten times faster; 0 does not wait at all. ``usual_s``:
    how long this kind of answer takes, where it is not as the provider's others.
    """
    if speed <= 0:
        return 0.0
    low, high = usual_s or USUAL_S[provider]
    return (low + (high - low) * Seed("pace", provider).fraction(about)) / speed
