"""The checker of a soak can fail: whatever is planted in a good run is found by its rule."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.chaos.soak.checker import RULES, violations
from tests.chaos.soak.evidence import Call, Event, Evidence, Job, Line
from tests.chaos.soak.report import recoveries, report

WORKER: Final = "wrk_1"
PID: Final = 7
SECOND: Final = 1_000_000
Plant = Callable[[Evidence], object]


def _event(seq: int, kind: str, token: int, job: str = "job_1", **data: Any) -> Event:
    actor = WORKER if kind == "claimed" else None
    return Event(seq, job, seq, seq * SECOND, kind, actor, token, data)


def _good() -> Evidence:
    """One job whose first worker was killed at second 3, and which then completed."""
    events = [
        _event(1, "submitted", 0),
        _event(2, "claimed", 1, steps=["a", "b"]),
        _event(3, "step_done", 1, step="a"),
        _event(4, "recovered", 2),
        _event(5, "claimed", 3, steps=["b"]),
        _event(6, "step_done", 3, step="b"),
        _event(7, "completed", 3),
    ]
    return Evidence(
        jobs={"job_1": Job("job_1", "org", "ana", "completed", "key-1", 7)},
        events={"job_1": events},
        results=Counter({"job_1": 1}),
        ends=Counter({"job_1": 1}),
        tries={("job_1", "a", 0): 1, ("job_1", "b", 0): 1},
        workers={PID: [WORKER]},
        calls=[Call("job_1", "a", 2_500_000), Call("job_1", "b", 5_500_000)],
        lines=[
            _line("submit", "ok", 0, jobs=["job_1"], key="key-1", exit=0, redis=True),
            _line("kill", "ok", 3 * SECOND + 1, pid=PID),
        ],
    )


def _line(act: str, said: str, at: int, **more: Any) -> Line:
    return Line(act, said, at, at + SECOND, more)


def _replace_event(found: Evidence, seq: int, **values: Any) -> None:
    events = found.events["job_1"]
    events[seq - 1] = replace(events[seq - 1], **values)


def _add_event(found: Evidence, kind: str, token: int, **data: Any) -> None:
    seq = len(found.events["job_1"]) + 1
    found.events["job_1"].append(_event(seq, kind, token, **data))
    found.jobs["job_1"] = replace(found.jobs["job_1"], event_seq=seq)


def _many_active(found: Evidence, users: int) -> None:
    """Six jobs at once, the organisation's or one user's."""
    for number in range(6):
        name = f"job_x{number}"
        found.jobs[name] = Job(name, "full", f"user-{number % users}", "completed", None, 4)
        seqs = [_event(1, "submitted", 0, name), _event(2, "claimed", 1, name)]
        seqs += [_event(3, "step_done", 1, name, step="a"), _event(4, "completed", 1, name)]
        found.events[name] = [replace(one, order=100 * one.seq + number) for one in seqs]
        found.results[name] = found.ends[name] = 1


def _cancel_unheeded(found: Evidence) -> None:
    found.lines.append(_line("cancel", "ok", 5 * SECOND, job="job_1", exit=0))


def _unknown_job(found: Evidence) -> None:
    found.lines.append(_line("submit", "ok", 9, jobs=["job_2"], key="key-2", exit=0, redis=True))


def _refused_made_one(found: Evidence) -> None:
    found.lines[0] = replace(found.lines[0], said="refused", more={"key": "key-1", "exit": 5})


PLANTED: Final[dict[str, tuple[str, Plant]]] = {
    "an accepted job is gone": ("accepted_jobs_are_there", _unknown_job),
    "a job that never ended": ("every_job_ends_once", lambda f: f.events["job_1"].pop()),
    "a job that ended twice": ("every_job_ends_once", lambda f: _add_event(f, "completed", 3)),
    "a status that no event led to": (
        "every_job_ends_once",
        lambda f: f.jobs.update(job_1=replace(f.jobs["job_1"], status="failed")),
    ),
    "an end without its row": ("every_job_ends_once", lambda f: f.ends.clear()),
    "an event is missing": ("events_are_dense", lambda f: f.events["job_1"].pop(2)),
    "two claims at once": (
        "only_what_may_follow_follows",
        lambda f: _replace_event(f, 4, kind="claimed"),
    ),
    "a step stored by nobody": (
        "only_what_may_follow_follows",
        lambda f: _add_event(f, "step_done", 3, step="c"),
    ),
    "a write of an older claim": ("tokens_rise", lambda f: _replace_event(f, 6, token=1)),
    "a claim with a used token": ("tokens_rise", lambda f: _replace_event(f, 5, token=2)),
    "a completed job without results": (
        "only_completed_jobs_have_results",
        lambda f: f.results.clear(),
    ),
    "results twice": ("only_completed_jobs_have_results", lambda f: f.results.update(["job_1"])),
    "results of no job": ("nothing_is_of_no_job", lambda f: f.results.update(["job_9"])),
    "a stored step begins again": (
        "stored_steps_begin_no_more",
        lambda f: _replace_event(f, 5, data={"steps": ["a", "b"]}),
    ),
    "a stored step asks its provider": (
        "stored_steps_ask_no_more",
        lambda f: f.calls.append(Call("job_1", "a", 5_200_000)),
    ),
    "too many tries": ("tries_are_counted", lambda f: f.tries.update({("job_1", "b", 0): 5})),
    "six active in an organisation": (
        "limits_hold_at_every_instant",
        lambda f: _many_active(f, users=6),
    ),
    "four active of a user": ("limits_hold_at_every_instant", lambda f: _many_active(f, users=1)),
    "one key, two jobs": (
        "one_key_is_one_job",
        lambda f: f.jobs.update(job_2=replace(f.jobs["job_1"], id="job_2")),
    ),
    "a refused submit made a job": ("refused_submits_made_nothing", _refused_made_one),
    "an accepted cancel did nothing": (
        "cancels_that_were_accepted_end_cancelled",
        _cancel_unheeded,
    ),
    "a cancel asked for, and completed": (
        "cancels_that_were_accepted_end_cancelled",
        lambda f: _replace_event(f, 6, kind="cancel_requested"),
    ),
    "an accepted retry did nothing": (
        "retries_that_were_accepted_happened",
        lambda f: f.lines.append(_line("retry", "ok", 8, job="job_1", exit=0)),
    ),
    "a worker left badly": (
        "programs_end_as_they_should",
        lambda f: f.lines.append(_line("leave", "unknown", 8, exit=70, pid=PID)),
    ),
    "a traceback": (
        "nobody_sees_a_traceback",
        lambda f: f.lines.append(_line("list", "unknown", 8, stderr="Traceback (most", exit=6)),
    ),
    "a broken file": ("the_store_is_sound", lambda f: f.trouble.append("row 1 missing")),
}


def test_a_good_run_breaks_no_rule() -> None:
    assert violations(_good()) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found_by_its_rule(planted: str) -> None:
    rule, plant = PLANTED[planted]
    found = _good()
    plant(found)
    assert rule in {one.partition(":")[0] for one in violations(found)}


def test_each_rule_has_something_planted_for_it() -> None:
    assert {rule for rule, _ in PLANTED.values()} == {rule.__name__ for rule in RULES}


def test_who_stood_still_may_finish_its_sentence() -> None:
    found = _good()
    found.calls.append(Call("job_1", "a", 5_200_000))
    found.lines.append(Line("fault", "worker stopped", 2 * SECOND, 5 * SECOND))
    assert violations(found) == []


def test_a_recovery_is_from_the_kill_to_the_next_claim() -> None:
    assert recoveries(_good()) == [pytest.approx(2.0)]


def test_the_page_says_how_to_repeat_and_what_broke() -> None:
    found = _good()
    found.results.clear()
    page = report(found, 7, "sqlite", 30).page()
    assert "`python -m tests.chaos --minutes 30 --database sqlite --seed 7`" in page
    assert "| steps again | 1 |" in page  # the step that the killed worker was at
    assert "- only_completed_jobs_have_results: job_1 is completed and has 0 results" in page
