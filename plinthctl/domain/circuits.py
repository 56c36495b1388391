"""Provider health: a circuit for each provider and key, which opens when nothing works
behind it, so that jobs wait instead of failing one by one.

A key is known by its salted digest only. What an operator opens is open to every key.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plinthctl.domain.asked import ASKED, asked_by
from plinthctl.domain.failures import Failure, FailureClass, provider_inside
from plinthctl.domain.retries import MAX_DOUBLINGS
from plinthctl.domain.steps import Board, Steps, StepSpec, startable

PROVIDERS: Final = tuple(dict.fromkeys(ASKED.values()))
ANY_KEY: Final = "*"  # what an operator opens; no digest is called so
DIGEST_BYTES: Final = 6
PROBE_MAY_TAKE: Final = timedelta(seconds=90)  # then another job may probe
HELD_FOR: Final = timedelta(days=365)  # by hand: until somebody closes it
BEHIND: Final = timedelta(milliseconds=1)  # who has probed in vain lets another try next


class CircuitState(StrEnum):
    """Where a circuit is. HALF_OPEN: one job asks whether the provider is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitEvent(StrEnum):
    """What happens to a circuit."""

    TRIP = "trip"
    PROBE = "probe"
    ANSWERED = "answered"  # the probe was, by whatever the provider had to say
    REFUSED = "refused"  # the probe was
    OPEN_BY_HAND = "open_by_hand"
    CLOSE_BY_HAND = "close_by_hand"


class Reason(StrEnum):
    """Why a circuit is open."""

    AUTH_REFUSED = "auth_refused"
    QUOTA_GONE = "quota_gone"
    ERROR_RATE = "error_rate"
    BY_HAND = "by_hand"


_CLOSED, _OPEN, _HALF = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
_NEXT: Final = {
    (_CLOSED, CircuitEvent.TRIP): _OPEN,
    (_CLOSED, CircuitEvent.OPEN_BY_HAND): _OPEN,
    (_OPEN, CircuitEvent.PROBE): _HALF,
    (_OPEN, CircuitEvent.OPEN_BY_HAND): _OPEN,
    (_OPEN, CircuitEvent.CLOSE_BY_HAND): _CLOSED,
    (_HALF, CircuitEvent.PROBE): _HALF,  # the job that probed is gone
    (_HALF, CircuitEvent.ANSWERED): _CLOSED,
    (_HALF, CircuitEvent.REFUSED): _OPEN,
    (_HALF, CircuitEvent.OPEN_BY_HAND): _OPEN,
    (_HALF, CircuitEvent.CLOSE_BY_HAND): _CLOSED,
}


def after(state: CircuitState, event: CircuitEvent) -> CircuitState | None:
    """The state that ``event`` moves a circuit to; None: it changes nothing, as what
    was under way when the circuit moved comes too late."""
    return _NEXT.get((state, event))


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """When a circuit opens by itself, and how often it is probed.

    Attributes:
        error_rate: The share of tries that may fail, 0 to 1, of ``min_samples`` at least
            within ``window_s`` seconds of one worker.
        probe_after_s: Until the first probe; each that is refused doubles it, up to
            ``probe_cap_s``.
    """

    error_rate: float = 0.5
    min_samples: int = 20
    window_s: float = 60.0
    probe_after_s: float = 30.0
    probe_cap_s: float = 300.0


def probe_wait_s(refused: int, rules: CircuitRules) -> float:
    """Seconds until the next probe, after so many that were refused."""
    doublings = min(refused, MAX_DOUBLINGS)
    return min(rules.probe_cap_s, rules.probe_after_s * 2.0**doublings)


def too_many_fail(tries: int, failed: int, rules: CircuitRules) -> bool:
    """Whether that many failures of a window open a circuit."""
    return tries >= rules.min_samples and failed > rules.error_rate * tries


