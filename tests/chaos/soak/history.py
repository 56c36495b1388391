"""Who did what and when, a line of JSON each; written from several threads."""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

TOLD_CHARACTERS: Final = 2_000


def now_us() -> int:
    return time.time_ns() // 1_000


class History:
    """Appends to a file, which outlives whoever writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()

    def note(self, act: str, said: str, began: int, **more: Any) -> None:
        line: Mapping[str, Any] = {
            "act": act,
            "said": said,
            "began": began,
            "ended": now_us(),
            **more,
        }
        with self._writing, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")
