"""``plinthctl demo``: everything is to be seen, and nothing is left."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.catalog import JOB_TYPES
from tests.e2e.program import wait_for

NAME = "plinthctl-demo-"
ALWAYS_SHOWN = set(AlertRule) - {AlertRule.PROVIDER_DOWN, AlertRule.HOLLOW_RATE}


def left_behind(mark: str) -> list[str]:
    """Folders of demos, and processes of the one with this mark."""
    folders = [str(one) for top in ("/dev/shm", "/tmp") for one in Path(top).glob(f"{NAME}*")]
    return folders + [str(one) for one in Path("/proc").glob("[0-9]*") if _has(one, mark)]


def _has(process: Path, mark: str) -> bool:
    try:
        return mark.encode() in (process / "environ").read_bytes()
    except OSError:
        return False


@pytest.mark.timeout(120)
def test_a_look_at_it_shows_every_status_and_alert_and_leaves_nothing(tmp_path: Path) -> None:
    mark = f"mark-{uuid.uuid4()}"
    own = {"DEMO_MARK": mark, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "plinthctl", "demo", "--once", "--jobs", "55", "--speed", "20"],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | own | {"PLINTHCTL_DATABASE_URL": "postgresql://127.0.0.1:1/mine"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    for word in ("pending", "running", "retrying", "✓", "✗", "⊘", "! ", "PAGE", "WARN", "ACK"):
        assert word in shown, word
    for name in (*ALWAYS_SHOWN, *JOB_TYPES):
        assert name in shown or name.replace("_", " ") in shown
    assert all(
        int(taken) <= int(places) for taken, places in re.findall(r"(\d+)/(\d+) full", shown)
    )
    assert "\x1b" not in shown
    wait_for(lambda: not left_behind(mark), "nothing is left of it")
    assert list(tmp_path.iterdir()) == []
