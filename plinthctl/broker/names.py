"""What our keys and channels are called on a server that others may use, too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one store's keys and channels; ``store`` is its own name."""

    store: str

    def queue(self, job_type: str) -> str:
        """Sorted set: ids of delivered jobs by the milliseconds at which they were due."""
        return f"plinthctl:{self.store}:queue:{job_type}"

    def idle(self, job_type: str) -> str:
        """Set: the workers that wait for a job of this type."""
        return f"plinthctl:{self.store}:idle:{job_type}"

    @property
    def wake_prefix(self) -> str:
        """What every `wake` channel begins with."""
        return f"plinthctl:{self.store}:wake:"

    def wake(self, worker_id: str) -> str:
        """Channel: something to do for one worker (`WORK` or `LOOK`)."""
        return self.wake_prefix + worker_id

    def updates(self, job_id: str) -> str:
        """Channel: the number of a job's newest event."""
        return f"plinthctl:{self.store}:job:{job_id}"


WORK = "work"  # there is a job to be had
LOOK = "look"  # one of yours was asked to stop: call the roll
