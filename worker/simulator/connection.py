"""One client's connection: requests read and replies delivered, well or badly."""

import asyncio
import http
import time
from typing import Final

import h11

from worker.simulator.wire import Delivery, Reply, Request

MAX_BODY_BYTES: Final = 10 * 1024 * 1024  # what Firecrawl takes, the largest of the four
READ_BYTES: Final = 64 * 1024
DRIP_EVERY_S: Final = 0.5


class ClientGone(Exception):
    """The client closed its connection."""


class WatchedReader(asyncio.StreamReader):
    """A stream that tells at once when its peer has left, unread data or not."""

    def __init__(self) -> None:
        super().__init__()
        self.left = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.left.set()

    def set_exception(self, exc: BaseException) -> None:
        super().set_exception(exc)  # type: ignore[arg-type]
        self.left.set()


class Connection:
    """A client's connection, one request at a time."""

    def __init__(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)

    async def next_request(self) -> Request | None:
        """The next request; None when the client is done.

        Raises:
            ClientGone: it left within a request, or sent what is not HTTP.
        """
        try:
            head = await self._next_event()
            if not isinstance(head, h11.Request):
                return None
            return _request(head, await self._body())
        except (h11.RemoteProtocolError, OSError) as error:
            raise ClientGone from error

    async def while_connected(self, seconds: float | None) -> None:
        """Wait that long, None for ever.

        Raises:
            ClientGone: as soon as the client leaves.
        """
        try:
            await asyncio.wait_for(self._reader.left.wait(), seconds)
        except TimeoutError:
            return
        raise ClientGone

    async def until(self, event: asyncio.Event) -> None:
        """Wait for ``event``.

        Raises:
            ClientGone: the client left first.
        """
        waits = [asyncio.ensure_future(e.wait()) for e in (event, self._reader.left)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not event.is_set():
            raise ClientGone

    async def deliver(self, reply: Reply) -> bool:
        """Send it; whether the connection can carry another request.

        Raises:
            ClientGone: the client left before the end of it.
        """
        try:
            await self._deliver(reply)
        except OSError as error:
            raise ClientGone from error
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _deliver(self, reply: Reply) -> None:
        match reply.delivery:
            case Delivery.WHOLE:
                await self._send(_head(reply), h11.Data(reply.body), h11.EndOfMessage())
            case Delivery.STREAM:
                await self._stream(reply)
            case Delivery.STREAM_CUT:
                await self._send_half(reply)
            case Delivery.STREAM_STALL:
                await self._send_half(reply)
                await self.while_connected(None)
            case Delivery.DRIP:
                await self._drip(reply)
            case Delivery.CUT:
                await self._send(_head(reply), h11.Data(reply.body[: len(reply.body) // 2]))
            case Delivery.GARBLED:
                await self._raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n")
            case Delivery.NOISE:
                await self._raw(b"\x00\xff\x16 this is not HTTP\r\n\r\n")
            case Delivery.NEVER:
                await self.while_connected(None)
            case Delivery.HANG_UP:
                self._writer.transport.abort()

    async def _stream(self, reply: Reply) -> None:
        await self._send(_streamed_head(reply))
        began_s = time.monotonic()
        for number, piece in enumerate(reply.pieces, 1):
            due_s = reply.spread_s * number / len(reply.pieces)
            await self._until_time(began_s + due_s)
            await self._send(h11.Data(piece))
        await self._send(h11.EndOfMessage())

    async def _send_half(self, reply: Reply) -> None:
        half = reply.pieces[: len(reply.pieces) // 2]
        await self._send(_streamed_head(reply), *(h11.Data(piece) for piece in half))

    async def _until_time(self, at_s: float) -> None:
        if (left_s := at_s - time.monotonic()) > 0:
            await self.while_connected(left_s)

    async def _drip(self, reply: Reply) -> None:
        await self._send(_head(reply))
        for byte in reply.body:
            await self.while_connected(DRIP_EVERY_S)
            await self._send(h11.Data(bytes((byte,))))
        await self._send(h11.EndOfMessage())

    async def _send(self, *events: h11.Event) -> None:
        await self._raw(b"".join(self._http.send(event) or b"" for event in events))

    async def _raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _body(self) -> bytes:
        body = bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data) or len(body) > MAX_BODY_BYTES:
                raise ClientGone
            body += event.data
        return bytes(body)

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(READ_BYTES))
        return event  # type: ignore[return-value]


def _request(head: h11.Request, body: bytes) -> Request:
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    return Request(head.method.decode(), head.target.decode("latin-1"), headers, body)


def _head(reply: Reply) -> h11.Response:
    return _response(reply, ("content-length", str(len(reply.body))))


def _streamed_head(reply: Reply) -> h11.Response:
    return _response(reply, ("transfer-encoding", "chunked"))


def _response(reply: Reply, framing: tuple[str, str]) -> h11.Response:
    return h11.Response(
        status_code=reply.status,
        headers=[framing, *reply.headers],
        reason=http.HTTPStatus(reply.status).phrase.encode(),
    )
