"""What these tests do to SQLite files: commands run by other processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
GO = "ready\n"


@contextmanager
def another_process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs ``code`` and has printed "ready"."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == GO
            yield process
        finally:
            process.kill()


HOLD_THE_TURN = """
import sys, pathlib
from plinthctl.store.turnstile import Turnstile
with Turnstile(pathlib.Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""
