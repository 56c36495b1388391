"""What a look at an installation concludes: each line a verdict, and what to type next.

Pure: whoever looks hands in what was seen.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plinthctl.domain.alert_board import unwatched
from plinthctl.domain.asked import asked_by
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.circuits import Circuit
from plinthctl.domain.expiry import DUTY_EVERY_S
from plinthctl.domain.liveness import ALIVE_WITHIN_S, WorkerMode
from plinthctl.domain.views import WorkerView

CHECK_WITHIN_S: Final = 2.0  # each look at another process
SLOW_S: Final = 0.5  # for a store's or a bell's answer
CLOCK_OFF_S: Final = 2.0
SWEPT_WITHIN: Final = timedelta(minutes=3)
FEWEST_COLUMNS, FEWEST_LINES = 60, 16  # of the dashboard
NO_EVICTION: Final = "noeviction"
RISKY_SQLITE: Final = ((3, 7, 0), (3, 51, 2))  # can lose a commit: sqlite.org/wal.html


# What is done instead where a provider has no key; without a word here nothing is.
INSTEAD: Final[Mapping[str, str]] = {"firecrawl": "the direct reader is used"}


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"  # what must be known for it is not


@dataclass(frozen=True, slots=True)
class Check:
    """One line. ``fix`` is a command to paste, or several."""

    name: str
    level: Level
    said: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """A store that was read.

    Attributes:
        server: Its kind and version, such as ``SQLite 3.53.0``.
        sqlite: The version of SQLite itself; None: it is PostgreSQL.
        tls: None: nothing of it leaves the machine.
        ahead_s: Of this machine's clock; None: they are the same.
    """

    server: str
    where: str
    schema: int | None
    needed: int
    read_s: float
    sqlite: tuple[int, ...] | None = None
    journal: str | None = None
    tls: bool | None = None
    ahead_s: float | None = None


@dataclass(frozen=True, slots=True)
class StoreLook:
    """One look at a store; without its workers and duties where its schema is another."""

    facts: StoreFacts
    now: datetime
    workers: tuple[WorkerView, ...] | None = None
    duties_due: Mapping[str, datetime] | None = None
    circuits: tuple[Circuit, ...] = ()


@dataclass(frozen=True, slots=True)
class BellFacts:
    """Where the bell hangs, and what it says of itself.

    Attributes:
        shown: Its address without a password; None: no server runs.
        trouble: What is wrong with it, in words; None: it answers.
        embedded: It is a server of our own.
        orphan: A server of our own that no worker uses.
        client: How ``redis-cli`` is told of it.
    """

    shown: str | None
    trouble: str | None = None
    embedded: bool = False
    orphan: bool = False
    exposed: bool = False
    tls: bool = False
    policy: str | None = None
    took_s: float = 0.0
    client: str = "redis-cli"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of a live installation: what becomes of jobs without its key.
    ``instead``: what does its work then; None: nothing."""

    name: str
    has_key: bool
    without: tuple[str, ...]
    essential: bool = False
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal; ``colours`` None: it shows none."""

    columns: int
    lines: int
    encoding: str
    colours: str | None
    dumb: bool


def config_check(path: str | None, mode: int | None) -> Check:
    """A configuration that was read; ``path`` None: there is no file."""
    where = f"{path} ({mode:04o})" if path and mode is not None else "no file: every default"
    return Check("config", Level.OK, where)


def store_check(facts: StoreFacts) -> Check:
    """A store that answers."""
    if facts.schema != facts.needed:
        return _wrong_schema(facts)
    parts = [facts.server, facts.where, f"schema {facts.schema}", _ms(facts.read_s)]
    parts += [f"journal {facts.journal}"] if facts.journal else []
    parts += [{True: "TLS", False: "no TLS"}[facts.tls]] if facts.tls is not None else []
    level, why, fix = _worst_of_store(facts)
    return Check("store", level, ", ".join([*parts, *([why] if why else [])]), fix)


def _wrong_schema(facts: StoreFacts) -> Check:
    has = "no schema" if facts.schema is None else f"schema {facts.schema}"
    said = f"{facts.server}, {facts.where}: {has}, this plinthctl needs {facts.needed}"
    newer = facts.schema is not None and facts.schema > facts.needed
    fix = "python -m pip install --upgrade plinthctl" if newer else "plinthctl db upgrade"
    return Check("store", Level.FAILED, said, fix)


def _worst_of_store(facts: StoreFacts) -> tuple[Level, str | None, str | None]:
    if facts.sqlite and RISKY_SQLITE[0] <= facts.sqlite <= RISKY_SQLITE[1]:
        why = "which can lose a commit beside a checkpoint"
        return Level.WARNING, why, "python -m pip install 'pysqlite3>=0.6.1'"
    if facts.tls is False:
        return Level.WARNING, "readable on its way", "export PGSSLMODE=verify-full"
    if facts.read_s > SLOW_S:
        return Level.WARNING, "slow", "plinthctl doctor -v"
    return Level.OK, None, None


def bell_check(facts: BellFacts, configured_in_env: bool) -> Check:
    """The bell, whatever it says. ``configured_in_env``: its address is a variable's."""
    if facts.shown is None:
        return Check("bell", Level.OK, "embedded, started by the first worker")
    if facts.trouble is not None:
        fix = "plinthctl reap" if facts.embedded else "export PLINTHCTL_REDIS_URL=embedded"
        return Check("bell", Level.FAILED, f"Redis at {facts.shown} {facts.trouble}", fix)
    said = ", ".join(_bell_parts(facts))
    if facts.orphan:
        return Check("bell", Level.WARNING, f"{said}: no worker uses it", "plinthctl reap")
    if facts.exposed:
        said += ": readable on its way"
        return Check("bell", Level.WARNING, said, _with_tls(configured_in_env))
    if facts.policy not in {None, NO_EVICTION}:
        fix = f"{facts.client} CONFIG SET maxmemory-policy {NO_EVICTION}"
        return Check("bell", Level.WARNING, f"{said}: it may forget deliveries", fix)
    return Check("bell", Level.OK, said)


