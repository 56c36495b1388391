"""Accept a job: check it, count the limits, store it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from plinthctl.domain.catalog import JOB_TYPES, JobType, job_type
from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.inputs import check_shape, parse
from plinthctl.domain.limits import FullScope, Limits
from plinthctl.domain.runs import NewJob
from plinthctl.domain.views import JobView
from plinthctl.errors import InvalidInput, NotFound, OutcomeUnknown, ReadOnly, UsageError
from plinthctl.services.ringing import Ring, nobody

if TYPE_CHECKING:
    from plinthctl.store import Store

ASK_AGAIN: Final = 3  # times, after a commit whose answer was lost


@dataclass(frozen=True, slots=True)
class Order:
    """A job as somebody asks for it; ``given`` is its unchecked input."""

    type: str
    given: Mapping[str, Any] = field(default_factory=dict)
    org: str = "default"
    user: str = "default"
    decision: str | None = None


def orderable(name: str) -> JobType:
    """The job type of that name, if a job of it can be run.

    Raises:
        UnknownJobType: no type has this name.
        UsageError: its pipeline is not part of this version.
    """
    found = job_type(name)
    if not found.runnable:
        able = [t.name for t in JOB_TYPES.values() if t.runnable]
        raise UsageError(
            f"{name} cannot be run yet: its pipeline is not part of this version",
            fix=f"what can be run: {', '.join(able)}",
            details={"type": name, "runnable": able},
        )
    return found


def one_decision(order: Order) -> tuple[dict[str, Any], str | None]:
    """The input and the decision of an order, each filled from the other.

    Raises:
        UsageError: they name two different decisions.
    """
    given, decision = dict(order.given), order.decision
    if "decision" not in job_type(order.type).input_model.model_fields:
        return given, decision
    named = given.get("decision", decision)
    if decision is not None and named != decision:
        raise UsageError(
            f'two decisions: "{named}" in the input and "{decision}" in --decision',
            fix="give one of them",
        )
    if named is not None:
        given["decision"] = named
    return given, named if isinstance(named, str) else decision


def prepare(order: Order, *, unix_ms: int, random: bytes) -> NewJob:
    """The job that an order makes, its input checked. Needs no store.

    ``unix_ms`` and 10 random bytes make its id, which stays the same however
    often the store is asked to admit it.

    Raises:
        UnknownJobType, UsageError, InvalidInput: in words for the submitter.
    """
    found = orderable(order.type)
    given, decision = one_decision(order)
    for name, value in (("org", order.org), ("user", order.user), ("decision", decision)):
        _check_name(name, value)
    for name, value in given.items():
        _check_field(name, value, found.name)
    checked = parse(found.input_model, given, job_type=found.name)
    return NewJob(
        id=new_id(IdPrefix.JOB, unix_ms, random),
        type=found.name,
        version=found.version,
        org=order.org,
        user=order.user,
        decision=decision,
        input=checked.model_dump(mode="json", exclude_none=True),
    )


def _check_name(what: str, value: str | None) -> None:
    if value is None:
        return
    plain = f"give --{what} as plain text of a few words"
    try:
        check_shape(value)
    except InvalidInput as error:
        raise InvalidInput(f"{what}: {error.message}", fix=plain) from None
    if not value.strip() or "\x00" in value:
        raise InvalidInput(
            f"{what}: is empty, or holds a character that cannot be stored", fix=plain
        )


def _check_field(name: str, value: Any, type_name: str) -> None:
    try:
        check_shape([name, value])
    except InvalidInput as error:
        raise InvalidInput(
            f"{name}: {error.message}", fix=f"fields and examples: plinthctl types {type_name}"
        ) from None


def usual_longest_s() -> dict[str, float]:
    """By type, how many seconds a job usually takes at most."""
    return {name: found.usual_s[1] for name, found in JOB_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Submit:
    """The door through which jobs enter the store."""

    store: "Store"
    limits: Limits
    actor: str
    read_only: bool = False
    ring: Ring = nobody

    def admit(self, job: NewJob) -> JobView:
        """Store the job; it exists when this returns.

        Raises:
            LimitReached: with every full scope and who holds its places.
            NotFound: its decision is not in the store.
            ReadOnly: the configuration forbids changes.
            StoreUnavailable: nothing was stored, or nobody can know.
        """
        if self.read_only:
            raise ReadOnly(
                "read_only is set: nothing is submitted",
                fix="unset read_only in the configuration, or PLINTHCTL_READ_ONLY",
            )
        job_id = job.id if self._ask(job) else self._twin_of(job)
        self.ring()
        stored = self.store.job(job_id)
        if stored is None:
            raise NotFound(f"job {job_id} was stored and is gone", fix="plinthctl list")
        return stored

    def _ask(self, job: NewJob) -> bool:
        """Whether the store made the job; False: its key has one already."""
        for _ in range(ASK_AGAIN - 1):
            with suppress(OutcomeUnknown):
                return self.store.admit(job, self.limits, self.actor, usual_longest_s())
        return self.store.admit(job, self.limits, self.actor, usual_longest_s())

    def _twin_of(self, job: NewJob) -> str:
        twin = self.store.job_for_key(job.org, job.key or "")
        return job.id if twin is None else twin[0]

    def full_scopes(self, job: NewJob) -> tuple[FullScope, ...]:
        """The limits that would refuse this job now.

        Raises:
            NotFound: its decision is not in the store.
        """
        if job.decision is not None and self.store.decision(job.decision) is None:
            raise NotFound(
                f'no decision "{job.decision}"',
                fix="leave --decision out, or name one that is in the store",
                details={"decision": job.decision},
            )
        return self.store.full_scopes(
            job.org, job.user, job.decision, self.limits, usual_longest_s()
        )
