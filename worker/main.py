"""A worker process, from its first line to its exit code."""

import asyncio
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plinthctl import __version__, paths, wiring
from plinthctl.broker.places import Place, place
from plinthctl.domain.catalog import job_type
from plinthctl.errors import ReadOnly, UsageError
from plinthctl.services.sentry import Sentry
from plinthctl.settings import Settings
from plinthctl.settings.secrets import secret_values
from plinthctl.store import Store, open_store
from worker import logs, signals
from worker.calls import StoreCalls
from worker.logs import Redaction, log
from worker.outside import Outside, key_names, outside
from worker.pipelines import runnable_types
from worker.providers import open_providers
from worker.supervisor import Orders, Supervisor

# At least and at most; between them two more than slots. More of them wait for the interpreter
# only, and the loop behind them: with 32 a commit was told three times as late.
STORE_THREADS: Final = (4, 12)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What the command line may say. None: as configured.

    Attributes:
        types: Run only these job types.
        burst: End when nothing is left to run.
        drain_s: How long running jobs may go on after a first SIGTERM.
        job: Run this one job only (for the worker's own children).
        config: The file that ``--config`` named; children get it, too.
        verbose: Log everything, whatever ``log.level`` says; and so do children.
    """

    concurrency: int | None = None
    types: tuple[str, ...] | None = None
    burst: bool = False
    drain_s: float | None = None
    name: str | None = None
    job: str | None = None
    config: Path | None = None
    verbose: bool = False


def run(settings: Settings, options: WorkerOptions) -> int:
    """Be a worker until told to stop; returns the exit code.

    Raises:
        PlinthError: it could not start.
    """
    redact = Redaction(secret_values(settings))
    logs.set_up(settings.log.format, "debug" if options.verbose else settings.log.level, redact)
    try:
        return _run(settings, options, redact)
    finally:
        logs.take_down()


def _run(settings: Settings, options: WorkerOptions, redact: Redaction) -> int:
    if settings.read_only:
        raise ReadOnly.refusing("a worker would change jobs")
    types = _types(options.types)
    bell = place(settings.redis_url, paths.data_dir())
    store = open_store(settings.database_url)
    sentry = _sentry(settings)
    try:
        with outside(settings) as world:
            _first_lines(settings, options, store, types, world)
            orders = _orders(settings, options, store, types, bell, world, redact, sentry)
            return asyncio.run(_serve(store, world, orders))
    finally:
        sentry.close()
        store.close()
        bell.leave()


async def _serve(store: Store, world: Outside, orders: Orders) -> int:
    least, most = STORE_THREADS
    calls = StoreCalls(store, min(most, max(least, orders.slots + 2)))
    try:
        async with open_providers(world.providers) as providers:
            supervisor = Supervisor(calls, providers, orders)
            with signals.answered(supervisor.answers()):
                return await supervisor.serve()
    finally:
        calls.close()


def _orders(
    settings: Settings,
    options: WorkerOptions,
    store: Store,
    types: tuple[str, ...],
    bell: Place,
    world: Outside,
    redact: Redaction,
    sentry: Sentry,
) -> Orders:
    return Orders(
        types=types,
        slots=_slots(settings, options),
        burst=options.burst,
        drain_s=_drain_s(settings, options),
        name=options.name,
        job=options.job,
        expiry=settings.expiry.to_domain(),
        retention=settings.retention.to_domain(),
        policies=settings.retries.to_domain(),
        data_dir=paths.data_dir(),
        bell=bell.find if options.job else bell.join,
        schema=store.schema().needed,
        child_options=_child_options(options),
        child_environ=_child_environ(world),
        redact=redact,
        outside_lives=world.lives,
        alerting=wiring.alerting(settings, store),
        teller=wiring.teller(settings, store),
        sentry=sentry,
        keys=world.providers.digests(store.name),
        circuits=settings.circuits.to_domain(),
    )


def _sentry(settings: Settings) -> Sentry:
    opened = wiring.sentry(settings, _untold)
    opened.open()
    return opened


def _untold(trouble: str) -> None:
    log.warning(trouble, event="sentry")


def _slots(settings: Settings, options: WorkerOptions) -> int:
    return 1 if options.job else options.concurrency or settings.worker.concurrency


def _drain_s(settings: Settings, options: WorkerOptions) -> float:
    configured_s = settings.worker.drain.total_seconds()
    return configured_s if options.drain_s is None else options.drain_s


def _types(wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    can_run = runnable_types()
    if not wanted:
        return can_run
    for name in wanted:
        if job_type(name).name not in can_run:
            raise UsageError(f"{name} has no pipeline in this version", fix="plinthctl types")
    return wanted


def _child_options(options: WorkerOptions) -> tuple[str, ...]:
    drain = () if options.drain_s is None else ("--drain", f"{options.drain_s:.6f}s")
    verbose = ("-v",) if options.verbose else ()
    config = ("--config", str(options.config.resolve())) if options.config else ()
    return (*drain, *verbose, *config)


def _child_environ(world: Outside) -> dict[str, str]:
    if world.simulator_url is None:
        return {}
    return {"PLINTHCTL_SIMULATOR_URL": world.simulator_url}


def _first_lines(
    settings: Settings,
    options: WorkerOptions,
    store: Store,
    types: tuple[str, ...],
    world: Outside,
) -> None:
    python = platform.python_version()
    keys = key_names(settings)
    log.info(f"plinthctl {__version__} worker, Python {python}, pid {os.getpid()}", event="start")
    log.info(f"store {store.safe_url}", event="store", url=store.safe_url)
    slots = _slots(settings, options)
    log.info(f"{slots} slots for {', '.join(types)}", event="slots", slots=slots, types=types)
    mode = "live" if world.simulator_url is None else f"simulated at {world.simulator_url}"
    named = ", ".join(keys) or "none"
    log.info(f"providers {mode}; keys set: {named}", event="providers", mode=mode, keys=keys)
