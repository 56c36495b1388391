"""Ctrl-C and SIGTERM, kept back while something is done whose outcome must be known."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_back() -> Iterator[None]:
    """A signal that comes within the block takes effect at its end; a second one at
    once. Only for the main thread, which is the one that signals interrupt."""
    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        if heard:
            handlers[number](number, frame)
        heard.append(number)

    taken = [int(number) for number in _SIGNALS if callable(handlers[number])]
    for number in taken:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, handlers[number])
        for number in heard:
            signal.raise_signal(number)
