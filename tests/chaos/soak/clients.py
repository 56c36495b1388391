"""Those who use the program while it is tormented: each a thread that runs it again and again."""

import json
import random
import threading
from collections.abc import Callable
from typing import Any, Final

from tests.chaos.soak.evidence import Books
from tests.chaos.soak.world import World

ORGS: Final = 8
COMPANY: Final = {"company_name": "Acme Corp", "company_url": "https://acme.com"}
AT_ONCE: Final = 3
KILLED_IN: Final = 12  # one submit in so many is killed while it runs
KILLED_WITHIN_S: Final = (0.1, 1.5)
RESTS_S: Final = {"submit": 0.05, "steer": 1.0, "cron": 4.0}


class Crowd:
    """Two who submit, one who cancels and retries, and a cron job that reaps."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._over = threading.Event()
        self._said = 0
        acts = [
            (self._submit, "submit"),
            (self._submit_many, "submit"),
            (self._steer, "steer"),
            (self._cron, "cron"),
        ]
        self._threads = [
            threading.Thread(target=self._repeat, args=(act, rest, random.Random(seed + n)))
            for n, (act, rest) in enumerate(acts)
        ]

    def __enter__(self) -> "Crowd":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for one in self._threads:
            one.join()

    def _repeat(self, act: Callable[[random.Random], None], rest: str, dice: random.Random) -> None:
        while not self._over.wait(RESTS_S[rest] * dice.uniform(0.5, 1.5)):
            act(dice)

    def _submit(self, dice: random.Random) -> None:
        """One job under a key. Who was not told what became of it asks again."""
        self._said += 1
        key, whose = f"key-{self._said}", _whose(dice)
        kill = dice.uniform(*KILLED_WITHIN_S) if dice.randrange(KILLED_IN) == 0 else None
        given = [word for k, v in COMPANY.items() for word in ("-i", f"{k}={v}")]
        words = ("submit", "competitor_analysis", *given, *whose, "--key", key, "-o", "id")
        code, _ = self._world.run("submit", *words, kill_after_s=kill, key=key)
        if code not in (0, 5):
            self._world.run("submit", *words, key=key)

    def _submit_many(self, dice: random.Random) -> None:
        lines = "\n".join(json.dumps(COMPANY) for _ in range(AT_ONCE))
        words = ("competitor_analysis", "-f", "-", *_whose(dice), "-o", "id")
        self._world.run("submit-many", "submit", *words, given=lines)

    def _steer(self, dice: random.Random) -> None:
        """Cancel something that goes on, or retry something that ended badly."""
        act, statuses = dice.choice(
            [("cancel", ("pending", "running")), ("retry", ("failed", "cancelled"))]
        )
        jobs = _jobs(self._world, statuses)
        if jobs:
            job = dice.choice(sorted(jobs)[-20:])
            self._world.run(act, act, job, "-q", job=job)

    def _cron(self, dice: random.Random) -> None:
        self._world.run("reap", "reap", "-q")
        self._world.run("list", "list", "-o", "id")


def _whose(dice: random.Random) -> tuple[str, ...]:
    org = dice.randrange(ORGS)
    return ("--org", f"org-{org}", "--user", f"user-{org}-{dice.randrange(2)}")


def _jobs(world: World, statuses: tuple[str, ...]) -> list[Any]:
    books = Books(world.books_url)
    try:
        return books.of_status(*statuses)
    finally:
        books.close()
