"""What ``-f`` names: one input, laid out as it may be, or many, one a line."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from plinthctl.cli import parsing
from plinthctl.errors import InvalidInput, UsageError

_OBJECT: Final = 'a UTF-8 file with one JSON object: {"company_name": "Acme Corp", …}'
MANY_BYTES: Final = 1_000_000_000  # not a whole disk, should somebody pipe in what never ends
_CHUNK: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Many:
    """Inputs, a JSON object a line (NDJSON). Kept in a file of our own, for they
    are read twice: once to check them all, once to submit them."""

    name: str
    content: BinaryIO

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Each line that is not blank, by its number from 1."""
        self.content.seek(0)
        number = 0
        while line := self._line():
            number += 1
            if line.strip():
                yield number, line

    def _line(self) -> bytes:
        """The next line; of one that is too long for an input, the beginning."""
        from plinthctl.domain.inputs import MAX_INPUT_BYTES

        line = rest = self.content.readline(MAX_INPUT_BYTES + 2)
        while rest and not rest.endswith(b"\n"):
            rest = self.content.readline(_CHUNK)
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.content.close()


def inputs(file: str | None) -> dict[str, Any] | Many:
    """The input that a file (``-``: stdin) holds, or the many. None: an empty one.

    Raises:
        UsageError: it cannot be read.
        InvalidInput: it is one input, and no JSON object; or too much.
    """
    if file is None:
        return {}
    with parsing.opened(file) as stream:
        head = stream.read(parsing.FILE_BYTES + 1)
        if holds_many(head.decode(errors="replace")):
            return Many(file, _kept(file, head, stream))
    if len(head) > parsing.FILE_BYTES:
        raise parsing.too_large(file)
    try:
        return one(head)
    except InvalidInput as error:
        raise InvalidInput(f"-f {file}: {error.message}", fix=_OBJECT) from None


def one(content: bytes) -> dict[str, Any]:
    """The JSON object that ``content`` is. Raises `InvalidInput`."""
    from plinthctl.domain.inputs import parse_json_object

    return parse_json_object(parsing.decoded(content, "the input"))


def holds_many(text: str) -> bool:
    """Whether a text has an input a line, and is not one that spans its lines.

    It is one where all of it is one JSON value. Where it is neither, what follows
    the first line tells which of the two somebody meant.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or _is_json(text):
        return False
    return _is_json(lines[0]) or any(line.startswith("{") for line in lines[1:])


def _is_json(text: str) -> bool:
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _kept(name: str, head: bytes, stream: BinaryIO) -> BinaryIO:
    if len(head) <= parsing.FILE_BYTES:
        return io.BytesIO(head)
    with ExitStack() as undone:
        kept = undone.enter_context(_own_file(name))
        copied, chunk = 0, head
        while chunk:
            copied += len(chunk)
            if copied > MANY_BYTES:
                raise _too_many(name)
            _keep(name, chunk, kept)
            chunk = stream.read(_CHUNK)
        undone.pop_all()
    return kept


def _own_file(name: str) -> BinaryIO:
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise _not_kept(name, error) from None


def _keep(name: str, chunk: bytes, kept: BinaryIO) -> None:
    try:
        kept.write(chunk)
        kept.flush()
    except OSError as error:
        raise _not_kept(name, error) from None


def _not_kept(name: str, error: OSError) -> UsageError:
    return UsageError(
        f"the lines of {name} cannot be kept while they are submitted: {error.strerror or error}",
        fix=f"make room in {tempfile.gettempdir()}, or set TMPDIR to another folder",
    )


def _too_many(name: str) -> InvalidInput:
    return InvalidInput(
        f"{name} is larger than {MANY_BYTES // 1_000_000_000} GB", fix="submit it in parts"
    )
