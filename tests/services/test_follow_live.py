"""Following while somebody tells: each event once and in order, whatever becomes of the bell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.views import JobView
from plinthctl.errors import NotFound, StoreUnavailable
from plinthctl.services.follow import Away, Deaf, Follow, Pace, Seen, Update
from tests.services.stage import (
    LIVE,
    POLL_S,
    USUAL_S,
    Act,
    Stage,
    breaks,
    ends,
    falls_silent,
    happens,
    is_taken_down,
    rings_again,
    store_leaves,
    store_returns,
)


def told(updates: Sequence[tuple[float, Update]]) -> list[tuple[float, str, list[int]]]:
    """When which job was told of, with its events; none: its state."""
    return [
        (second, one.job.id, [event.seq for event in one.events])
        for second, update in updates
        if isinstance(update, Seen)
        for one in update.news
    ]


def others(updates: Sequence[tuple[float, Update]]) -> list[tuple[float, str]]:
    """When something else than the jobs was told."""
    return [(second, _word(update)) for second, update in updates if not isinstance(update, Seen)]


def _word(update: Update) -> str:
    match update:
        case Away():
            return "away"
        case Deaf(error=None):
            return "hears"
        case _:
            return "deaf"


def test_the_state_comes_first_and_then_each_event_as_it_is_told() -> None:
    stage = Stage("a").at(0.2, happens("a")).at(0.9, happens("a")).at(1.1, ends("a"))
    seen = told(stage.follow())
    assert seen == [(0.0, "a", []), (0.2, "a", [2]), (0.9, "a", [3]), (1.1, "a", [4])]
    assert stage.ears == 0


def test_what_is_usual_is_known_from_the_first_look_on() -> None:
    stage = Stage("a").at(0.2, happens("a")).at(0.9, ends("a"))
    looks = [update.jobs[0] for _, update in stage.follow() if isinstance(update, Seen)]
    assert [job.usual_s for job in looks] == [USUAL_S] * 3


def test_events_that_came_together_are_told_together_and_in_order() -> None:
    stage = Stage("a").at(0.2, happens("a"), happens("a"), ends("a"))
    assert told(stage.follow()) == [(0.0, "a", []), (0.2, "a", [2, 3, 4])]


def test_what_has_ended_before_is_told_once_and_nobody_listens_any_longer() -> None:
    stage = Stage("a")
    stage.happen("a", ends=True)
    assert told(stage.follow()) == [(0.0, "a", [])]
    assert (stage.ears, stage.now) == (0, 0.0)


def test_only_the_jobs_that_were_heard_of_are_asked_for() -> None:
    stage = Stage("a", "b").at(0.5, happens("b")).at(0.6, ends("a")).at(0.7, ends("b"))
    stage.follow()
    asked = [known for _, known in stage.asked]
    assert asked == [{"a": None, "b": None}, {"b": 1}, {"a": 1}, {"b": 2}]


def test_a_lost_word_is_made_good_within_two_seconds() -> None:
    stage = Stage("a").at(0.3, happens("a", told=False)).at(2.3, ends("a"))
    assert told(stage.follow()) == [(0.0, "a", []), (2.0, "a", [2]), (2.3, "a", [3])]


def test_a_lost_word_is_made_good_also_while_others_are_heard_all_the_time() -> None:
    stage = Stage("a", "b").at(0.1, ends("b", told=False))
    for tenth in range(1, 40):
        stage.at(tenth / 10 + 0.05, happens("a"))
    stage.at(4.0, ends("a"))
    (told_b,) = [second for second, job_id, seqs in told(stage.follow()) if job_id == "b" and seqs]
    assert 2.0 <= told_b <= 2.2


def test_silence_is_no_news() -> None:
    stage = Stage("a").at(7.0, ends("a"))
    updates = stage.follow()
    assert told(updates) == [(0.0, "a", []), (7.0, "a", [2])]
    assert [second for second, _ in updates] == [0.0, 2.0, 4.0, 6.0, 7.0]


def test_a_bell_that_does_not_answer_is_said_once_and_the_store_is_looked_at() -> None:
    stage = Stage("a").at(0.0, falls_silent).at(1.2, happens("a")).at(3.1, ends("a"))
    stage.sleep(0.0)
    updates = stage.follow()
    assert others(updates) == [(0.0, "deaf")]
    assert told(updates) == [(0.0, "a", []), (1.5, "a", [2]), (3.5, "a", [3])]


def test_a_bell_that_rings_again_is_said_and_listened_to() -> None:
    stage = Stage("a").at(0.0, falls_silent).at(2.2, rings_again).at(5.05, ends("a"))
    stage.sleep(0.0)
    updates = stage.follow()
    assert others(updates) == [(0.0, "deaf"), (3.0, "hears")]  # tried after 1 s and 2 s more
    assert told(updates)[-1] == (5.05, "a", [2])


def test_an_ear_that_breaks_in_the_middle_is_replaced_without_a_word() -> None:
    stage = Stage("a").at(0.4, breaks, happens("a", told=False)).at(0.6, ends("a"))
    updates = stage.follow()
    assert others(updates) == []
    assert told(updates) == [(0.0, "a", []), (0.4, "a", [2]), (0.6, "a", [3])]


def test_an_ear_that_breaks_for_good_is_said() -> None:
    stage = Stage("a").at(0.4, falls_silent, breaks, happens("a")).at(0.7, ends("a"))
    updates = stage.follow()
    assert others(updates) == [(0.4, "deaf")]
    assert told(updates) == [(0.0, "a", []), (0.4, "a", [2]), (0.9, "a", [3])]
    assert stage.ears == 0


def test_a_bell_that_goes_with_its_last_worker_is_no_trouble() -> None:
    stage = Stage("a").at(0.4, is_taken_down).at(0.6, ends("a"))
    updates = stage.follow()
    assert others(updates) == []
    assert told(updates) == [(0.0, "a", []), (0.9, "a", [2])]


def test_a_bell_that_is_hung_up_later_is_listened_to_from_then_on() -> None:
    stage = Stage("a").at(0.0, is_taken_down).at(2.05, ends("a"))
    stage.at(1.2, lambda stage: setattr(stage, "there_is_a_bell", True))
    stage.sleep(0.0)
    updates = stage.follow()
    assert others(updates) == []
    assert told(updates)[-1] == (2.05, "a", [2])


def test_whoever_wants_to_poll_asks_no_bell() -> None:
    stage = Stage("a").at(0.3, ends("a"))
    updates = stage.follow(pace=Pace(2.0, live=False))
    assert told(updates) == [(0.0, "a", []), (2.0, "a", [2])]


def test_a_store_that_is_away_is_said_and_nothing_is_lost_meanwhile() -> None:
    stage = Stage("a").at(0.5, store_leaves, happens("a")).at(1.0, happens("a"))
    stage.at(2.0, store_returns).at(3.9, ends("a"))
    updates = stage.follow()
    assert others(updates) == [(0.5, "away"), (1.5, "away")]
    assert told(updates) == [(0.0, "a", []), (3.5, "a", [2, 3]), (3.9, "a", [4])]


def test_the_limit_ends_the_following_with_a_last_look() -> None:
    stage = Stage("a").at(2.5, happens("a", told=False))
    updates = stage.follow(pace=Pace(POLL_S, limit_s=3.0))
    assert told(updates) == [(0.0, "a", []), (3.0, "a", [2])]
    assert (stage.now, stage.ears) == (3.0, 0)


def test_a_store_that_is_away_at_the_limit_is_an_error_and_nobody_listens() -> None:
    stage = Stage("a").at(2.5, store_leaves, happens("a"))
    with pytest.raises(StoreUnavailable):
        stage.follow(pace=Pace(POLL_S, limit_s=3.0))
    assert stage.ears == 0


def test_a_follower_that_is_left_hangs_up() -> None:
    stage = Stage("a")
    updates = Follow(stage, stage, lambda: stage.now, stage.sleep).updates(["a"], LIVE)
    next(updates)
    assert stage.ears == 1
    updates.close()  # type: ignore[attr-defined]
    assert stage.ears == 0


def test_a_job_that_vanishes_while_it_is_followed_is_an_error() -> None:
    stage = Stage("a").at(0.5, lambda stage: stage.vanish("a"))
    with pytest.raises(NotFound):
        stage.follow()


def test_a_state_older_than_the_one_that_was_shown_is_not_shown() -> None:
    stage = Stage("a").at(0.5, happens("a"), happens("a"))
    stage.at(1.0, lambda stage: stage.go_back("a")).at(2.8, happens("a"), ends("a"))
    shown = [u.jobs[0] for _, u in stage.follow() if isinstance(u, Seen)]
    seqs = [job.event_seq for job in shown]
    assert seqs == sorted(seqs)
    assert seqs[-1] == 4


def test_a_job_named_twice_is_followed_once() -> None:
    stage = Stage("a").at(0.5, ends("a"))
    assert told(stage.follow("a", "a")) == [(0.0, "a", []), (0.5, "a", [2])]


def test_several_jobs_are_seen_in_the_order_they_were_asked_for() -> None:
    stage = Stage("a", "b", "c").at(0.5, ends("b")).at(0.6, ends("a")).at(0.7, ends("c"))
    updates = stage.follow("c", "a", "b")
    assert {tuple(j.id for j in u.jobs) for _, u in updates if isinstance(u, Seen)} == {
        ("c", "a", "b")
    }


STEPS = st.sampled_from(["event", "lost", "breaks", "silent", "rings", "leaves", "returns"])
ACTS: Final[Mapping[str, Callable[[str], Act]]] = {
    "event": happens,
    "lost": lambda job_id: happens(job_id, told=False),
    "breaks": lambda _: breaks,
    "silent": lambda _: falls_silent,
    "rings": lambda _: rings_again,
    "leaves": lambda _: store_leaves,
    "returns": lambda _: store_returns,
}


@given(st.lists(st.tuples(st.integers(0, 100), STEPS, st.sampled_from("abc")), max_size=40))
def test_whatever_happens_each_event_is_told_once_and_in_order(
    plan: list[tuple[int, str, str]],
) -> None:
    stage = Stage("a", "b", "c")
    for tenth, step, job_id in plan:
        stage.at(tenth / 10, ACTS[step](job_id))
    stage.at(11.0, store_returns, *(ends(job_id) for job_id in "abc"))
    updates = stage.follow()
    for job_id in "abc":
        seqs = [seq for _, i, events in told(updates) if i == job_id for seq in events]
        first, last = _shown(updates, job_id)
        assert seqs == list(range(first.event_seq + 1, last.event_seq + 1))
        assert last.ended
    words = [word for _, word in others(updates) if word != "away"]
    assert words == ["deaf", "hears"] * (len(words) // 2) + ["deaf"] * (len(words) % 2)
    assert stage.now <= 11.0 + 8.0
    assert stage.ears == 0


def _shown(updates: Sequence[tuple[float, Update]], job_id: str) -> tuple[JobView, JobView]:
    shown = [j for _, u in updates if isinstance(u, Seen) for j in u.jobs if j.id == job_id]
    return shown[0], shown[-1]
