"""What the control endpoint has asked for, and the endpoint itself."""

import asyncio
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from worker.simulator.faults import Armed, Fault
from worker.simulator.wire import Reply, Request, json_reply
from worker.simulator.world.by_hand import Pages


class Hold(BaseModel):
    """Keep calls of a provider open; ``times`` None: every call until the release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    times: Annotated[int, Field(ge=1)] | None = None


class Release(BaseModel):
    """Let the held calls go; ``provider`` None: those of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str | None = None


class Gate:
    """Calls wait here while it is shut."""

    def __init__(self) -> None:
        self._left: int | None = 0
        self._opened = asyncio.Event()

    def shut(self, times: int | None) -> None:
        self._left = times
        self._opened = asyncio.Event()

    def open(self) -> None:
        self._left = 0
        self._opened.set()

    def ticket(self) -> asyncio.Event | None:
        """What this call must wait for; None: it may pass."""
        if self._left == 0:
            return None
        if self._left is not None:
            self._left -= 1
        return self._opened


class Orders:
    """The faults, holds and pages of one simulator; speaks ``/control/…``."""

    def __init__(self, known: dict[str, Collection[str]], pages: Pages) -> None:
        """``known`` are the faults of each provider."""
        self.armed = Armed()
        self.gates = {provider: Gate() for provider in known}
        self._known = known
        self._pages = pages

    def answer(self, request: Request) -> Reply:
        try:
            return self._obey(request)
        except (ValidationError, ValueError) as error:
            return json_reply(400, {"error": str(error)})

    def _obey(self, request: Request) -> Reply:
        match request.method, request.path:
            case "POST", "/control/faults":
                self._arm(Fault.model_validate_json(request.body))
            case "DELETE", "/control/faults":
                self.armed.disarm()
            case "POST", "/control/hold":
                hold = Hold.model_validate_json(request.body)
                self._gate(hold.provider).shut(hold.times)
            case "POST", "/control/release":
                self._release(Release.model_validate_json(request.body or b"{}"))
            case "PUT", "/control/pages":
                self._pages.put(_PAGES.validate_json(request.body))
            case "DELETE", "/control/pages":
                self._pages.clear()
            case "GET", "/control/faults":
                return json_reply(
                    200, {name: sorted(faults) for name, faults in self._known.items()}
                )
            case _:
                return json_reply(404, {"error": f"no {request.method} {request.path}"})
        return json_reply(200, {"ok": True})

    def _arm(self, fault: Fault) -> None:
        if fault.fault not in self._known.get(fault.provider, ()):
            raise ValueError(f"{fault.provider!r} knows no fault {fault.fault!r}")
        self.armed.arm(fault)

    def _gate(self, provider: str) -> Gate:
        if provider not in self.gates:
            raise ValueError(f"no provider {provider!r}")
        return self.gates[provider]

    def _release(self, order: Release) -> None:
        gates = [self._gate(order.provider)] if order.provider else self.gates.values()
        for gate in gates:
            gate.open()


_PAGES: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, str])
