"""Listening for a while: what is heard, and how an end of it is noticed."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import Redis

from plinthctl.broker.bell import Bell
from plinthctl.broker.ear import Ear
from plinthctl.errors import BellUnavailable
from tests.broker.ringing import bell_at, news, rings, until
from tests.stores import an_id
from tests.valkeys import Valkey

LONG_S = 20.0  # nothing below waits so long


@pytest.fixture
def jobs() -> list[str]:
    return [an_id() for _ in range(3)]


@pytest.fixture
def ear(valkey: Valkey, jobs: list[str]) -> Iterator[Ear]:
    listening = bell_at(valkey.url).ear(jobs)
    assert listening is not None
    yield listening
    listening.close()


def test_whoever_has_an_ear_misses_nothing_that_is_said_from_then_on(
    valkey: Valkey, ear: Ear, jobs: list[str]
) -> None:
    for seq, job_id in enumerate(jobs[:2]):
        rings(valkey.url)([news("completed", job_id=job_id, seq=seq)])
    heard = ear.wait(LONG_S)
    while heard != set(jobs[:2]):
        heard |= ear.wait(LONG_S)
    assert ear.wait(0.0) == frozenset()


def test_words_of_others_jobs_are_not_heard(valkey: Valkey, ear: Ear, jobs: list[str]) -> None:
    rings(valkey.url)([news("completed")])
    rings(valkey.url)([news("completed", job_id=jobs[2])])
    assert ear.wait(LONG_S) == {jobs[2]}


def test_a_job_that_is_named_twice_is_heard_once(valkey: Valkey, jobs: list[str]) -> None:
    ear = bell_at(valkey.url).ear([jobs[0], jobs[0]])
    assert ear is not None
    rings(valkey.url)([news("completed", job_id=jobs[0])])
    assert ear.wait(LONG_S) == {jobs[0]}
    ear.close()


def test_a_word_ends_the_waiting(valkey: Valkey, ear: Ear, jobs: list[str]) -> None:
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(ear.wait, LONG_S)
        rings(valkey.url)([news("completed", job_id=jobs[0])])
        assert heard.result(LONG_S) == {jobs[0]}


def test_silence_is_waited_for_to_its_end_also_when_a_sign_of_life_comes(ear: Ear) -> None:
    for _ in range(3):
        began = time.monotonic()
        assert ear.wait(0.05) == frozenset()
        assert time.monotonic() - began >= 0.05


def test_a_server_that_is_gone_ends_the_waiting_at_once(valkey: Valkey, ear: Ear) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ear.wait, LONG_S)
        valkey.kill()
        with pytest.raises(BellUnavailable, match="hung up"):
            waiting.result(LONG_S / 2)


def test_a_server_that_came_back_is_not_taken_for_the_one_that_was_listened_to(
    valkey: Valkey, ear: Ear
) -> None:
    """What was said in between is lost, and must be asked for."""
    valkey.restart()
    with pytest.raises(BellUnavailable):
        ear.wait(LONG_S)


def test_a_server_that_stands_still_is_noticed_in_the_second_silence(
    valkey: Valkey, ear: Ear
) -> None:
    valkey.freeze()
    assert ear.wait(0.05) == frozenset()
    with pytest.raises(BellUnavailable, match="does not answer"):
        ear.wait(0.05)
    valkey.thaw()


@pytest.mark.parametrize("stands_still", [True, False])
def test_an_ear_that_could_not_be_had_keeps_no_connection(
    valkey: Valkey, server: Redis, jobs: list[str], stands_still: bool
) -> None:
    held = []
    if stands_still:
        valkey.freeze()
    else:
        server.execute_command("ACL SETUSER default resetchannels")
    try:
        bell_at(valkey.url).ear(jobs)
    except BellUnavailable as error:
        held.append(error)  # with its trace, as a follower does
    valkey.thaw()
    assert len(held) == 1
    until(lambda: len(_clients(server)) == 1, "the others hung up")


def _clients(server: Redis) -> list[Any]:
    clients: Any = server.client_list()
    return list(clients)


def test_where_there_is_no_bell_there_is_no_ear_and_no_trouble() -> None:
    nowhere = Bell(lambda: None, lambda: "store")
    assert nowhere.ear([an_id()]) is None
    nowhere.ring([news()])


def test_an_ear_that_is_closed_hangs_up(ear: Ear, server: Redis) -> None:
    assert len(_clients(server)) == 2
    ear.close()
    until(lambda: len(_clients(server)) == 1, "it hung up")


def test_a_connection_says_whose_it_is(ear: Ear, server: Redis) -> None:
    assert "plinthctl" in {client["name"] for client in _clients(server)}


def test_many_jobs_are_listened_to_at_once(valkey: Valkey) -> None:
    jobs = [an_id() for _ in range(500)]
    ear = bell_at(valkey.url).ear(jobs)
    assert ear is not None
    say_all = threading.Thread(
        target=lambda: rings(valkey.url)([news("completed", job_id=i) for i in jobs])
    )
    say_all.start()
    heard = set[str]()
    while heard < set(jobs):
        heard |= ear.wait(LONG_S)
    say_all.join()
    ear.close()
