"""``plinthctl`` with the bench's job types.

python -m tests.bench.launcher worker …
"""

from pathlib import Path

import worker.pipelines
from plinthctl.cli.app import main
from tests.bench import catalogue, notes

if __name__ == "__main__":
    catalogue.register()
    worker.pipelines.__path__.append(str(Path(__file__).with_name("pipelines")))
    notes.note_commits()
    main()
