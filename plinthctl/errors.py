"""What went wrong, and what to do about it.

Every error that an operator can cause or mend is a `PlinthError`: it says what
happened, why, and what to type next, and it knows its exit code. `cli/app.py`
turns them into text or JSON in one place; nothing else prints them.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """The one table of exit codes (UX.md section 3.2)."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    WRONG_STATE = 4
    REFUSED = 5
    UNAVAILABLE = 6
    MISCONFIGURED = 7
    JOB_FAILED = 8
    JOB_CANCELLED = 9
    ALERT_WARNING = 10
    ALERT_PAGE = 11
    STOPPED_ITSELF = 70
    TIMED_OUT = 124
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class PlinthError(Exception):
    """An error with a reason, a fix and an exit code.

    Args:
        message: What happened, in one line.
        why: The cause, where the message alone does not say it.
        fix: What to type next; several lines are allowed.
        details: What a script may want to read, JSON values only.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(
        self,
        message: str,
        *,
        why: str | None = None,
        fix: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.fix = fix
        self.details = dict(details or {})

    @property
    def told(self) -> str:
        """What happened and why, in one line."""
        return self.message if self.why is None else f"{self.message}: {self.why}"


class UsageError(PlinthError):
    """The command line asks for something that makes no sense."""

    code = "usage"
    exit_code = ExitCode.USAGE


class UnknownJobType(PlinthError):
    """No job type has this name."""

    code = "unknown_type"
    exit_code = ExitCode.USAGE

    def __init__(self, name: str, near: Sequence[str]) -> None:
        super().__init__(
            f'no job type "{name}"',
            why=f"did you mean {near[0]}?" if near else None,
            fix="all types: plinthctl types",
            details={"type": name, "near": list(near)},
        )


class InvalidInput(PlinthError):
    """A job's input does not fit its type."""

    code = "invalid_input"
    exit_code = ExitCode.USAGE


class MissingInput(InvalidInput):
    """A job's input lacks required fields. ``flags`` would give them, with examples."""

    code = "missing_input"

    def __init__(self, message: str, *, fix: str, flags: str, missing: Sequence[str]) -> None:
        super().__init__(message, fix=fix, details={"missing": list(missing)})
        self.flags = flags


class NotFound(PlinthError):
    """Nothing in the store has this id."""

    code = "not_found"
    exit_code = ExitCode.NOT_FOUND


class AmbiguousId(PlinthError):
    """A short id fits several things."""

    code = "ambiguous_id"
    exit_code = ExitCode.NOT_FOUND


class WrongState(PlinthError):
    """The job is in a state that does not allow this."""

    code = "wrong_state"
    exit_code = ExitCode.WRONG_STATE


class Conflict(PlinthError):
    """The store holds something else by this name already."""

    code = "conflict"
    exit_code = ExitCode.WRONG_STATE


class LimitReached(PlinthError):
    """One or more limits on active jobs are full."""

    code = "limit_reached"
    exit_code = ExitCode.REFUSED


class BudgetSpent(PlinthError):
    """An organisation has spent what it may in a day."""

    code = "budget_spent"
    exit_code = ExitCode.REFUSED


class ReadOnly(PlinthError):
    """`read_only` is set: nothing may be changed."""

    code = "read_only"
    exit_code = ExitCode.REFUSED

    @classmethod
    def refusing(cls, what: str) -> "ReadOnly":
        """The refusal, with ``what`` is not done: "nothing is purged"."""
        return cls(
            f"read_only is set: {what}",
            fix="leave --read-only out, and unset read_only and PLINTHCTL_READ_ONLY",
        )


class StoreUnavailable(PlinthError):
    """The store could not be used; nothing was changed."""

    code = "store_unavailable"
    exit_code = ExitCode.UNAVAILABLE


class StoreBusy(StoreUnavailable):
    """Another process kept the store's only writer's place for too long."""

    code = "store_busy"


class OutcomeUnknown(StoreUnavailable):
    """The answer to a commit was lost: the change may or may not be there.

    Safe to ask again: every write of ours can be repeated.
    """

    code = "outcome_unknown"


class BellUnavailable(PlinthError):
    """Redis cannot be used just now. Nothing is lost: the store is asked instead."""

    code = "bell_unavailable"
    exit_code = ExitCode.UNAVAILABLE


class BellFailed(BellUnavailable):
    """The embedded Valkey could not be had; the store serves without it."""

    code = "bell_failed"


class SchemaMismatch(PlinthError):
    """The store's schema is older or newer than this program."""

    code = "schema"
    exit_code = ExitCode.MISCONFIGURED


class BadConfiguration(PlinthError):
    """A setting is missing, misspelt or malformed."""

    code = "configuration"
    exit_code = ExitCode.MISCONFIGURED
