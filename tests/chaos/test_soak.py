"""A short soak: real processes, eight faults of one seed, judged by what they left.

`make soak MINUTES=30` plays it at length, on both databases, with the workers' own clocks.
"""

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.length import SEED
from tests.chaos.soak.play import Soak, soak

STRIKES: Final = 8
SHORT: Final = Soak("sqlite", SEED, seconds=60.0, every_s=0.4, pace=5.0, strikes=STRIKES, workers=2)


@pytest.mark.timeout(300)
def test_whatever_is_done_to_them_no_rule_is_broken(tmp_path: Path) -> None:
    sys.stderr.write(f"to repeat: PLINTH_SEED={SEED}\n")
    told, found = soak(SHORT, tmp_path)
    assert told.violations == [], told.page()
    assert sum(told.faults.values()) <= STRIKES
    assert told.faults and told.steps_stored and found.calls, told.page()