def digest(key: str, salt: str) -> str:
    """By what a key is known. From it nobody gets the key, and no two stores know a key
    by the same one; it only tells keys apart."""
    salted = hashlib.blake2b(key.encode(), key=salt.encode()[:64], digest_size=DIGEST_BYTES)
    return salted.hexdigest()


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit as it stands.

    Attributes:
        key: The digest of the key, or `ANY_KEY`.
        message: What the provider, or the operator, said.
        probe_at: When a job may ask again; None: it is closed, or somebody holds it open.
        refused: Probes in vain since it opened.
        probe_job: The job that probes, or probed last.
        parked: How many jobs wait for it.
    """

    provider: str
    key: str
    state: CircuitState
    reason: Reason
    message: str | None
    opened_at: datetime
    probe_at: datetime | None
    refused: int = 0
    probe_job: str | None = None
    operator: str | None = None
    parked: int = 0

    @property
    def name(self) -> str:
        """By what parked jobs know it."""
        return name_of(self.provider, self.key)

    @property
    def closed(self) -> bool:
        """Whether jobs pass."""
        return self.state is CircuitState.CLOSED

    def probe_due(self, now: datetime) -> bool:
        """Whether a job may ask now whether the provider is back."""
        return self.probe_at is not None and self.probe_at <= now

    def looks_again_at(self, now: datetime) -> datetime:
        """When a job that waits for it is due."""
        return self.probe_at or now + HELD_FOR


def name_of(provider: str, key: str) -> str:
    """By what parked jobs know a circuit."""
    return f"{provider}:{key}"


def provider_in(name: str) -> str:
    """The provider of a circuit's name."""
    return name.partition(":")[0]


def parked(provider: str) -> str:
    """What the row of a job says that waits for a provider."""
    return f"Parked: waits for {provider_inside(provider)}"


def stops(reason: Reason, step: StepSpec) -> bool:
    """Whether an open circuit holds a step back.

    A step that may end without its data does so, as it always does: only a refused key,
    which fails even such a step, and an operator hold it back.
    """
    return not step.degradable or reason in {Reason.AUTH_REFUSED, Reason.BY_HAND}


# -- who is claimed, who probes, who is parked -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due job, as a claim finds it."""

    job_id: str
    type: str
    board: Board


@dataclass(frozen=True, slots=True)
class Sifted:
    """What becomes of due jobs while circuits are open.

    Attributes:
        claimed: Those that go on, in their order.
        probes: Of these, the ones that ask for others, with the circuits they ask for.
        parked: The circuit that each of the others waits for.
    """

    claimed: tuple[str, ...]
    probes: Mapping[str, tuple[Circuit, ...]]
    parked: Mapping[str, Circuit]


def sift(
    candidates: Iterable[Candidate],
    steps_of: Mapping[str, Steps],
    open_: Collection[Circuit],
    now: datetime,
) -> Sifted:
    """Who goes on: whoever needs no open circuit, and one job for each that may be probed."""
    claimed: list[str] = []
    probes: dict[str, tuple[Circuit, ...]] = {}
    parked: dict[str, Circuit] = {}
    standing = list(open_)
    for one in candidates:
        needed = [c for c in standing if _needs(one, steps_of[one.type], c, now)]
        if all(c.probe_due(now) for c in needed):
            claimed.append(one.job_id)
            probes |= {one.job_id: tuple(needed)} if needed else {}
            standing = [_probed(c, now) if c in needed else c for c in standing]
        else:
            parked[one.job_id] = max(needed, key=lambda c: c.looks_again_at(now))
    return Sifted(tuple(claimed), probes, parked)


def _needs(one: Candidate, steps: Steps, circuit: Circuit, now: datetime) -> bool:
    return any(
        asked_by(one.type, step.name) == circuit.provider and stops(circuit.reason, step)
        for step in startable(steps, one.board, now)
    )


def _probed(circuit: Circuit, now: datetime) -> Circuit:
    return replace(circuit, state=CircuitState.HALF_OPEN, probe_at=now + PROBE_MAY_TAKE)


