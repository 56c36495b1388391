"""Many jobs, one a line: checked together, stored in batches, told of and followed."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import typer

from plinthctl.cli import cautions, ordering
from plinthctl.cli.given import Many
from plinthctl.cli.interrupts import held_back
from plinthctl.cli.ordering import How, Numbered
from plinthctl.cli.queueing import Queue
from plinthctl.cli.shell import Shell
from plinthctl.cli.telling import Settled, Telling
from plinthctl.domain.admission import BATCH, Outcome
from plinthctl.domain.job import Phase
from plinthctl.errors import (
    ExitCode,
    LimitReached,
    OutcomeUnknown,
    StoreUnavailable,
    UsageError,
    WrongState,
)

if TYPE_CHECKING:
    from plinthctl.domain.limits import Slot
    from plinthctl.domain.views import JobView
    from plinthctl.services.orders import Order

NAMED_AT_MOST = 20  # jobs that are told of one by one


def submit(shell: Shell, ordered: "Order", many: Many, how: How) -> NoReturn:
    """Make a job of the order and each line.

    The exit code is the worst end where the jobs are followed, or else 5 where
    some were refused.
    """
    if ordered.key is not None:
        raise UsageError(
            f"--key is for one job, and -f {many.name} holds many",
            why="a key belongs to one input, and the second line's is another",
            fix="submit each line by itself, with a key of its own",
        )
    with many:
        ordering.check(ordered, many)
        if not how.dry_run:
            shell.services.submit.must_be_allowed()
        with Telling(shell, followed=how.wait and not how.dry_run) as telling:
            act = _rehearse if how.dry_run else _submit
            code = act(shell, ordered, many, how, telling)
    raise typer.Exit(code or (ExitCode.REFUSED if telling.tally.refused else ExitCode.OK))


def _rehearse(shell: Shell, ordered: "Order", many: Many, _how: How, telling: Telling) -> ExitCode:
    taken: Counter[Slot] = Counter()
    for batch in ordering.batches(ordered, many, BATCH):
        rehearsed = shell.services.submit.rehearse_all([job for _, job in batch], taken)
        taken = rehearsed.taken
        telling.rehearse(_settled(batch, rehearsed.outcomes))
    telling.sum_up("would be accepted")
    return ExitCode.OK


def _settled(batch: Sequence[Numbered], outcomes: Sequence[Outcome]) -> list[Settled]:
    return [(line, job, one) for (line, job), one in zip(batch, outcomes, strict=True)]


def _submit(shell: Shell, ordered: "Order", many: Many, how: How, telling: Telling) -> ExitCode:
    feed = _Feed(shell, telling, Queue(shell, how) if how.wait_for_slot else None)
    try:
        for batch in ordering.batches(ordered, many, BATCH):
            feed.bring(batch)
    except KeyboardInterrupt:
        shell.say(f"Stopped at line {feed.line} of {many.name}; {feed.so_far}.")
        return ExitCode.INTERRUPTED
    except StoreUnavailable as error:
        feed.note_in(error)
        raise
    telling.sum_up("accepted", way_out=not how.wait_for_slot)
    if telling.last_id is None:
        return ExitCode.OK
    cautions.unheard(shell, telling.last_id, telling.tally.accepted)
    cautions.spending(shell, [ordered.org])
    if how.wait:
        with cautions.still_accepted(telling.accepted, "plinthctl list --active"):
            return _follow(shell, telling.ids, how)
    with suppress(StoreUnavailable):  # all is said already, but for what they wait for
        _say_more(shell, shell.services.browse.job(telling.last_id))
    return ExitCode.OK


def _say_more(shell: Shell, last: "JobView") -> None:
    """What goes for all of the jobs, as for the last that was accepted."""
    from plinthctl.render import ends

    if last.phase is Phase.SCHEDULED:
        shell.say(ends.start_of_all_line(last))
    if shell.terminal.out_is_tty:
        shell.say("  view: plinthctl list --active")
    cautions.unserved(shell, last, more=True)


class _Feed:
    """Brings jobs into the store. ``line`` is the first that is not settled; where
    ``asking``, the store's answer to its batch is awaited."""

    def __init__(self, shell: Shell, telling: Telling, queue: Queue | None) -> None:
        self._shell = shell
        self._telling = telling
        self._queue = queue
        self.line = 1
        self.asking = False

    def bring(self, batch: Sequence[Numbered]) -> None:
        """Settle every job of a batch: where there is a queue, those without a place
        wait for one, until its time is over."""
        full = self._ask(batch)
        while full and self._queue is not None:
            try:
                self._queue.wait([job for _, job, _ in full])
            except LimitReached:
                self._telling.tell(full)
                break
            full = self._ask([(line, job) for line, job, _ in full])
        self.line = batch[-1][0] + 1

    def _ask(self, batch: Sequence[Numbered]) -> list[Settled]:
        """Store the jobs that have a place; those that may wait for one."""
        self.line, self.asking = batch[0][0], True
        with held_back():
            outcomes = self._shell.services.submit.admit_all([job for _, job in batch])
            settled = _settled(batch, outcomes)
            full = [one for one in settled if self._waits(one)]
            self.line, self.asking = full[0][0] if full else batch[-1][0] + 1, False
            self._telling.tell([one for one in settled if not self._waits(one)])
        return full

    def _waits(self, settled: Settled) -> bool:
        return self._queue is not None and isinstance(settled[2], LimitReached)

    @property
    def so_far(self) -> str:
        """What was submitted, in words."""
        count = f"{self._telling.tally.accepted:,} jobs were submitted before"
        return f"{count}, {'perhaps some' if self.asking else 'none'} after"

    def note_in(self, error: StoreUnavailable) -> None:
        """Say in the error what was submitted before it."""
        self.asking = isinstance(error, OutcomeUnknown)
        told = f"stopped at line {self.line}: {self.so_far}"
        error.why = f"{error.why}\n{told}" if error.why else told
        error.details |= {"line": self.line, "submitted": self._telling.tally.accepted}


