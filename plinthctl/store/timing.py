"""How long each statement takes, for whoever asks to hear of it (``-v``).

What is told is SQL without its values: no data, and no secret.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, event

from plinthctl.domain.text import cut

log: Final = logging.getLogger("plinthctl.store")

_BEGAN: Final = "plinthctl_began_s"
LONGEST: Final = 120  # characters of a statement: what it is about


def watch(engine: Engine) -> Engine:
    """The engine, which tells of its statements if anybody listens."""
    if log.isEnabledFor(logging.DEBUG):
        event.listen(engine, "before_cursor_execute", _began)
        event.listen(engine, "after_cursor_execute", _ended)
    return engine


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell how long the block took, unless it fails."""
    began_s = time.monotonic()
    yield
    _tell(time.monotonic() - began_s, what)


def _began(connection: Any, *_: Any) -> None:
    connection.info[_BEGAN] = time.monotonic()


def _ended(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    took_s = time.monotonic() - connection.info.pop(_BEGAN)
    _tell(took_s, cut(" ".join(statement.split()), LONGEST))


def _tell(took_s: float, what: str) -> None:
    log.debug("store %6.1f ms  %s", 1000 * took_s, what, extra={"event": "statement"})
