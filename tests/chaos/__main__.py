"""python -m tests.chaos --minutes 30 --database sqlite --seed 7 --report FILE

Real processes, tormented for so long, then judged by their traces. The report is
written as JSON to FILE and as a page to stdout; exit 1 when a rule was broken.
"""

import argparse
import json
import secrets
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.soak.play import Soak, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--report", type=Path)
    parser.add_argument("--keep", type=Path, help="an empty folder for all that is written")
    given = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # what was started is ended then, too
        signal.signal(number, lambda *_: sys.exit(143))
    wanted = Soak(given.database, given.seed, given.minutes * 60)
    sys.stderr.write(f"{given.minutes:g} minutes on {given.database}, seed {given.seed}\n")
    with tempfile.TemporaryDirectory(prefix="plinthctl-chaos-") as folder:
        told, _ = soak(wanted, given.keep or Path(folder))
    if given.report is not None:
        given.report.write_text(json.dumps(told.json(), indent=2))
    sys.stdout.write(told.page())
    return 1 if told.violations else 0


if __name__ == "__main__":
    sys.exit(main())
