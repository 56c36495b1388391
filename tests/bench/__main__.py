"""The figures of this program, measured on the machine at hand.

    python -m tests.bench [PART …]

Absolute times say more about the machine than about us: each figure is a ratio
to something measured in the same run. Exits 1 where a required figure is not kept.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import (
    grouping,
    growing,
    hauling,
    killing,
    running,
    starting,
    submitting,
    telling,
    waking,
)
from tests.bench.table import Figure, shown

PARTS = {
    "submitting": submitting,
    "starting": starting,
    "running": running,
    "waking": waking,
    "telling": telling,
    "hauling": hauling,
    "killing": killing,
    "growing": growing,
    "grouping": grouping,
}


def main(*chosen: str) -> int:
    _forget_settings()
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="plinthctl-bench-") as folder:
        for name in chosen or PARTS:
            part = PARTS[name]
            sys.stderr.write(f"measuring: {part.__doc__}\n")
            own = Path(folder) / name
            own.mkdir()
            measured += part.figures(own)
    sys.stdout.write(shown(measured) + "\n")
    return int(any(figure.kept is False for figure in measured))


def _forget_settings() -> None:
    """What is set for the user's own plinthctl holds for none of ours."""
    for name in [name for name in os.environ if name.startswith("PLINTHCTL_")]:
        del os.environ[name]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
