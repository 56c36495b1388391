"""What must be true after any run, whatever was done to it: each rule finds what breaks it.

Written from the rules alone: no code of the product's, and what happened is replayed
from the events instead of being looked at now and then.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tests.chaos.soak.evidence import Event, Evidence, Line

ORG_LIMIT: Final = 5
USER_LIMIT: Final = 3
TRIES_AT_MOST: Final = 4
ENDS: Final = {
    "completed": "completed",
    "failed": "failed",
    "expired": "failed",
    "worker_lost": "failed",
    "cancelled": "cancelled",
}
BEGINS: Final = {"submitted", "retried"}
MOVES: Final = {
    ("", "submitted"): "pending",
    ("pending", "claimed"): "running",
    ("pending", "cancelled"): "cancelled",
    ("pending", "expired"): "failed",
    ("pending", "parked"): "pending",
    ("running", "waiting"): "pending",
    ("running", "released"): "pending",
    ("running", "parked"): "pending",
    ("running", "recovered"): "pending",
    ("running", "completed"): "completed",
    ("running", "failed"): "failed",
    ("running", "expired"): "failed",
    ("running", "worker_lost"): "failed",
    ("running", "cancelled"): "cancelled",
    ("failed", "retried"): "pending",
    ("cancelled", "retried"): "pending",
}
MOVING: Final = {kind for _, kind in MOVES}
STEP_ENDS: Final = {"step_done", "step_failed", "step_degraded"}
# What a request may come late: between the store's clock and the journal's lies its way.
ON_ITS_WAY_US: Final = 50_000
# A worker that stood still goes on for so long until it learns what it has lost.
AWAKE_AGAIN_US: Final = 5_000_000
EXIT_CODES: Final = {
    "submit": {0, 5, 6},
    "submit-many": {0, 5, 6},
    "cancel": {0, 4, 6},
    "retry": {0, 4, 5, 6},
    "reap": {0, 6},
    "list": {0, 6},
    "leave": {0},
}
KILLED: Final = -9
Found = Iterator[str]


@dataclass(frozen=True)
class Life:
    """From a submission or a retry by hand to the next one."""

    events: tuple[Event, ...]

    @property
    def began(self) -> int:
        return self.events[0].at

    @property
    def ends(self) -> list[Event]:
        return [event for event in self.events if event.kind in ENDS]

    def says(self, kind: str) -> bool:
        return any(event.kind == kind for event in self.events)


def lives(events: list[Event]) -> list[Life]:
    starts = [place for place, event in enumerate(events) if event.kind in BEGINS]
    return [Life(tuple(events[a:b])) for a, b in pairwise([*starts, len(events)])]


# -- each job ---------------------------------------------------------------------------


def accepted_jobs_are_there(found: Evidence) -> Found:
    for line in [*found.said("submit", "ok"), *found.said("submit-many")]:
        for job in line.more.get("jobs", ()):
            if job not in found.jobs:
                yield f"{job} was accepted and is not there"


def every_job_ends_once(found: Evidence) -> Found:
    for job in found.jobs.values():
        of_job = lives(found.events.get(job.id, []))
        ended = [len(life.ends) for life in of_job]
        if not ended or set(ended) != {1}:
            yield f"{job.id} has lives that ended {ended} times"
        elif ENDS[of_job[-1].ends[0].kind] != job.status:
            yield f"{job.id} is {job.status}, and its last end was {of_job[-1].ends[0].kind}"
        elif found.ends[job.id] != len(of_job):
            yield f"{job.id} ended {len(of_job)} times and has {found.ends[job.id]} rows of ends"


def events_are_dense(found: Evidence) -> Found:
    for job in found.jobs.values():
        numbers = [event.seq for event in found.events.get(job.id, [])]
        if numbers != list(range(1, job.event_seq + 1)):
            yield f"{job.id} has the events {numbers} and counts {job.event_seq}"


def only_what_may_follow_follows(found: Evidence) -> Found:
    for job, events in found.events.items():
        status = ""
        for event in events:
            if event.kind in MOVING:
                before, status = status, MOVES.get((status, event.kind), "?")
                if status == "?":
                    yield f"{job}: {event.kind} (event {event.seq}) while {before or 'not there'}"
                    break
            elif event.kind in STEP_ENDS and status != "running":
                yield f"{job}: {event.kind} (event {event.seq}) while {status}"


def tokens_rise(found: Evidence) -> Found:
    for job, events in found.events.items():
        newest = held = 0
        for event in events:
            again = event.kind == "claimed" and event.token <= newest
            late = event.kind in STEP_ENDS and event.token != held
            if event.token < newest or again or late:
                yield f"{job}: {event.kind} (event {event.seq}) has the token {event.token}"
            newest = max(newest, event.token)
            held = event.token if event.kind == "claimed" else held


def only_completed_jobs_have_results(found: Evidence) -> Found:
    for job in found.jobs.values():
        expected = 1 if job.status == "completed" else 0
        if found.results[job.id] != expected:
            yield f"{job.id} is {job.status} and has {found.results[job.id]} results"


def nothing_is_of_no_job(found: Evidence) -> Found:
    for job in (found.events.keys() | found.results.keys()) - found.jobs.keys():
        yield f"{job} has events or results and is not there"


# -- steps ------------------------------------------------------------------------------


def stored_at(found: Evidence) -> dict[tuple[str, str], int]:
    return {
        (job, event.data["step"]): event.at
        for job, events in found.events.items()
        for event in events
        if event.kind == "step_done"
    }


def stored_steps_begin_no_more(found: Evidence) -> Found:
    for job, events in found.events.items():
        stored = set[str]()
        for event in events:
            for step in stored.intersection(event.begins):
                yield f"{job}: {step} began again (event {event.seq}) and was stored"
            if event.kind == "step_done":
                if event.data["step"] in stored:
                    yield f"{job}: {event.data['step']} was stored twice"
                stored.add(event.data["step"])


def stored_steps_ask_no_more(found: Evidence) -> Found:
    """By the simulator's journal. A worker that stood still may finish its sentence."""
    stored, awake = stored_at(found), [line.ended for line in found.said("fault", "worker stopped")]
    for call in found.calls:
        late = call.at - stored.get((call.job, call.step), call.at)
        woken = any(0 <= call.at - at <= AWAKE_AGAIN_US for at in awake)
        if late > ON_ITS_WAY_US and not woken:
            yield f"{call.job}: {call.step} asked {late / 1e6:.3f} s after it was stored"


