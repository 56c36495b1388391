"""Somebody who follows jobs with the program, and notes when each line came."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.e2e.program import PATIENCE_S, Program, wait_for

WATCH: Final = ("--output", "ndjson", "--timeout", "none")


class Follower:
    """A ``plinthctl watch`` of its own process.

    Attributes:
        lines: What it has told so far, each with the time at which it came
            (seconds since 1970).
    """

    def __init__(self, program: Program, ids: Sequence[str], talk: Path) -> None:
        self.lines: list[tuple[float, dict[str, Any]]] = []
        self._talk = talk
        with talk.open("wb") as stderr:
            self.process = subprocess.Popen(
                program.command("watch", *ids, *WATCH),
                env=program.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        self._reading = threading.Thread(target=self._read, name="follower")
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append((time.time(), json.loads(line)))

    def knows(self, count: int) -> None:
        """Return once it has told of so many jobs."""
        wait_for(lambda: len(self.lines) >= count, f"{count} jobs are followed")

    def ends(self) -> int:
        """Its exit code, as soon as it has ended by itself."""
        return self.process.wait(PATIENCE_S)

    def said(self, words: str) -> list[str]:
        """The lines that it has said to people with these words in them."""
        return [line for line in self._talk.read_text().splitlines() if words in line]

    def told_of(self, job_id: str) -> list[dict[str, Any]]:
        return [line for _, line in self.lines if line["job"] == job_id]

    def heard_last_at(self) -> datetime:
        """When its last line came."""
        return datetime.fromtimestamp(self.lines[-1][0], UTC)

    def put_away(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reading.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def followers(
    program: Program, ids: Sequence[str], folder: Path, count: int
) -> Iterator[list[Follower]]:
    """So many, who all know the state of each of the jobs."""
    with ExitStack() as all_of_them:
        started = [Follower(program, ids, folder / f"follower-{n}") for n in range(count)]
        for one in started:
            all_of_them.callback(one.put_away)
        for one in started:
            one.knows(len(ids))
        yield started


def told_whole(follower: Follower, job_id: str) -> None:
    """The job's state, then each later event of it in order: none missing and none twice."""
    state, *events = follower.told_of(job_id)
    assert state["kind"] == "state"
    assert [one["kind"] for one in events].count("state") == 0
    last = state["seq"] + len(events)
    assert [one["seq"] for one in events] == list(range(state["seq"] + 1, last + 1))
    assert [one["event"] for one in (state, *events)].count("completed") == 1
    assert (state, *events)[-1]["status"] == "completed"
