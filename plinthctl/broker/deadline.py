"""A time limit for what has none of its own: a name that is looked up, an answer that drips."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """What ``call`` returns or raises in a thread of its own, which is left behind when
    the time is up.

    Raises:
        TimeoutError: it has not ended by then.
    """
    answer: Future[T] = Future()
    Thread(target=_answer, args=(answer, call), daemon=True).start()
    return answer.result(seconds)


def _answer(answer: "Future[T]", call: Callable[[], T]) -> None:
    try:
        answer.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
        answer.set_exception(error)
