"""Many jobs at once, each with the faults of one case, in a worker with real clients.

A fault is for the calls of one job only, so that all waits of all cases pass at the
same time; what became of each job is looked at afterwards.
"""

import asyncio
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobStatus
from plinthctl.domain.limits import Limits
from plinthctl.domain.retries import POLICIES, RetryPolicy
from plinthctl.domain.views import JobDetail, JobView, StepView, TryView
from plinthctl.services.sentry import Sentry
from plinthctl.store import Store, open_store, upgrade_store
from tests.e2e.program import wait_for
from tests.envelopes import SentryServer
from tests.stores import INPUT, a_job
from tests.worker.office import at_work
from tests.worker.states import NEWS, PROFILE, REVIEWS, SCRAPE
from worker.logs import JsonLines, Redaction
from worker.providers.config import ProvidersConfig, simulated
from worker.simulator.control import SimulatorControl
from worker.simulator.journal import Journal, JournalCall
from worker.simulator.process import SimulatorProcess

PROVIDERS: Final = ("firecrawl", "exa", "g2", "llm")
STEP: Final = dict(zip(PROVIDERS, (SCRAPE, NEWS, REVIEWS, PROFILE), strict=True))
KEY: Final = "sk-CANARY-of-the-matrix"
COMPANY: Final = "Ana Canary and Daughters"
ENOUGH_SLOTS: Final = 80
HASTY_S: Final = 1.5  # the time limit of every provider, where some never answer
# A quarter of the usual back-off: what is looked at there is the time limits.
HASTY: Final[Mapping[FailureClass, RetryPolicy]] = {
    kind: replace(policy, base_s=policy.base_s / 4) for kind, policy in POLICIES.items()
}


@dataclass(frozen=True)
class Order:
    """What goes wrong for one job: the faults of its provider's calls, in their order.

    ``cancel``: it is cancelled while it waits. ``waits``: its wait is not waited for.
    """

    provider: str
    faults: Sequence[tuple[str, Mapping[str, Any]]]
    cancel: bool = False
    waits: bool = False


@dataclass
class Outcome:
    """What became of a job."""

    provider: str
    detail: JobDetail
    requests: list[JournalCall]
    reports: list[dict[str, Any]]
    cancelled_at: datetime | None = None

    @property
    def job(self) -> JobView:
        return self.detail.job

    @property
    def step(self) -> StepView:
        return next(one for one in self.detail.steps if one.name == STEP[self.provider])

    @property
    def tries(self) -> tuple[TryView, ...]:
        return self.step.history

    @property
    def classes(self) -> list[str | None]:
        return [one.failure_class for one in self.tries]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list((self.detail.output or {}).get("warnings", []))

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.detail.events]

    def requests_of(self, number: int) -> list[JournalCall]:
        """Those of one try."""
        return [one for one in self.requests if (one.request_id or "").endswith(f":{number}")]

    @property
    def pause_s(self) -> float:
        """Seconds from the first try's last request to the second try's first."""
        first, second = self.requests_of(1)[-1], self.requests_of(2)[0]
        return (second.opened_at - first.opened_at).total_seconds()


@dataclass
class World:
    """One worker and its store, for the jobs of its orders."""

    store: Store
    config: ProvidersConfig
    policies: Mapping[FailureClass, RetryPolicy]
    sentry: Sentry
    data_dir: Path
    jobs: dict[str, Order] = field(default_factory=dict)
    on_their_way: set[str] = field(default_factory=set)
    cancelled_at: dict[str, datetime] = field(default_factory=dict)

    def accept(self, control: SimulatorControl, orders: Sequence[Order]) -> list[str]:
        """Arm the faults of each order and submit its job; the ids, in their order."""
        return [self._accept(control, order) for order in orders]

    def _accept(self, control: SimulatorControl, order: Order) -> str:
        job = a_job(input={**INPUT, "company_name": COMPANY})
        of_step = f"{job.id}:{STEP[order.provider]}:"
        for fault, options in order.faults:
            control.fault(order.provider, fault, request_id=of_step, **options)
        assert self.store.admit(job, Limits(), "ana", {})
        self.jobs[job.id] = order
        self.on_their_way.add(job.id)
        return job.id

    async def play(self) -> None:
        """Work until every job is where its order wants it."""
        orders = {"slots": ENOUGH_SLOTS, "policies": self.policies, "sentry": self.sentry}
        async with at_work(self.store, self.config, self.data_dir, **orders):
            await asyncio.to_thread(wait_for, self._all_there, "all are where they should be")
        await asyncio.to_thread(self.sentry.close)

    def _all_there(self) -> bool:
        self.on_their_way -= {one for one in self.on_their_way if self._is_there(one)}
        return not self.on_their_way

    def _is_there(self, job_id: str) -> bool:
        job, order = self.store.job(job_id), self.jobs[job_id]
        assert job is not None
        waits = job.status is JobStatus.PENDING and job.attempt > 1
        if waits and order.cancel and job_id not in self.cancelled_at:
            self.cancelled_at[job_id] = self.store.now()
            self.store.request_cancel(job_id, "ana", None)
        return job.ended or (waits and order.waits)