# -- what a try shows ------------------------------------------------------------------------

_AT_ONCE: Final = {
    FailureClass.AUTH_FAILURE: Reason.AUTH_REFUSED,
    FailureClass.QUOTA_EXHAUSTED: Reason.QUOTA_GONE,
}
_COUNTED: Final = frozenset({FailureClass.NETWORK_TIMEOUT, FailureClass.PROVIDER_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Sign:
    """What a try has shown of a provider: it is stored with the try's end."""

    provider: str
    key: str
    event: CircuitEvent
    reason: Reason | None = None
    message: str | None = None
    rules: CircuitRules = field(default_factory=CircuitRules)


@dataclass(frozen=True, slots=True)
class Health:
    """What a worker knows of its providers.

    Attributes:
        keys: The digest of each provider's key; who has none has no circuit.
        open: Why providers may not be asked.
        failing: Providers of which too many tries have failed of late.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    open: Mapping[str, Reason] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    rules: CircuitRules = field(default_factory=CircuitRules)

    def holds(self, job_type: str, step: StepSpec) -> bool:
        """Whether a step may not start now."""
        reason = self.open.get(asked_by(job_type, step.name) or "")
        return reason is not None and stops(reason, step)

    def circuit_of(self, provider: str) -> str:
        """The circuit that holds a provider back."""
        by_hand = self.open.get(provider) is Reason.BY_HAND
        return name_of(provider, ANY_KEY if by_hand else self.keys.get(provider, ANY_KEY))

    def without(self, providers: Collection[str]) -> "Health":
        """What a job may take for granted that asks these on behalf of all."""
        return replace(self, open={p: r for p, r in self.open.items() if p not in providers})

    def told(self, sign: Sign | None) -> "Health":
        """What is known after a sign."""
        if sign is None or sign.event is CircuitEvent.ANSWERED:
            return self if sign is None else self.without({sign.provider})
        reason = sign.reason or self.open.get(sign.provider, Reason.ERROR_RATE)
        return replace(self, open={**self.open, sign.provider: reason})


def counts(failure: Failure | None, provider: str) -> bool | None:
    """Whether a try counts as one that the provider failed; None: it says nothing of it."""
    if failure is None:
        return False
    if failure.provider != provider or failure.failure_class is FailureClass.UNKNOWN:
        return None
    return failure.failure_class in _COUNTED


def sign_of(
    failure: Failure | None, provider: str | None, step: StepSpec, health: Health, *, probes: bool
) -> Sign | None:
    """What a try that has ended shows of its provider; None: nothing new.

    ``failure`` None: it succeeded. ``probes``: the job asks on behalf of all.
    """
    key = health.keys.get(provider or "")
    if provider is None or key is None:
        return None
    reason = _reason(failure, provider, step, health, probes=probes)
    if reason is not None and failure is not None:
        event = CircuitEvent.REFUSED if probes else CircuitEvent.TRIP
        return Sign(provider, key, event, reason, failure.message, health.rules)
    if probes and counts(failure, provider) is not None:
        return Sign(provider, key, CircuitEvent.ANSWERED)
    return None


def _reason(
    failure: Failure | None, provider: str, step: StepSpec, health: Health, *, probes: bool
) -> Reason | None:
    """Why the circuit is to be open; None: this try is no reason."""
    if failure is None or failure.provider != provider or failure.may_degrade:
        return None
    at_once = _AT_ONCE.get(failure.failure_class)
    if at_once is not None:
        return at_once if stops(at_once, step) else None
    tips = provider in health.failing and not step.degradable
    counted = failure.failure_class in _COUNTED
    return Reason.ERROR_RATE if counted and (tips or probes) else None


def needing(circuits: Sequence[Circuit], keys: Mapping[str, str]) -> tuple[Circuit, ...]:
    """Those that are open to who has these keys."""
    return tuple(c for c in circuits if not c.closed and c.key in {ANY_KEY, keys.get(c.provider)})
