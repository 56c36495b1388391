"""The figures of this program, measured on the machine at hand.

    python -m tests.bench

Absolute times say more about the machine than about us: each figure is a ratio
to something measured in the same run. Exits 1 where a required figure is not kept.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench import running, starting, submitting
from tests.bench.table import Figure, shown

PARTS = (submitting, starting, running)


def main() -> int:
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="plinthctl-bench-") as folder:
        for part in PARTS:
            sys.stderr.write(f"measuring: {part.__doc__}\n")
            own = Path(folder) / part.__name__.rpartition(".")[2]
            own.mkdir()
            measured += part.figures(own)
    sys.stdout.write(shown(measured) + "\n")
    return int(any(figure.kept is False for figure in measured))


if __name__ == "__main__":
    sys.exit(main())