def tries_are_counted(found: Evidence) -> Found:
    for (job, step, of), tries in found.tries.items():
        if tries > TRIES_AT_MOST:
            yield f"{job}: {step} was tried {tries} times in round {of}"


# -- limits -----------------------------------------------------------------------------


def limits_hold_at_every_instant(found: Evidence) -> Found:
    active = Counter[tuple[str, str]]()
    for event in found.all_events():
        job = found.jobs.get(event.job)
        change = 1 if event.kind in BEGINS else -1 if event.kind in ENDS else 0
        if job is None or not change:
            continue
        for scope, limit in ((("org", job.org), ORG_LIMIT), (("user", job.user), USER_LIMIT)):
            active[scope] += change
            if change > 0 and active[scope] > limit:
                yield f"{job.id} was the {active[scope]}th active job of {' '.join(scope)}"


# -- what clients were told -------------------------------------------------------------


def one_key_is_one_job(found: Evidence) -> Found:
    keyed = Counter((job.org, job.key) for job in found.jobs.values() if job.key)
    for (org, key), jobs in keyed.items():
        if jobs > 1:
            yield f"the key {key} of {org} made {jobs} jobs"


def refused_submits_made_nothing(found: Evidence) -> Found:
    refused = {line.more["key"] for line in found.said("submit", "refused")}
    refused -= {line.more["key"] for line in found.said("submit") if line.said != "refused"}
    for job in found.jobs.values():
        if job.key in refused:
            yield f"{job.id} is there, and its submit was refused"


def cancels_that_were_accepted_end_cancelled(found: Evidence) -> Found:
    for job, events in found.events.items():
        for life in lives(events):
            if life.says("cancel_requested") and [e.kind for e in life.ends] != ["cancelled"]:
                yield f"{job} was asked to cancel and ended {[e.kind for e in life.ends]}"
    for line in found.said("cancel", "ok"):
        if not _cancelled(found, line):
            yield f"{line.more['job']}: its cancel was accepted, and it did not end cancelled"


def _cancelled(found: Evidence, line: Line) -> bool:
    """Whether a life that the cancel can have met ended by it."""
    of_job = lives(found.events.get(line.more["job"], []))
    next_began = [*(life.began for life in of_job[1:]), line.began]
    met = (
        life
        for life, over in zip(of_job, next_began, strict=True)
        if life.began <= line.ended and over >= line.began
    )
    return any(life.says("cancelled") for life in met)


def retries_that_were_accepted_happened(found: Evidence) -> Found:
    sure, maybe = (Counter(_of(found, "retry", said)) for said in ("ok", "unknown"))
    for job in found.jobs:
        kinds = [event.kind for event in found.events.get(job, [])]
        if not sure[job] <= (told := kinds.count("retried")) <= sure[job] + maybe[job]:
            yield f"{job} was retried {told} times; {sure[job]} were accepted, {maybe[job]} unsure"


def _of(found: Evidence, act: str, said: str) -> Iterator[str]:
    return (line.more["job"] for line in found.said(act, said))


def programs_end_as_they_should(found: Evidence) -> Found:
    for line in found.lines:
        code = line.more.get("exit")
        killed = code == KILLED and line.more.get("killed")
        # Told to leave before it was a worker: there was nothing to give back.
        early = line.act == "leave" and line.more["pid"] not in found.workers
        if code is not None and code not in EXIT_CODES[line.act] and not killed and not early:
            yield f"{line.act} ended with {code}: {line.more.get('stderr')}"


def nobody_sees_a_traceback(found: Evidence) -> Found:
    for line in found.lines:
        if "Traceback" in line.more.get("stderr", ""):
            yield f"{line.act}: {line.more['stderr']}"


def the_store_is_sound(found: Evidence) -> Found:
    yield from found.trouble


RULES: Final[tuple[Callable[[Evidence], Found], ...]] = (
    accepted_jobs_are_there,
    every_job_ends_once,
    events_are_dense,
    only_what_may_follow_follows,
    tokens_rise,
    only_completed_jobs_have_results,
    nothing_is_of_no_job,
    stored_steps_begin_no_more,
    stored_steps_ask_no_more,
    tries_are_counted,
    limits_hold_at_every_instant,
    one_key_is_one_job,
    refused_submits_made_nothing,
    cancels_that_were_accepted_end_cancelled,
    retries_that_were_accepted_happened,
    programs_end_as_they_should,
    nobody_sees_a_traceback,
    the_store_is_sound,
)


def violations(found: Evidence) -> list[str]:
    """What breaks a rule, each with the rule's name."""
    return [f"{rule.__name__}: {what}" for rule in RULES for what in rule(found)]