def everyone_within(config: ProvidersConfig, timeout_s: float | None) -> ProvidersConfig:
    """The configuration with `KEY`, and another time limit for every provider."""
    changed: dict[str, Any] = {"api_key": SecretStr(KEY)}
    if timeout_s is not None:
        changed["timeout_s"] = timeout_s
    return replace(
        config,
        firecrawl=replace(config.firecrawl, **changed),
        exa=replace(config.exa, **changed),
        g2=replace(config.g2, **changed),
        llm=replace(config.llm, **changed),
    )


@dataclass
class Stage:
    """A simulator, two worlds beside it, and what was heard of both.

    In the hasty one time limits are short, and its Sentry is not there.
    """

    simulator: SimulatorProcess
    sentry: SentryServer
    usual: World
    hasty: World
    log: io.StringIO

    def play(self, usual: Sequence[Order], hasty: Sequence[Order]) -> list[Outcome]:
        """What became of the jobs of these orders, the usual ones first."""
        control = SimulatorControl(self.simulator.url)
        ids = self.usual.accept(control, usual), self.hasty.accept(control, hasty)

        async def both() -> None:
            await asyncio.gather(self.usual.play(), self.hasty.play())

        asyncio.run(both())
        found = [self._outcome(self.usual, job_id) for job_id in ids[0]]
        return found + [self._outcome(self.hasty, job_id) for job_id in ids[1]]

    def _outcome(self, world: World, job_id: str) -> Outcome:
        provider = world.jobs[job_id].provider
        detail = world.store.detail(job_id, events=True)
        assert detail is not None
        return Outcome(
            provider,
            detail,
            Journal(self.simulator.journal).of_step(job_id, STEP[provider]),
            [event for event in self.sentry.events if event["extra"]["jobId"] == job_id],
            world.cancelled_at.get(job_id),
        )


@contextmanager
def stage(folder: Path, sentry: SentryServer, absent_dsn: str) -> Iterator[Stage]:
    """Everything that the cases need, closed at the end."""
    log = io.StringIO()
    with SimulatorProcess.start(folder / "journal", speed=1000, key=KEY) as simulator:
        config = simulated(simulator.url)
        usual = _world(folder / "usual", everyone_within(config, None), POLICIES, sentry.dsn)
        hasty = _world(folder / "hasty", everyone_within(config, HASTY_S), HASTY, absent_dsn)
        with _heard(log):
            yield Stage(simulator, sentry, usual, hasty, log)
        for world in (usual, hasty):
            world.store.close()


def _world(
    folder: Path,
    config: ProvidersConfig,
    policies: Mapping[FailureClass, RetryPolicy],
    dsn: str,
) -> World:
    folder.mkdir()
    url = f"sqlite:///{folder / 'plinthctl.db'}"
    upgrade_store(url)
    return World(open_store(url), config, policies, Sentry(dsn, "test"), folder / "data")


@contextmanager
def _heard(log: io.StringIO) -> Iterator[None]:
    """All that is logged at any level, as the worker writes it, but unredacted."""
    logger, handler = logging.getLogger("plinthctl"), logging.StreamHandler(log)
    handler.setFormatter(JsonLines(Redaction(())))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
