"""Takes one guard away at a time, and sees that a test notices.

    python -m tests.mutants [NAME …]

Exits 1 where a guard is missed by nobody: then a test is missing.
"""

import os
import queue
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.running import Verdict, copied, tried
from tests.mutants.table import MUTANTS, Mutant


def main(*chosen: str) -> int:
    wanted = [one for one in MUTANTS if not chosen or one.name in chosen]
    verdicts = list(_all(wanted))
    width = max(len(one.name) for one in wanted)
    for mutant, verdict in zip(wanted, verdicts, strict=True):
        told = f"{verdict.value:9} {mutant.name:{width}}  {mutant.guard}  ({mutant.test})"
        sys.stdout.write(told + "\n")
    return int(any(verdict is not Verdict.NOTICED for verdict in verdicts))


def _all(wanted: Sequence[Mutant]) -> Sequence[Verdict]:
    """A verdict for each, as many at once as there are cores."""
    cores = min(len(wanted), os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="plinthctl-mutants-") as folder:
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(cores):
            trees.put(copied(Path(folder) / str(number)))

        def one(mutant: Mutant) -> Verdict:
            tree = trees.get()
            try:
                return tried(tree, mutant)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(cores) as pool:
            return list(pool.map(one, wanted))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
