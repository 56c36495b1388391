"""The LLM's door: it opens while the first steps run."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from plinthctl.domain.failures import FailureClass
from worker.context import Call, Model, Written
from worker.providers.config import LlmEndpoint
from worker.providers.failures import Accused

if TYPE_CHECKING:
    from worker.providers.llm_chat import Chat

PROVIDER: Final = "llm"


def _opened(endpoint: LlmEndpoint, key: str) -> "Chat":
    # The SDK takes most of a second to import, and nobody needs it at once.
    from worker.providers.llm_chat import Chat

    return Chat(endpoint, key)


def _has_failed(opening: "asyncio.Task[Chat]") -> bool:
    return opening.done() and (opening.cancelled() or opening.exception() is not None)


class Llm:
    """A `Writer` that loads its SDK in the background, from within a running loop."""

    def __init__(self, endpoint: LlmEndpoint) -> None:
        self._accused = Accused(PROVIDER, endpoint.api_key)
        self._endpoint = endpoint
        self._chat: asyncio.Task[Chat] | None = None

    def warm_up(self) -> None:
        """Begin to load the SDK, where there is a key to use it with; again where an
        earlier attempt failed, as it does in a process that can open no more files."""
        key = self._accused.usable_key()
        if (self._chat is None or _has_failed(self._chat)) and key and self._endpoint.model:
            self._chat = asyncio.create_task(asyncio.to_thread(_opened, self._endpoint, key))

    async def close(self) -> None:
        if self._chat is None:
            return
        await asyncio.wait({self._chat})
        if not _has_failed(self._chat):
            await self._chat.result().close()

    async def write(
        self, answer: type[Model], system: str, prompt: str, call: Call, *, room: int
    ) -> Written[Model]:
        """An ``answer`` written by the LLM. Raises `ProviderError`."""
        chat = await self._open()
        return await chat.write(answer, system, prompt, call, room=room)

    async def stream(
        self,
        answer: type[Model],
        system: str,
        prompt: str,
        call: Call,
        *,
        room: int,
        heard: Callable[[int], None],
    ) -> Written[Model]:
        """The same, while ``heard`` is told how many characters of it there are."""
        chat = await self._open()
        return await chat.stream(answer, system, prompt, call, room=room, heard=heard)

    async def _open(self) -> "Chat":
        """The SDK, loaded. Raises `ProviderError` where nothing could be asked of it."""
        self._accused.key()
        if not self._endpoint.model:
            raise self._accused.failed(
                FailureClass.INVALID_INPUT, message="No model is set (providers.llm.model)."
            )
        self.warm_up()
        assert self._chat is not None
        # Shielded: a job that is cancelled must not take the others' SDK with it.
        return await asyncio.shield(self._chat)
