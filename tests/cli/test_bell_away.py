"""Where Redis is away everything is accepted, takes little longer, and one line says why."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from plinthctl.store import Store
from tests.broker.ringing import bell_at
from tests.cli.conftest import Call
from tests.nursery import PROGRAM
from tests.valkeys import Valkey

ACME: Final = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
SUBMIT: Final = ("submit", "competitor_analysis", *ACME)
NOBODY: Final = "redis://127.0.0.1:1/0"  # nobody listens on port 1
PROMPTLY_S: Final = 5.0  # 3 s are promised; a busy machine gets more

Point = Callable[[str], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Point:
    """Set ``redis.url``."""
    return lambda url: monkeypatch.setenv("PLINTHCTL_REDIS_URL", url)


@pytest.fixture
def frozen(valkey: Valkey, at: Point) -> Iterator[Valkey]:
    at(valkey.tcp_url)
    valkey.freeze()
    yield valkey
    valkey.thaw()


def test_a_submit_to_nobody_is_accepted_and_says_so(call: Call, store: Store, at: Point) -> None:
    at(NOBODY)
    said = call(*SUBMIT)
    job_id = said.out.rstrip("\n")
    assert (said.code, store.job(job_id) is not None) == (0, True)
    assert said.err.splitlines()[0] == (
        f"warning: job {job_id[-8:]} is accepted; Redis at {NOBODY} refuses connections,"
        " a worker will find it in the store"
    )


def test_a_submit_as_json_keeps_its_warning_apart(call: Call, at: Point) -> None:
    at(NOBODY)
    said = call(*SUBMIT, "-o", "json")
    assert said.code == 0
    assert json.loads(said.out)["status"] == "pending"
    assert "refuses connections" in said.err
    assert call(*SUBMIT, "-q").err == ""


@pytest.mark.usefixtures("frozen")
def test_a_submit_to_a_server_that_stands_still_is_accepted_promptly(
    call: Call, store: Store
) -> None:
    began = time.monotonic()
    said = call(*SUBMIT)
    assert time.monotonic() - began < PROMPTLY_S
    assert said.code == 0
    assert store.job(said.out.strip()) is not None
    assert "is accepted; Redis at redis://127.0.0.1:" in said.err
    assert "/0 does not answer, a worker will find it in the store" in said.err


@pytest.mark.usefixtures("frozen")
def test_many_cancels_wait_once_for_a_server_that_stands_still(
    call: Call, store: Store, a_pending_job: Callable[..., str]
) -> None:
    ids = [a_pending_job() for _ in range(8)]
    began = time.monotonic()
    said = call("cancel", *ids, "--yes")
    assert time.monotonic() - began < PROMPTLY_S
    assert (said.code, len(said.out.splitlines())) == (0, 8)
    assert {store.job(job_id).status for job_id in ids} == {"cancelled"}  # type: ignore[union-attr]
    (line,) = said.err.splitlines()
    assert line.startswith("warning: Redis at redis://127.0.0.1:")
    assert line.endswith(" does not answer; workers and watchers find it in the store")


def test_a_cancel_to_nobody_is_done_and_says_so(
    call: Call, a_pending_job: Callable[..., str], at: Point
) -> None:
    at(NOBODY)
    said = call("cancel", job_id := a_pending_job(), "-o", "id")
    assert (said.code, said.out) == (0, f"{job_id}\n")
    assert said.err == (
        f"warning: Redis at {NOBODY} refuses connections;"
        " workers and watchers find it in the store\n"
    )


def test_a_bell_that_is_there_and_one_that_nobody_needs_are_not_spoken_of(
    call: Call, a_pending_job: Callable[..., str], valkey: Valkey, at: Point
) -> None:
    for url in ("embedded", valkey.url):
        at(url)
        assert "Redis" not in call(*SUBMIT, "--org", url[:3]).err
        assert call("cancel", a_pending_job()).err == ""


def test_a_watch_without_a_bell_says_that_it_looks_instead(
    call: Call, a_pending_job: Callable[..., str], at: Point
) -> None:
    at(NOBODY)
    said = call("watch", a_pending_job(), "--timeout", "200ms")
    assert said.code == 124
    line = f"Redis at {NOBODY} refuses connections: no live updates, looking each 0.5 s"
    assert said.err.splitlines()[0] == line
    assert said.err.count("no live updates") == 1


@pytest.mark.parametrize("how", [("--poll",), ("--interval", "100ms")])
def test_whoever_asks_to_poll_is_told_nothing_of_the_bell(
    call: Call, a_pending_job: Callable[..., str], at: Point, how: tuple[str, ...]
) -> None:
    at(NOBODY)
    assert "Redis" not in call("watch", a_pending_job(), "--timeout", "200ms", *how).err


def test_a_submit_that_waits_says_once_that_it_looks_instead(
    call: Call, at: Point, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(NOBODY)
    monkeypatch.setattr("plinthctl.services.standby.is_served", lambda *_: True)
    said = call(*SUBMIT, "--wait", "--timeout", "200ms")
    assert said.code == 124
    assert said.err.count("is accepted; Redis at") == 1
    assert said.err.count("no live updates, looking each 0.5 s") == 1


def test_a_watcher_hears_of_each_change_and_of_the_bells_comings_and_goings(
    store: Store, a_pending_job: Callable[..., str], valkey: Valkey, at: Point
) -> None:
    at(valkey.url)
    job_id = a_pending_job()
    watch: Any = subprocess.Popen(
        [*PROGRAM, "watch", job_id, "--timeout", "none", "-o", "ndjson"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert json.loads(watch.stdout.readline())["kind"] == "state"
        watch.stderr.readline()  # the job as it is
        valkey.kill()
        assert watch.stderr.readline().endswith(": no live updates, looking each 0.5 s\n")
        valkey.start()
        assert watch.stderr.readline() == "live updates are back\n"
        store.listen(bell_at(valkey.url, store.name).ring)
        store.request_cancel(job_id, "ana", None)
        told = json.loads(watch.stdout.readline())
        assert (told["event"], told["seq"]) == ("cancelled", 2)
        assert watch.wait(30) == 9
    finally:
        watch.kill()
        watch.communicate()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://:c4n4ry@h", "must be embedded or begin with redis://"),
        ("redis://:c4n4ry@a,b", "names several servers"),
        ("redis://:c4n4ry@h:port", "has a port that is no number"),
        ("redis://:c4n4ry/x@h", "has a port that is no number"),
        ("rediss://:c4n4ry@h?ssl_ca_certs=/no/ca.pem", "ssl_ca_certs cannot be used: no such"),
    ],
)
@pytest.mark.parametrize("command", [SUBMIT, ("list",), ("worker", "--burst")], ids=lambda c: c[0])
def test_an_address_that_is_none_is_a_mistake_in_the_configuration(
    call: Call, at: Point, command: tuple[str, ...], url: str, told: str
) -> None:
    at(url)
    said = call(*command, "--debug")
    assert (said.code, said.out) == (7, "")
    assert told in said.err
    assert "c4n4ry" not in said.err
