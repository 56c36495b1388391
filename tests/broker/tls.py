"""A server that speaks TLS before one that does not: the Valkey wheel has none."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme

from tests.valkeys import Valkey


class Authority:
    """Somebody who signs certificates; its own is in a file."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self._folder = folder
        self.file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def context(self, *names: str, of_clients: bool = False) -> ssl.SSLContext:
        """What a server of these names shows; it may want to see a client's, too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        if of_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            self._ca.configure_trust(context)
        return context

    def client_files(self) -> str:
        """A client's certificate and key, as options of an address."""
        made = self._ca.issue_cert("client.example")
        key, chain = self._folder / "key.pem", self._folder / "client.pem"
        made.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
        return f"ssl_certfile={chain}&ssl_keyfile={key}"


@contextmanager
def tls_before(valkey: Valkey, context: ssl.SSLContext) -> Iterator[int]:
    """The port at which TLS is spoken, and passed on in plain words."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    port = 0

    async def serve() -> None:
        nonlocal port
        server = await asyncio.start_server(_passing_on(valkey), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    def run() -> None:
        loop.set_exception_handler(lambda *_: None)  # handshakes fail here, as they should
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    serving = loop.create_task(serve())
    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(20)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(_cancel_all, loop)
        thread.join()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


def _passing_on(valkey: Valkey):  # type: ignore[no-untyped-def]
    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_unix_connection(str(valkey.socket))
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_pipe(reader, before), _pipe(behind, writer))

    return pass_on


async def _pipe(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            drain.write(data)
            await drain.drain()
    finally:
        drain.close()
