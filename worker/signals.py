"""What the terminal and the system may ask of a worker."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """What to do at a signal.

    Attributes:
        leave: SIGTERM and SIGINT: drain; at the second one, at once.
        before_sleep: SIGTSTP: let go of everything that others wait for.
        awake: SIGCONT, and after our own sleep.
    """

    leave: Callable[[], None]
    before_sleep: Callable[[], Awaitable[None]]
    awake: Callable[[], None]


@contextmanager
def answered(answers: Answers) -> Iterator[None]:
    """Answer signals inside the block. Only for the main thread's running loop."""
    loop = asyncio.get_running_loop()
    asleep: set[asyncio.Task[None]] = set()

    def suspend() -> None:
        if not asleep:
            task = loop.create_task(_sleep(answers), name="suspend")
            asleep.add(task)
            task.add_done_callback(asleep.discard)

    handlers = {
        signal.SIGTERM: answers.leave,
        signal.SIGINT: answers.leave,
        signal.SIGTSTP: suspend,
        signal.SIGCONT: answers.awake,
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
        for number in handlers:
            loop.remove_signal_handler(number)


async def _sleep(answers: Answers) -> None:
    await answers.before_sleep()
    os.kill(os.getpid(), signal.SIGSTOP)
    answers.awake()
