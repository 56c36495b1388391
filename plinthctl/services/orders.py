"""Orders: jobs as somebody asks for them, checked before any store is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plinthctl.domain.catalog import JOB_TYPES, JobType, job_type
from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.inputs import check_shape, parse
from plinthctl.domain.runs import NewJob
from plinthctl.errors import InvalidInput, UsageError


@dataclass(frozen=True, slots=True)
class Order:
    """A job as somebody asks for it; ``given`` is its unchecked input, ``key``
    makes asking twice one job, ``available_at`` None is at once, ``told`` is what its
    history is to say of its origin."""

    type: str
    given: Mapping[str, Any] = field(default_factory=dict)
    org: str = "default"
    user: str = "default"
    decision: str | None = None
    key: str | None = None
    available_at: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


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
    check_names(replace(order, decision=decision))
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
        key=order.key,
        available_at=order.available_at,
        told=order.told,
    )


def check_names(order: Order) -> None:
    """Check whose the job is, and its key.

    Raises:
        InvalidInput: one of them is empty, too long, or cannot be stored.
    """
    names = {"org": order.org, "user": order.user, "decision": order.decision, "key": order.key}
    for name, value in names.items():
        _check_name(name, value)


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