def _bell_parts(facts: BellFacts) -> Iterable[str]:
    yield "embedded" if facts.embedded else str(facts.shown)
    yield _ms(facts.took_s)
    if not facts.embedded:
        yield "TLS" if facts.tls else "no TLS"
    if facts.policy is not None:
        yield f"maxmemory-policy {facts.policy}"


def _with_tls(configured_in_env: bool) -> str:
    if configured_in_env:
        return 'export PLINTHCTL_REDIS_URL="rediss:${PLINTHCTL_REDIS_URL#*:}"'
    return 'sed -i "s,redis://,rediss://," "$(plinthctl config path)"'


def workers_check(workers: Sequence[WorkerView]) -> Check:
    """Who runs jobs."""
    if not workers:
        return Check("workers", Level.WARNING, "none runs", "plinthctl worker")
    beating = [w for w in workers if w.silent_s < ALIVE_WITHIN_S]
    if not beating:
        silent_s = min(w.silent_s for w in workers)
        said = f"the last heartbeat was {_ago(silent_s)} ago"
        return Check("workers", Level.WARNING, said, "plinthctl worker")
    said = f"{len(beating)} alive: {', '.join(map(_worker, beating))}"
    if silent := len(workers) - len(beating):
        return Check("workers", Level.WARNING, f"{said}; {silent} silent", "plinthctl reap")
    return Check("workers", Level.OK, said)


def _worker(worker: WorkerView) -> str:
    told = {WorkerMode.BELL: "told by Redis", WorkerMode.STORE: "asks the store", None: "new"}
    why = f": {worker.mode_why}" if worker.mode_why else ""
    return f"{worker.name} ({told[worker.mode]}{why})"


def sweeps_check(
    last: Mapping[str, datetime], now: datetime, *, reap: str, sweep: str, program: str
) -> Check:
    """When somebody last looked after the dead and the late: `reap`, or a worker."""
    reaped, swept = (_since(last.get(name), now) for name in (reap, sweep))
    told = "never ran" if reaped is None else f"ran {_ago(reaped.total_seconds())} ago"
    if swept is not None:
        told += f"; a worker swept {_ago(swept.total_seconds())} ago"
    in_time = [since for since in (reaped, swept) if since is not None and since <= SWEPT_WITHIN]
    if in_time:
        return Check("reap", Level.OK, told)
    return Check("reap", Level.WARNING, f"{told}; expected each minute", _each_minute(program))


def alerts_check(
    due_at: datetime | None, now: datetime, told: Sequence[str], program: str
) -> Check:
    """When somebody last evaluated the alerts, and who is told of them."""
    evaluated_at = None if due_at is None else due_at - timedelta(seconds=DUTY_EVERY_S)
    who = f"told: {', '.join(told)}" if told else "nobody is told: see alerts in the configuration"
    if why := unwatched(evaluated_at, now):
        return Check("alerts", Level.WARNING, f"{why}; {who}", _each_minute(program))
    since_s = (now - evaluated_at).total_seconds() if evaluated_at else 0.0
    return Check("alerts", Level.OK, f"evaluated {_ago(max(0.0, since_s))} ago; {who}")


