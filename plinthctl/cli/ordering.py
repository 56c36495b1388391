"""From what is typed to jobs: what is asked for, and what to do with it."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from plinthctl.cli import given, parsing
from plinthctl.cli.shell import Shell
from plinthctl.errors import InvalidInput, PlinthError, UsageError

if TYPE_CHECKING:
    from plinthctl.domain.runs import NewJob
    from plinthctl.services.orders import Order

WRONG_AT_MOST = 20  # lines that do not fit, until nobody looks any further

Numbered = tuple[int, "NewJob"]  # the line of a job, and the job


@dataclass(frozen=True, slots=True)
class How:
    """What to do with the jobs. ``until`` is a time of `time.monotonic` at which
    the waiting for places and for ends is over; None: never."""

    dry_run: bool = False
    wait: bool = False
    wait_for_slot: bool = False
    until: float | None = None
    cancel_on_interrupt: bool = False

    @property
    def left_s(self) -> float | None:
        """Seconds that are left to wait."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed of a job beside its input's file; None: left out."""

    type: str
    fields: Mapping[str, Any]
    org: str | None = None
    user: str | None = None
    decision: str | None = None
    key: str | None = None
    delay: str | None = None
    at: str | None = None


def order(shell: Shell, typed: Typed) -> "Order":
    """The order that is typed; its input is what ``-i`` gives.

    Raises:
        UnknownJobType, UsageError, InvalidInput: no input could make a job of it.
    """
    from plinthctl.services.orders import Order, check_names, orderable

    orderable(typed.type)
    own = shell.settings.identity
    ordered = Order(
        typed.type,
        typed.fields,
        # An empty --org is somebody's unset variable: refused, not counted for another.
        org=own.org if typed.org is None else typed.org,
        user=own.user if typed.user is None else typed.user,
        decision=typed.decision,
        key=typed.key,
    )
    check_names(ordered)
    return replace(ordered, available_at=_start(shell, typed))


def _start(shell: Shell, typed: Typed) -> datetime | None:
    """The moment to start at, on the store's clock; None: at once."""
    from plinthctl.domain.schedule import start_at, start_in

    if typed.delay is not None and typed.at is not None:
        raise UsageError("--in and --at name two starts", fix="give one of them")
    if typed.delay is not None:
        delay = parsing.duration(typed.delay, "--in")
        return start_in(delay, shell.services.store.now())
    if typed.at is not None:
        wanted = parsing.upcoming(typed.at, "--at", datetime.now(UTC))
        return start_at(wanted, shell.services.store.now())
    return None


def job(ordered: "Order", unix_ms: int | None = None, random: bytes | None = None) -> "NewJob":
    """The job of an order, under a new id. Raises as `orders.prepare` does."""
    from plinthctl.domain.ids import RANDOM_BYTES
    from plinthctl.services.orders import prepare

    now_ms = time.time_ns() // 1_000_000
    return prepare(
        ordered,
        unix_ms=now_ms if unix_ms is None else unix_ms,
        random=os.urandom(RANDOM_BYTES) if random is None else random,
    )


def check(ordered: "Order", many: given.Many) -> None:
    """Check every line, so that none is submitted where one does not fit.

    Raises:
        InvalidInput: naming the lines that do not, and what is wrong with each.
    """
    wrong = list(islice(_wrong(ordered, many), WRONG_AT_MOST))
    if wrong:
        raise _malformed(many.name, ordered.type, wrong)


def _wrong(ordered: "Order", many: given.Many) -> Iterator[tuple[int, PlinthError]]:
    for number, line in many.lines():
        try:
            job(_with_input(ordered, line))
        except (InvalidInput, UsageError) as error:
            yield number, error


def _with_input(ordered: "Order", line: bytes) -> "Order":
    return replace(ordered, given={**given.one(line.strip()), **ordered.given})


def _malformed(name: str, type_name: str, wrong: Sequence[tuple[int, PlinthError]]) -> InvalidInput:
    from plinthctl.render.tally import Where

    where = Where()
    for number, _ in wrong:
        where.add(number)
    more = " (and perhaps more)" if len(wrong) == WRONG_AT_MOST else ""
    # Of a line that is one of many, the parser's own count of lines would mislead.
    told = {number: error.message.replace("line 1 column", "column") for number, error in wrong}
    return InvalidInput(
        f"-f {name}: {where}{more} cannot be submitted; nothing was",
        why="\n".join(f"line {number}: {message}" for number, message in told.items()),
        fix=f"mend {'it' if len(told) == 1 else 'them'}; fields and examples: "
        f"plinthctl types {type_name}",
        details={"lines": [{"line": number, "message": told[number]} for number in told]},
    )


def batches(ordered: "Order", many: given.Many, size: int) -> Iterator[list[Numbered]]:
    """The jobs of all lines, so many at a time; their ids sort as their lines do."""
    lines, last_ms = many.lines(), 0
    while some := list(islice(lines, size)):
        last_ms = max(last_ms + 1, time.time_ns() // 1_000_000)
        yield list(_numbered(ordered, some, last_ms))


def _numbered(
    ordered: "Order", lines: Sequence[tuple[int, bytes]], unix_ms: int
) -> Iterator[Numbered]:
    for (number, line), random in zip(lines, _draws(len(lines)), strict=True):
        yield number, job(_with_input(ordered, line), unix_ms, random)


def _draws(count: int) -> Iterable[bytes]:
    from plinthctl.domain.ids import RANDOM_BYTES

    return sorted(os.urandom(RANDOM_BYTES) for _ in range(count))
