"""Listening to the updates of some jobs for a while."""

from collections.abc import Sequence
from typing import Any

from plinthctl.broker import links
from plinthctl.broker.address import Address
from plinthctl.broker.names import Names
from plinthctl.broker.trouble import told


class Ear:
    """A subscription to the updates of some jobs. For one thread.

    A server that stands still says nothing, like one that has nothing to say: in
    silence it is asked for a sign of life.
    """

    def __init__(self, address: Address, names: Names, ids: Sequence[str]) -> None:
        self._shown = address.shown
        self._jobs = {names.updates(job_id).encode(): job_id for job_id in ids}
        self._asked = False
        self._client: Any = links.client(address)
        self._pubsub: Any = self._client.pubsub()  # type: ignore[no-untyped-call]
        with told(self._shown):
            self._pubsub.subscribe(*self._jobs)
            for _ in self._jobs:
                self._confirmed()

    def _confirmed(self) -> None:
        if self._pubsub.get_message(timeout=links.ANSWER_S) is None:
            raise TimeoutError

    def wait(self, timeout_s: float) -> frozenset[str]:
        """The jobs that were heard of within ``timeout_s`` seconds; empty: none.

        Returns at the first word, with all that came with it.

        Raises:
            BellUnavailable: the link is broken, or the server stands still.
        """
        found = set[str]()
        with told(self._shown):
            message = self._pubsub.get_message(timeout=timeout_s)
            if message is None:
                self._ask()
            while message is not None:
                self._asked = False
                if message["type"] == "message":
                    found.add(self._jobs[message["channel"]])
                message = self._pubsub.get_message(timeout=0.0)
        return frozenset(found)

    def _ask(self) -> None:
        if self._asked:
            raise TimeoutError
        self._pubsub.ping()
        self._asked = True

    def close(self) -> None:
        """Stop listening."""
        self._pubsub.close()
        self._client.close()