def providers_check(circuits: Sequence[Circuit]) -> Check:
    """Which providers are left alone, and how many jobs wait for each."""
    open_ = [one for one in circuits if not one.closed]
    if not open_:
        return Check("providers", Level.OK, "none is left alone")
    said = "; ".join(
        f"{one.provider} is left alone ({one.reason.replace('_', ' ')}), {one.parked} jobs parked"
        for one in open_
    )
    return Check("providers", Level.WARNING, said, f"plinthctl providers close {open_[0].provider}")


def _each_minute(program: str) -> str:
    line = shlex.quote(f"* * * * *  {program} reap -q")
    return f"(crontab -l 2>/dev/null; echo {line}) | crontab -"


def _since(due_at: datetime | None, now: datetime) -> timedelta | None:
    """How long ago a duty was done, by when it is due next."""
    if due_at is None:
        return None
    return max(timedelta(), now - due_at + timedelta(seconds=DUTY_EVERY_S))


def clock_check(ahead_s: float | None) -> Check:
    """This machine's clock beside the store's."""
    if ahead_s is None:
        return Check("clock", Level.OK, "the store's is this machine's")
    said = f"{abs(ahead_s):.1f}s {'behind' if ahead_s > 0 else 'ahead of'} the store's"
    if abs(ahead_s) > CLOCK_OFF_S:
        return Check("clock", Level.WARNING, said, "sudo timedatectl set-ntp true")
    return Check("clock", Level.OK, said)


def keys_check(providers: Sequence[Provider], *, live: bool, model: str | None) -> Check:
    """Which providers have a key (never the keys), and what will fail without."""
    if not live:
        return Check("keys", Level.OK, "none is set: every provider is simulated")
    said = "  ".join(f"{p.name} {_key(p)}" for p in providers)
    missing = [p for p in providers if not p.has_key and p.instead is None]
    if not missing:
        return Check("keys", Level.OK, said)
    said += "".join(f"; {consequence}" for p in missing for consequence in p.without)
    level = Level.FAILED if any(p.essential for p in missing) else Level.WARNING
    worst = next((p for p in missing if p.essential), missing[0])
    return Check("keys", level, said, _ask_for_key(worst.name, model))


def _key(of: Provider) -> str:
    if of.has_key:
        return "✓"
    return "missing" if of.instead is None else f"missing ({of.instead})"


def provider(name: str, has_key: bool) -> Provider:
    """A provider, with what becomes of the jobs that can run now without its key."""
    if name in INSTEAD:
        return Provider(name, has_key, (), instead=INSTEAD[name])
    asks = [
        (job_type.name, step)
        for job_type in JOB_TYPES.values()
        for step in job_type.steps
        if job_type.runnable and asked_by(job_type.name, step.name) == name
    ]
    without = (
        f"{kind}: {step.name} goes without its data"
        if step.degradable
        else f"{kind} fails at {step.name}"
        for kind, step in asks
    )
    essential = any(not step.degradable for _, step in asks)
    return Provider(name, has_key, tuple(without), essential)


def _ask_for_key(provider: str, model: str | None) -> str:
    # Read from the keyboard: what is typed on a command line stays in its history.
    variable = f"PLINTHCTL_PROVIDERS_{provider.upper()}_API_KEY"
    named = " PLINTHCTL_PROVIDERS_LLM_MODEL=gpt-5.4-mini" if provider == "llm" and not model else ""
    return f"read -rs {variable} && export {variable}{named}"


def screen_check(screen: Screen | None) -> Check:
    """What stdout can show; None: it is no terminal."""
    if screen is None:
        return Check("terminal", Level.OK, "a pipe or a file: no colour, nothing is cut")
    colours = screen.colours or "no colour"
    said = f"{screen.columns}x{screen.lines}, {screen.encoding}, {colours}"
    if "utf" not in screen.encoding.lower():
        said += ": marks become ASCII"
        return Check("terminal", Level.WARNING, said, "export LC_ALL=C.UTF-8 PYTHONUTF8=1")
    if screen.dumb:
        said += ": nothing is redrawn"
        return Check("terminal", Level.WARNING, said, "export TERM=xterm-256color")
    if screen.columns < FEWEST_COLUMNS or screen.lines < FEWEST_LINES:
        said += f": small, top wants {FEWEST_COLUMNS}x{FEWEST_LINES}"
        return Check("terminal", Level.WARNING, said, r"printf '\033[8;24;80t'")
    return Check("terminal", Level.OK, said)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


def _ago(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f}s"
    minutes = int(seconds // 60)
    return f"{minutes}m" if minutes < 120 else f"{minutes // 60}h"
