"""The bell as one-shot commands use it: ring it once, or listen to it for a while."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Protocol

from plinthctl.broker import codec, links, scripts
from plinthctl.broker.address import Address
from plinthctl.broker.deadline import within
from plinthctl.broker.names import LOOK, WORK, Names
from plinthctl.domain.news import CANCEL_REQUESTED, News

if TYPE_CHECKING:
    from plinthctl.broker.ear import Ear

IN_ALL_S: Final = 2.5  # somebody waits who was promised an answer within 3 s
log: Final = logging.getLogger("plinthctl.bell")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Locate = Callable[[], Address | None]


class Pipe(Protocol):
    """A pipeline of either kind of redis-py client."""

    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> Any: ...

    def publish(self, channel: str, message: Any) -> Any: ...


def load(pipe: Pipe, names: Names, news: Sequence[News]) -> None:
    """Put all that is to be said of ``news`` into a pipeline: deliveries first."""
    fresh = [one for one in news if one.delivers]
    for job_type, some in groupby(sorted(fresh, key=lambda n: n.type), key=lambda n: n.type):
        _deliver(pipe, names, job_type, list(some))
    for job_id, seq in _newest(news).items():
        pipe.publish(names.updates(job_id), seq)
    for worker_id in {n.worker_id for n in news if n.kind == CANCEL_REQUESTED and n.worker_id}:
        pipe.publish(names.wake(worker_id), LOOK)


def _deliver(pipe: Pipe, names: Names, job_type: str, news: Sequence[News]) -> None:
    due_ms = min(_ms(one.due_at) for one in news)
    jobs = [part for one in news for part in (one.job_id, codec.payload(one.job_id, due_ms))]
    keys = (names.queue(job_type), names.idle(job_type))
    told = (due_ms, codec.KEPT_FOR_MS, names.wake_prefix, WORK)
    pipe.eval(scripts.DELIVER, len(keys), *keys, *told, *jobs)


def _ms(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds() * 1000)


def _newest(news: Iterable[News]) -> Mapping[str, int]:
    newest: dict[str, int] = {}
    for one in news:
        newest[one.job_id] = max(one.seq, newest.get(one.job_id, 0))
    return newest


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell of one store.

    ``locate`` says where it hangs just now; None: there is none, which is no
    trouble (no worker runs that would hear it). ``name`` asks for the store's name.
    """

    locate: Locate
    name: Callable[[], str]

    def ring(self, news: Sequence[News]) -> None:
        """Deliver new jobs, wake workers for them, tell followers of changes.

        Raises:
            BellUnavailable: nobody may have heard of it.
        """
        address = self.locate() if news else None
        if address is None:
            return
        from plinthctl.broker.trouble import told

        names = Names(self.name())
        with told(address.shown):
            within(IN_ALL_S, lambda: _say(address, names, news))

    def ear(self, ids: Sequence[str]) -> "Ear | None":
        """Listen to the updates of these jobs; None: there is no bell.

        When this returns the server has confirmed that it will pass them on: what
        is read of the jobs from now on misses nothing.

        Raises:
            BellUnavailable: it does not answer.
        """
        address = self.locate()
        if address is None:
            return None
        from plinthctl.broker.ear import Ear
        from plinthctl.broker.trouble import told

        names = Names(self.name())
        with told(address.shown):
            return within(IN_ALL_S, lambda: Ear(address, names, ids))

    def answers(self) -> bool:
        """Whether there is a bell, which has just answered.

        Raises:
            BellUnavailable: there is one, and it does not answer.
        """
        address = self.locate()
        if address is None:
            return False
        from plinthctl.broker.trouble import told

        with told(address.shown):
            within(IN_ALL_S, lambda: _ping(address))
        return True


def _ping(address: Address) -> None:
    with links.client(address) as client:
        client.ping()


def _say(address: Address, names: Names, news: Sequence[News]) -> None:
    began_s = time.monotonic()
    with links.client(address) as client:
        pipe: Any = client.pipeline(transaction=False)
        load(pipe, names, news)
        pipe.execute()
    took_ms = 1000 * (time.monotonic() - began_s)
    log.debug("redis %6.1f ms  %d told at %s", took_ms, len(news), address.shown)
