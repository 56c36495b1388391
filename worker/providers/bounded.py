"""Reading a body whose length is not known, without being drowned in it.

httpx bounds neither what it reads nor what it inflates: 194 kB became 67 MB in
its first chunk. So bodies are read raw and inflated here, piece by piece.
"""

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Final, Protocol

MAX_WIRE_BYTES: Final = 5 * 1024 * 1024
MAX_BODY_BYTES: Final = 20 * 1024 * 1024
PIECE_BYTES: Final = 64 * 1024
MOST_VALUES: Final = 500_000  # of one JSON text
ACCEPT_ENCODING: Final = "gzip"  # all that `pieces` can inflate

_BEFORE_A_VALUE: Final = (b",", b"[", b"{")
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS  # zlib finds out whether it is gzip or zlib


class TooLarge(Exception):
    """A body past what it may be on the wire, or inflated."""


class CutShort(Exception):
    """A compressed body that is damaged, ends too early or is of an unknown kind."""


class _Decoder(Protocol):
    def feed(self, chunk: bytes) -> Iterator[bytes]: ...
    def end(self) -> bytes: ...


class _AsItIs:
    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def end(self) -> bytes:
        return b""


class _Inflated:
    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_ANY_HEADER)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk and not self._inflater.eof:
            try:
                yield self._inflater.decompress(chunk, PIECE_BYTES)
            except zlib.error as error:
                raise CutShort(str(error)) from error
            chunk = self._inflater.unconsumed_tail

    def end(self) -> bytes:
        rest = self._inflater.flush()
        if not self._inflater.eof:
            raise CutShort("the compressed body ends too early")
        return rest


def _decoder(encoding: str) -> _Decoder:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _AsItIs()
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Inflated()
    raise CutShort("the body is compressed in a way that was not asked for")


async def pieces(
    chunks: AsyncIterable[bytes],
    encoding: str,
    most_bytes: int = MAX_BODY_BYTES,
    most_wire_bytes: int = MAX_WIRE_BYTES,
) -> AsyncIterator[bytes]:
    """The body in pieces, inflated. ``encoding`` is its ``Content-Encoding``.

    Raises:
        TooLarge: as soon as a bound is passed.
        CutShort: it cannot be inflated.
    """
    decoder, on_wire, inflated = _decoder(encoding), 0, 0
    async for chunk in chunks:
        on_wire += len(chunk)
        _check(on_wire, most_wire_bytes)
        for piece in decoder.feed(chunk):
            inflated += len(piece)
            _check(inflated, most_bytes)
            yield piece
    yield decoder.end()


def _check(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"the body is larger than {most // 1024:,} kB")


def has_too_many_values(json_text: bytes) -> bool:
    """Whether reading it as JSON would take many times its own size: ``[],`` in 3 bytes
    is 64 in memory. Counts what stands in texts, too: those who write so much are few."""
    return sum(map(json_text.count, _BEFORE_A_VALUE)) > MOST_VALUES


async def whole(
    chunks: AsyncIterable[bytes], encoding: str, most_bytes: int = MAX_BODY_BYTES
) -> bytes:
    """The body as one; raises as `pieces` does."""
    return b"".join([piece async for piece in pieces(chunks, encoding, most_bytes)])
