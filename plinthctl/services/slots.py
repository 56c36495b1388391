"""Wait for a place under the limits."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from plinthctl.domain.limits import gave_up, next_look_s
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, PlinthError, StoreUnavailable
from plinthctl.services.submit import Submit


@dataclass(slots=True)
class Slots:
    """Looks at the limits, again and again, for somebody who waits.

    A look reads and takes nothing: whoever sees a free place asks for it, and may
    find that another was faster. ``monotonic``, ``sleep`` and ``roll`` are the
    clock's and the dice's; tests hand in their own.
    """

    submit: Submit
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    roll: Callable[[], float] = random.random

    def looks(self, waiting: Sequence[NewJob], until: float | None) -> Iterator[PlinthError]:
        """Why none of these jobs would be let in, at each look: a `LimitReached`, or
        a `StoreUnavailable` where the store was away.

        Ends when one of them would be, or would be refused for another reason.
        ``until`` is a time of ``monotonic``; None: without an end.

        Raises:
            LimitReached, StoreUnavailable: the reason, when the time is over.
        """
        while (reason := self._look(waiting)) is not None:
            yield reason
            left_s = float("inf") if until is None else until - self.monotonic()
            if left_s <= 0:
                raise gave_up(reason) if isinstance(reason, LimitReached) else reason
            self.sleep(min(next_look_s(self.roll()), left_s))

    def _look(self, waiting: Sequence[NewJob]) -> PlinthError | None:
        try:
            outcomes = self.submit.rehearse_all(waiting, Counter()).outcomes
        except StoreUnavailable as away:
            return away
        refusals = [one for one in outcomes if isinstance(one, LimitReached)]
        return refusals[0] if len(refusals) == len(outcomes) else None
