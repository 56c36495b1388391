"""The server: which service a request is for, and when and how it is answered."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from worker.simulator.apis.base import Api
from worker.simulator.apis.exa import Exa
from worker.simulator.apis.firecrawl import Firecrawl
from worker.simulator.apis.g2 import G2
from worker.simulator.apis.llm import Llm
from worker.simulator.connection import ClientGone, Connection, WatchedReader
from worker.simulator.faults import COMMON, Fault
from worker.simulator.journal import JournalWriter
from worker.simulator.orders import Orders
from worker.simulator.pace import answer_time_s
from worker.simulator.wire import Reply, Request, json_reply
from worker.simulator.world.by_hand import Pages

LOOPBACK: Final = "127.0.0.1"
CONTROL: Final = "/control/"


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a simulator behaves when nothing else is asked of it.

    Attributes:
        speed: 1 is real time, 10 ten times faster, 0 no waiting.
        key: The API key that all four services accept.
        today: The day before which news and reviews are dated.
    """

    speed: float
    key: str
    today: date


class Simulator:
    """Four services behind one loopback port."""

    def __init__(self, conduct: Conduct, journal: JournalWriter) -> None:
        pages = Pages()
        apis: tuple[Api, ...] = (
            Firecrawl(conduct.key, pages),
            Exa(conduct.key, conduct.today, pages),
            G2(conduct.key, conduct.today),
            Llm(conduct.key),
        )
        self._apis = {api.name: api for api in apis}
        self._orders = Orders({a.name: {*COMMON, *a.troubles} for a in apis}, pages)
        self._conduct = conduct
        self._journal = journal
        self._conversations: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> asyncio.Server:
        """Start listening on loopback; port 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(WatchedReader(), self._accept), LOOPBACK, port
        )

    async def hang_up(self) -> None:
        """End all conversations; calls that are open are noted as aborted."""
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, WatchedReader)
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        try:
            while request := await connection.next_request():
                if not await self._serve(request, connection):
                    break
        except ClientGone:
            pass
        finally:
            writer.close()

    async def _serve(self, request: Request, connection: Connection) -> bool:
        if request.path.startswith(CONTROL):
            return await connection.deliver(self._orders.answer(request))
        api = self._apis.get(request.path.split("/")[1])
        if api is None:
            return await connection.deliver(json_reply(404, {"error": "no such service"}))
        return await self._call(api, request.below(f"/{api.name}"), connection)

    async def _call(self, api: Api, request: Request, connection: Connection) -> bool:
        about = api.about(request)
        request_id = request.headers.get("x-request-id")
        number = self._journal.opened(
            provider=api.name,
            method=request.method,
            path=request.path,
            request_id=request_id,
            about=about,
        )
        fault = self._orders.armed.next_for(api.name, request_id)
        name = fault.fault if fault else None
        try:
            reply = _misbehaved(api, fault, api.answer(request))
            await self._take_time(api.name, about, reply, connection)
            reusable = await connection.deliver(reply)
        except BaseException:
            self._journal.aborted(number, name)
            raise
        self._journal.done(number, reply.status, name)
        return reusable

    async def _take_time(
        self, provider: str, about: str, reply: Reply, connection: Connection
    ) -> None:
        """Held calls first; then an answer takes its time, a refusal comes at once."""
        if ticket := self._orders.gates[provider].ticket():
            await connection.until(ticket)
        wait_s = reply.after_s
        if reply.status < 400:
            wait_s += answer_time_s(provider, about, self._conduct.speed)
        if wait_s:
            await connection.while_connected(wait_s)


def _misbehaved(api: Api, fault: Fault | None, reply: Reply) -> Reply:
    if fault is None:
        return reply
    trouble = api.troubles.get(fault.fault) or COMMON[fault.fault]
    return replace(trouble(fault, reply), after_s=fault.after_s)
