"""Metrics printed, served and written."""

import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.nursery import PROGRAM


def test_they_are_printed_as_they_are(store: Store, call: Call) -> None:
    said = call("metrics")
    assert (said.code, said.err) == (0, "")
    assert "plinthctl_store_up 1.0\n" in said.out
    assert said.out.endswith("\n")


def test_they_are_served_until_stopped(store: Store) -> None:
    server = subprocess.Popen(
        [*PROGRAM, "metrics", "--serve", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert server.stderr is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+/metrics", server.stderr.readline())
        assert found is not None
        with build_opener(ProxyHandler({})).open(found[0], timeout=30) as answer:
            assert b"plinthctl_store_up 1.0" in answer.read()
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 143
        server.stderr.close()


@pytest.mark.parametrize("typed", ["9464", ":9464", "127.0.0.1:", "127.0.0.1:99999", "h:x"])
def test_where_to_listen_must_be_said_whole(call: Call, typed: str) -> None:
    said = call("metrics", "--serve", typed)
    assert (said.code, said.out) == (2, "")
    assert "127.0.0.1:9464" in said.err


def test_an_address_that_is_not_ours_is_told(store: Store, call: Call) -> None:
    said = call("metrics", "--serve", "192.0.2.1:9464")
    assert said.code == 2
    assert "cannot listen on 192.0.2.1:9464" in said.err


def test_reap_writes_them_whole_for_others_to_read(
    a_pending_job: Callable[..., str], call: Call, tmp_path: Path
) -> None:
    a_pending_job()
    path = tmp_path / "plinthctl.prom"
    for _ in range(2):  # over its own of before
        assert call("reap", "--metrics-file", str(path)).code == 0
        assert "plinthctl_queue_depth 1.0\n" in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_rehearsal_writes_no_file(call: Call, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "plinthctl.prom"
    assert call("reap", "--dry-run", "--metrics-file", str(path)).code == 0
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_told(call: Call, store: Store, tmp_path: Path) -> None:
    said = call("reap", "--metrics-file", str(tmp_path / "absent" / "plinthctl.prom"))
    assert said.code == 2
    assert "cannot write" in said.err
