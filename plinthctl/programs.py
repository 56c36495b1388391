"""Our own programs, started as processes of their own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ROOT: Final = str(Path(__file__).parents[1])


def command(module: str, *words: str) -> list[str]:
    """The command that runs one of our modules, whatever the current directory holds."""
    # -P: a folder there called "worker", or a file of a library's name, must not be run.
    return [sys.executable, "-P", "-m", module, *words]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """``given``, with our modules to be found in it, also where they are not installed."""
    if _ROOT in sys.path[1:]:
        return dict(given)
    paths = filter(None, [_ROOT, given.get("PYTHONPATH")])
    return {**given, "PYTHONPATH": os.pathsep.join(paths)}
