"""What the server needs of a simulated service."""

from collections.abc import Mapping
from typing import Protocol

from worker.simulator.faults import Trouble
from worker.simulator.wire import Reply, Request


class Api(Protocol):
    """One service. Requests arrive without its prefix."""

    @property
    def name(self) -> str: ...

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """What it can do wrong, besides what every service can."""
        ...

    def about(self, request: Request) -> str:
        """Whom the request is about, for the journal; "" where it does not say."""
        ...

    def answer(self, request: Request) -> Reply:
        """The answer, or the refusal that the request deserves."""
        ...


def text_field(request: Request, name: str) -> str:
    """A text of the request's JSON body; "" where there is none."""
    try:
        body = request.json()
    except ValueError:
        return ""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
