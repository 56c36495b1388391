"""One job: rehearsed, or stored, told of and followed."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from plinthctl.cli import cautions, ordering, streams
from plinthctl.cli.interrupts import held_back
from plinthctl.cli.options import Output
from plinthctl.cli.ordering import How
from plinthctl.cli.queueing import Queue
from plinthctl.cli.shell import Shell
from plinthctl.domain.ids import short
from plinthctl.domain.job import Phase
from plinthctl.errors import ExitCode, LimitReached, StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.domain.runs import NewJob
    from plinthctl.domain.views import JobView
    from plinthctl.services.follow import Seen
    from plinthctl.services.orders import Order
    from plinthctl.services.submit import Accepted


def submit(shell: Shell, ordered: "Order", given: Mapping[str, Any], how: How) -> None:
    """Make a job of the order and the input that a file gives."""
    from plinthctl.render import ends

    whole = {**ordering.meant(shell, given), **ordered.given}
    job = ordering.job(_filled(shell, replace(ordered, given=whole)))
    if how.dry_run:
        _rehearse(shell, job)
    accepted = _queued(shell, job, how) if how.wait_for_slot else shell.services.submit.admit(job)
    stored = accepted.job
    look = f"plinthctl show {stored.id}"
    cautions.unheard(shell, stored.id)
    cautions.spending(shell, [stored.org])
    if accepted.existing:
        shell.say(ends.existing_line(stored))
    with cautions.still_accepted(f"{stored.id} is", look):
        if how.wait:
            _wait(shell, accepted, how)
        with streams.after(f"{stored.id} is stored all the same: {look}"):
            _print(shell, accepted)
    with suppress(StoreUnavailable):  # all is said already, but for what it waits for
        cautions.unserved(shell, stored)


def _filled(shell: Shell, ordered: "Order") -> "Order":
    """The order with what is missing, as far as somebody is there to ask."""
    from plinthctl.cli import prompts
    from plinthctl.domain.catalog import job_type
    from plinthctl.services.orders import one_decision

    given, decision = one_decision(ordered)
    filled = ordering.meant(shell, prompts.fill(shell, job_type(ordered.type), given))
    given, decision = one_decision(replace(ordered, given=filled, decision=decision))
    return replace(ordered, given=_with_option(shell, given), decision=decision)


def _with_option(shell: Shell, given: dict[str, Any]) -> dict[str, Any]:
    """The input with the whole id of the option that is meant."""
    decision, option = given.get("decision"), given.get("option")
    if not isinstance(decision, str) or not isinstance(option, str):
        return given
    return {**given, "option": shell.services.decisions.option(decision, option)}


def _rehearse(shell: Shell, job: "NewJob") -> NoReturn:
    from plinthctl.render import orders

    would_be = shell.services.submit.rehearse(job)
    cautions.spending(shell, [job.org])
    if shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(orders.order_object(job, would_be))
    elif shell.output is not Output.ID:
        shell.show(orders.order_lines(job, would_be))
    raise typer.Exit


def _queued(shell: Shell, job: "NewJob", how: How) -> "Accepted":
    """The job, once it has found a place. Ctrl-C says whether it had."""
    queue, accepted, asking = Queue(shell, how), None, False
    try:
        while accepted is None:
            asking = True
            with held_back():
                accepted = _place(shell, job)
                asking = False
            if accepted is None:
                queue.wait([job])
    except KeyboardInterrupt:
        _say_stopped(shell, accepted, asking=asking)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return accepted


def _place(shell: Shell, job: "NewJob") -> "Accepted | None":
    try:
        return shell.services.submit.admit(job)
    except LimitReached:
        return None


def _say_stopped(shell: Shell, accepted: "Accepted | None", *, asking: bool) -> None:
    if accepted is not None:
        name = short(accepted.job.id)
        shell.say(f"{name} had just found its place and is submitted: plinthctl cancel {name}")
    elif asking:
        shell.say("Stopped while the store was asked: plinthctl show @last tells its answer.")
    else:
        shell.say("Stopped waiting; nothing was submitted.")


def _print(shell: Shell, accepted: "Accepted") -> None:
    from plinthctl.render import ends

    job = accepted.job
    if shell.output in {Output.JSON, Output.NDJSON}:
        _print_object(shell, accepted)
    elif shell.output is Output.ID or shell.shared.quiet or not shell.terminal.out_is_tty:
        shell.data(job.id)
        if job.phase is Phase.SCHEDULED:
            shell.say(ends.starts_line(job))
    elif not accepted.existing:
        shell.say(*ends.started_lines(shell.services.browse.with_usual(job)))


def _print_object(shell: Shell, accepted: "Accepted") -> None:
    from plinthctl.render import jsons

    detail = shell.services.browse.detail(accepted.job.id)
    told = jsons.job_object(detail, shell.settings.expiry.to_domain())
    shell.json({**told, **({"existing": accepted.existing} if accepted.job.key else {})})


def _wait(shell: Shell, accepted: "Accepted", how: How) -> NoReturn:
    from plinthctl.cli import waiting

    try:
        end = _follow(shell, accepted, how)
    except KeyboardInterrupt:
        _interrupted(shell, accepted.job.id, cancel=how.cancel_on_interrupt)
    waiting.say_end(shell, end)
    if shell.output in {Output.JSON, Output.NDJSON}:
        _print_object(shell, accepted)
    elif end.ended or shell.output is not Output.TABLE:
        waiting.print_end(shell, end.id)
    raise typer.Exit(waiting.exit_code([end]))


def _follow(shell: Shell, accepted: "Accepted", how: How) -> "JobView":
    from plinthctl.cli import standing_by, waiting
    from plinthctl.render import ends
    from plinthctl.services.follow import Pace

    job = accepted.job
    each: Callable[[Seen], None] = waiting.nothing
    with held_back():  # who detaches at once leaves the job to a worker
        if not accepted.existing:
            shell.say(ends.accepted_line(job))
        if not job.ended:
            each = standing_by.ensure_worker(shell, standing_by.for_jobs([job])).must_live
    (end,) = waiting.follow(shell, [job.id], Pace(waiting.CLOSE_UP_S, how.left_s), each=each)
    return end


def _interrupted(shell: Shell, job_id: str, *, cancel: bool) -> NoReturn:
    from plinthctl.cli import waiting

    if cancel:
        shell.services.steer.cancel(job_id, "Ctrl-C during submit --wait")
        shell.say(f"Cancelled {short(job_id)}, as --cancel-on-interrupt asks.")
    else:
        waiting.say_detached(shell, [job_id])
    raise typer.Exit(ExitCode.INTERRUPTED)
