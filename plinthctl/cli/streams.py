"""The three streams of a process, made fit for whatever they are connected to.

stdout carries data: that it could not be written is an error with an exit code.
stderr carries talk: work goes on where nobody can hear it.
"""

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO, TypeVar

from plinthctl.errors import PlinthError

Result = TypeVar("Result")

_GLYPHS: Final = "plinthctl.glyphs"
# What a terminal of another encoding is shown instead; other characters become "?".
_ASCII: Final = str.maketrans("✓✗○●↻⊘▲‖–·…━╺╸▏×⠋", "+x.>~-!=--~===|x*")


class OutputLost(PlinthError):
    """stdout cannot be written: its disk is full, or it is closed."""

    code = "output"


class _Data(io.TextIOWrapper):
    """stdout. A reader that left stays a `BrokenPipeError`."""

    origin: TextIO

    def write(self, text: str) -> int:
        return _or_lost(lambda: super(_Data, self).write(text))

    def flush(self) -> None:
        _or_lost(super().flush)


class _Talk(io.TextIOWrapper):
    """stderr. What cannot be said stays unsaid."""

    origin: TextIO

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def _or_lost(act: Callable[[], Result]) -> Result:
    try:
        return act()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(
            f"stdout cannot be written: {error.strerror or error}",
            fix="make room, or send it elsewhere",
        ) from None


@contextmanager
def after(done: str) -> Iterator[None]:
    """Print what was ``done``: should that fail, the error says it, too."""
    try:
        yield
        sys.stdout.flush()
    except OutputLost as lost:
        lost.why = done
        raise


def prepare() -> None:
    """Make the streams of this process whole. Those that somebody put in their
    place (a test, an embedding program) stay."""
    codecs.register_error(_GLYPHS, _in_ascii)
    sys.stdin = sys.stdin or _reopened(0, os.O_RDONLY, "r")
    # Nothing can be written to what is open for reading: data for nobody is an error.
    sys.stdout = sys.stdout or _reopened(1, os.O_RDONLY, "w")
    sys.stderr = sys.stderr or _reopened(2, os.O_WRONLY, "w")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    sys.stdout = _as(_Data, sys.stdout)
    sys.stderr = _as(_Talk, sys.stderr)


def _reopened(number: int, flags: int, mode: str) -> TextIO:
    # The number must be taken: the next file to be opened, the store, would get it.
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return open(number, mode, encoding="utf-8", closefd=False)  # type: ignore[return-value]


def _as(kind: type["_Data | _Talk"], stream: TextIO) -> TextIO:
    if type(stream) is not io.TextIOWrapper:
        return stream
    made = kind(
        stream.buffer,
        encoding=stream.encoding,
        errors=_GLYPHS,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    # Two share one buffer: the first to go would close it for the other.
    made.origin = stream
    return made


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # nothing is decoded here
    lost = error.object[error.start : error.end].translate(_ASCII)
    return "".join(c if c.isascii() else "?" for c in lost), error.end


def give_up(stream: TextIO) -> None:
    """Send what the stream still holds, and all that follows, nowhere."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
