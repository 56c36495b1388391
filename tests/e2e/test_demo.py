"""``plinthctl demo``: everything is to be seen, and nothing is left."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plinthctl.domain.alerting import AlertRule
from plinthctl.domain.catalog import JOB_TYPES

NAME = "plinthctl-demo-"


def left_behind() -> list[str]:
    """Folders of demos, and processes that know of one."""
    folders = [str(one) for top in ("/dev/shm", "/tmp") for one in Path(top).glob(f"{NAME}*")]
    return folders + [str(one) for one in Path("/proc").glob("[0-9]*") if _knows(one)]


def _knows(process: Path) -> bool:
    try:
        return any(
            NAME.encode() in (process / what).read_bytes() for what in ("cmdline", "environ")
        )
    except OSError:
        return False


@pytest.mark.timeout(120)
def test_a_look_at_it_shows_every_status_and_alert_and_leaves_nothing(tmp_path: Path) -> None:
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
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
    for name in (*AlertRule, *JOB_TYPES):
        assert name in shown or name.replace("_", " ") in shown
    assert all(
        int(taken) <= int(places) for taken, places in re.findall(r"(\d+)/(\d+) full", shown)
    )
    assert "\x1b" not in shown
    assert left_behind() == []
    assert list(tmp_path.iterdir()) == []
