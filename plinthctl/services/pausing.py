"""Hold job types back by hand, and let them go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.acts import Act
from plinthctl.domain.pauses import Pause, holding
from plinthctl.services.steer import Steer

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Pausing:
    """What is held back, and by whom. A scope is a job type, or all intake."""

    store: "Store"
    steer: Steer

    def standing(self) -> tuple[Pause, ...]:
        """What is held back now."""
        return self.store.pauses()

    def holding(self, job_type: str) -> tuple[Pause, ...]:
        """What holds jobs of this type back."""
        return holding(self.standing(), job_type)

    def pause(self, scopes: Sequence[str], reason: str | None = None) -> tuple[bool, ...]:
        """Let no job of these be taken by a worker. False: that was so before.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self.steer.must_be_allowed()
        act = Act(self.steer.actor, "pause", reason)
        return tuple(self.store.pause_intake(scope, act) for scope in scopes)

    def resume(self, scopes: Sequence[str], reason: str | None = None) -> tuple[bool, ...]:
        """Let the jobs of these go; each is as old as it was when it was held back.
        False: none was. Workers find them within a second or two.

        Raises:
            ReadOnly: the configuration forbids changes.
        """
        self.steer.must_be_allowed()
        act = Act(self.steer.actor, "resume", reason)
        return tuple(self.store.resume_intake(scope, act) for scope in scopes)
