"""Listening to the updates of some jobs for a while."""

import time
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
        try:
            self._subscribe()
        except BaseException:
            self.close()
            raise

    def _subscribe(self) -> None:
        with told(self._shown):
            self._pubsub.subscribe(*self._jobs)
            for _ in self._jobs:
                if self._pubsub.get_message(timeout=links.ANSWER_S) is None:
                    raise TimeoutError

    def wait(self, timeout_s: float) -> frozenset[str]:
        """The jobs that were heard of within ``timeout_s`` seconds; empty: none.

        Returns at the first word, with all that came with it.

        Raises:
            BellUnavailable: the link is broken, or the server stands still.
        """
        until = time.monotonic() + timeout_s
        with told(self._shown):
            while not (found := self._heard(max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until:
                    self._ask()
                    break
        return found

    def _heard(self, timeout_s: float) -> frozenset[str]:
        found = set[str]()
        message = self._pubsub.get_message(timeout=timeout_s)
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