def _follow(shell: Shell, ids: Sequence[str], how: How) -> ExitCode:
    from plinthctl.cli import standing_by, waiting
    from plinthctl.services.follow import Pace

    pace = Pace(waiting.CLOSE_UP_S, how.left_s)
    try:
        with held_back():  # who detaches at once leaves the jobs to a worker
            waits = standing_by.for_jobs([shell.services.browse.job(one) for one in ids[:2]])
            helper = standing_by.ensure_worker(shell, waits)
        ends = waiting.follow(shell, ids, pace, each=helper.must_live)
    except KeyboardInterrupt:
        _interrupted(shell, ids, cancel=how.cancel_on_interrupt)
        return ExitCode.INTERRUPTED
    _say_ends(shell, ends)
    return waiting.exit_code(ends)


def _interrupted(shell: Shell, ids: Sequence[str], *, cancel: bool) -> None:
    from plinthctl.cli import waiting

    if cancel:
        for job_id in ids:
            with suppress(WrongState):
                shell.services.steer.cancel(job_id, "Ctrl-C during submit --wait")
        shell.say(f"Cancelled {len(ids):,} jobs, as --cancel-on-interrupt asks.")
    elif len(ids) <= NAMED_AT_MOST:
        waiting.say_detached(shell, ids)
    else:
        shell.say(
            f"Detached; the {len(ids):,} jobs keep running.",
            "  look at them: plinthctl list --active",
        )


def _say_ends(shell: Shell, ends: "Sequence[JobView]") -> None:
    from plinthctl.cli import waiting

    if len(ends) <= NAMED_AT_MOST:
        for job in ends:
            waiting.say_end(shell, job)
        return
    phases = Counter(job.phase.value for job in ends)
    shell.say(", ".join(f"{count:,} {phase}" for phase, count in phases.most_common()))
