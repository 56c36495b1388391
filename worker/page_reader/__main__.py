"""Read a page from stdin, within bounds; see the package."""

import json
import os
import resource
import sys
from contextlib import suppress
from typing import Final

from worker.page_reader.reading import read_page

MOST_MEMORY_BYTES: Final = 512 * 1024 * 1024
MOST_CPU_S: Final = 10
LESS_URGENT: Final = 5  # than the worker, which has heartbeats to send

_BOUNDS: Final = {
    resource.RLIMIT_AS: MOST_MEMORY_BYTES,
    resource.RLIMIT_CPU: MOST_CPU_S,
    resource.RLIMIT_CORE: 0,  # no dump of a stranger's page
}


def bound() -> None:
    """Never more memory and time than this from here on, and never at the worker's cost."""
    for kind, most in _BOUNDS.items():
        with suppress(ValueError, OSError):  # a lower bound is set already
            resource.setrlimit(kind, (most, most))
    with suppress(OSError):  # a service may not be allowed to
        os.nice(LESS_URGENT)


def main() -> None:
    """Stdin to stdout."""
    bound()
    head = sys.stdin.buffer.readline()
    page = read_page(sys.stdin.buffer.read(), json.loads(head)["charset"])
    sys.stdout.write(json.dumps(page))


if __name__ == "__main__":
    main()
