"""What somebody should know who was not asking: nobody runs jobs, heard of them, or watches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.errors import StoreUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from plinthctl.domain.views import JobView


@contextmanager
def still_accepted(what: str, back: str) -> Iterator[None]:
    """Go on with what was accepted: should the store go away meanwhile, the error says
    that ``what`` is accepted all the same, and the command to come back with."""
    try:
        yield
    except StoreUnavailable as lost:
        raise StoreUnavailable(
            f"{what} accepted, and then the store did not answer any more",
            why=lost.told,
            fix=f"once it does: {back}",
        ) from lost


def unheard(shell: Shell, last_id: str, count: int = 1) -> None:
    """Warn where the bell did not ring for this job, the last of so many."""
    if trouble := shell.services.ringer.trouble:
        which = f"job {short(last_id)} is" if count == 1 else f"{count:,} jobs are"
        found = f"a worker will find {'it' if count == 1 else 'them'} in the store"
        shell.warn(f"{which} accepted; {trouble.message}, {found}")


def unheard_change(shell: Shell) -> None:
    """Warn where the bell did not ring for what was changed by hand."""
    if trouble := shell.services.ringer.trouble:
        shell.warn(f"{trouble.message}; workers and watchers find it in the store")


def held_back(shell: Shell, job_type: str) -> bool:
    """Warn where jobs of this type wait because it, or all intake, is paused."""
    from plinthctl.render.pauses import waits_words

    pauses = shell.services.pausing.holding(job_type)
    if pauses:
        message, fix = waits_words(pauses, shell.services.store.now())
        shell.warn(message, fix=fix)
    return bool(pauses)


def unserved(shell: Shell, job: "JobView", *, more: bool = False) -> None:
    """Warn where no worker runs jobs of this type, or may; ``more``: they are several."""
    from plinthctl.render.times import local_time
    from plinthctl.services.standby import is_served

    if job.status is not JobStatus.PENDING:
        return
    try:
        served = held_back(shell, job.type) or is_served(shell.services.store, job.type)
    except StoreUnavailable:
        return  # nobody knows
    if served:
        return
    expires_at = max(job.available_at, job.read_at) + shell.settings.expiry.pending
    at = local_time(expires_at, job.read_at)
    which = "the jobs expire" if more else "the job expires"
    shell.warn(f"no worker is running; {which} at {at} unless one starts", fix="plinthctl worker")


def spending(shell: Shell, orgs: Iterable[str]) -> None:
    """Warn where these organisations have spent most of their budgets, or all."""
    with suppress(StoreUnavailable):  # all is said already, but for this
        for told in shell.services.spendings.warnings(orgs):
            shell.warn(told, fix="plinthctl stats --by org --since 24h")


def unwatched(shell: Shell, evaluated_at: "datetime | None", now: "datetime") -> None:
    """Warn where nobody evaluates the alerts, so that nobody would be called."""
    from plinthctl.domain.alert_board import unwatched as words

    if why := words(evaluated_at, now):
        fix = "plinthctl worker, or each minute from cron: plinthctl reap -q"
        shell.warn(f"{why}; nothing is told", fix=fix)
