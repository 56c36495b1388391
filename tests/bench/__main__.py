"""The figures of this program, measured on the machine at hand.

    python -m tests.bench [--check] [--json FILE] [PART …]

Absolute times say more about the machine than about us: each figure is a ratio
to something measured in the same run, where there is something. ``--check``: exit 1
where one falls short of what is asked of it.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.bench import (
    entering,
    grouping,
    growing,
    hauling,
    holding,
    idling,
    killing,
    lasting,
    listing,
    running,
    showing,
    starting,
    submitting,
    telling,
    waking,
)
from tests.bench.table import Figure, as_json, shown

PARTS = {
    "submitting": submitting,
    "entering": entering,
    "starting": starting,
    "listing": listing,
    "running": running,
    "waking": waking,
    "telling": telling,
    "hauling": hauling,
    "killing": killing,
    "idling": idling,
    "holding": holding,
    "growing": growing,
    "showing": showing,
    "grouping": grouping,
    "lasting": lasting,
}


def main() -> int:
    asked = _asked()
    _forget_settings()
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="plinthctl-bench-") as folder:
        for name in asked.parts or PARTS:
            part = PARTS[name]
            sys.stderr.write(f"measuring: {part.__doc__}\n")
            own = Path(folder) / name
            own.mkdir()
            measured += part.figures(own)
    sys.stdout.write(shown(measured) + "\n")
    if asked.json:
        asked.json.write_text(as_json(measured))
    return int(asked.check and any(figure.kept is False for figure in measured))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure falls short")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return asked


def _forget_settings() -> None:
    """What is set for the user's own plinthctl holds for none of ours."""
    for name in [name for name in os.environ if name.startswith("PLINTHCTL_")]:
        del os.environ[name]


if __name__ == "__main__":
    sys.exit(main())
