"""The scene of a demo: a folder of its own, a store with a past, providers, workers, people.

It runs the real program in an environment that knows nothing of the user's own
installation; with the block it is gone, folder and all.
"""

import os
import platform
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from plinthctl import __version__, paths, programs
from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.drafts import DecisionDraft, OptionDraft
from plinthctl.domain.expiry import DUTY_EVERY_S
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.runs import NewWorker
from plinthctl.services.clocks import fresh_id
from plinthctl.services.sweep import SWEEP
from plinthctl.settings import load_settings
from plinthctl.store import Store, open_store_at, upgrade_store
from plinthctl.wiring import Services, alerting
from worker.demo.crowd import STALLER, Crowd
from worker.demo.past import Historian, Then, hour
from worker.demo.work import Question
from worker.simulator.control import SimulatorControl
from worker.simulator.process import SimulatorProcess

WORKERS: Final = 2
PLACES_EACH: Final = 4
STALLER_PLACES: Final = 8
GONE_WITHIN_S: Final = 10.0
SEED: Final = 11
_QUESTIONS: Final = (
    ("Which sensor to buy", ("Zeta", "Fieldstone")),
    ("Where to open the next depot", ("Ostrava", "Utrecht")),
    ("Keep or replace the returns desk", ("Keep it", "Replace it")),
    ("Which carrier for the north", ("Pine & Co", "Blue Harbour")),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A busy system. ``environ`` is that of any command about it."""

    environ: Mapping[str, str]
    services: Services


@contextmanager
def scene(jobs: int, speed: float) -> Iterator[Scene]:
    """A system in which about ``jobs`` wait, ``speed`` times as fast as a real one.

    Raises:
        SimulatorFailed: the providers could not be started.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        journal = folder / "simulator.jsonl"
        simulator = stack.enter_context(SimulatorProcess.start(journal, speed=speed))
        environ = _environment(folder, simulator.url)
        stack.enter_context(_living_in(environ))
        services = stack.enter_context(Services(load_settings(None, environ, {}).settings))
        staller, questions = _furnish(services, jobs)
        stack.enter_context(_workers(environ, folder / "worker.log"))
        crowd = Crowd(
            services,
            SimulatorControl(simulator.url),
            questions,
            jobs,
            staller,
            random.Random(SEED),  # noqa: S311 - invented work
        )
        stack.callback(crowd.stop)
        crowd.start()
        yield Scene(environ, services)


def _folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder in memory where there is one: an hour of jobs is a thousand commits."""
    memory = Path("/dev/shm")  # noqa: S108 - it is made there with a name nobody can guess
    usable = memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)
    return tempfile.TemporaryDirectory(prefix="plinthctl-demo-", dir=memory if usable else None)


def _environment(folder: Path, simulator_url: str) -> dict[str, str]:
    """The user's own, without any setting of the user's own plinthctl."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PLINTHCTL_")}
    config = folder / "config.toml"
    config.touch(mode=0o600)
    return programs.environment(
        kept
        | {
            "XDG_DATA_HOME": str(folder),
            paths.CONFIG_VARIABLE: str(config),
            "PLINTHCTL_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
            "PLINTHCTL_REDIS_URL": "embedded",
            "PLINTHCTL_SIMULATOR_URL": simulator_url,
            "PLINTHCTL_SENTRY_ENVIRONMENT": "demo",
            "PLINTHCTL_IDENTITY_ORG": "acme",
            "PLINTHCTL_IDENTITY_USER": "ana",
            "PLINTHCTL_WORKER_DRAIN": "1s",
        }
    )


@contextmanager
def _living_in(environ: Mapping[str, str]) -> Iterator[None]:
    """This process looks for its files where the demo's are."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _furnish(services: Services, jobs: int) -> tuple[str, tuple[Question, ...]]:
    """A store with decisions and an hour behind it; and who holds the jobs that stall."""
    upgrade_store(services.settings.database_url)
    questions = tuple(_question(services, title, names) for title, names in _QUESTIONS)
    clock = Then(services.store.now())
    then = open_store_at(services.settings.database_url, clock)
    try:
        worker, staller = (_enlist(then, name) for name in ("worker-0", STALLER))
        dice = random.Random(SEED)  # noqa: S311 - invented work
        evaluate = alerting(services.settings, then).evaluate
        past = Historian(then, clock, dice, questions, worker, staller, evaluate)
        past.tell(hour(dice, jobs))
    finally:
        then.close()
    services.store.retire(worker)
    services.store.beat(staller)
    services.alerting.acknowledge(services.alerting.open_of(AlertRule.FAILURE_RATE), "looking")
    # So that what is stuck is seen for a minute, before a worker ends it.
    services.store.take_duty(SWEEP, DUTY_EVERY_S)
    return staller, questions


def _question(services: Services, title: str, names: tuple[str, ...]) -> Question:
    options = tuple(OptionDraft(name=name) for name in names)
    decision = services.decisions.add(DecisionDraft(title=title, options=options))
    return Question(decision.id, tuple(option.id for option in decision.options))


def _enlist(store: Store, name: str) -> str:
    """A worker without a process, which nobody can see dead."""
    worker = NewWorker(
        fresh_id(IdPrefix.WORKER),
        name,
        platform.node(),
        os.getpid(),
        None,
        None,
        __version__,
        tuple(JOB_TYPES),
        STALLER_PLACES,
    )
    store.register(worker)
    return worker.id


@contextmanager
def _workers(environ: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        processes = [_started(environ, output) for _ in range(WORKERS)]
    try:
        yield
    finally:
        _end(processes)


def _started(environ: Mapping[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own program
        programs.command("plinthctl", "worker", "--concurrency", str(PLACES_EACH)),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(environ),
        start_new_session=True,  # Ctrl-C on the terminal is the dashboard's
    )


def _end(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Ask all to go, twice, which means now; what is not gone in time is ended."""
    for _ in range(2):
        for process in processes:
            process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    until = time.monotonic() + GONE_WITHIN_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
