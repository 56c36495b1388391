"""What the dashboard remembers from one time to the next: the theme that was chosen in it."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.theme import BUILTIN_THEMES

from tui.theme import OURS

FILE: Final = "top.json"
log: Final = logging.getLogger("plinthctl.top")


@dataclass(frozen=True, slots=True)
class Memory:
    """A file in a folder; one that cannot be read or written is as good as none."""

    folder: Path

    @property
    def theme(self) -> str | None:
        """The theme that was chosen last, if there still is such a theme."""
        try:
            kept = json.loads((self.folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        name = kept.get("theme") if isinstance(kept, dict) else None
        return name if isinstance(name, str) and name in {OURS, *BUILTIN_THEMES} else None

    def keep_theme(self, name: str) -> None:
        """Remember a theme."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / FILE).write_text(json.dumps({"theme": name}), encoding="utf-8")
        except OSError as error:
            log.warning("the theme is not remembered: %s", error)
