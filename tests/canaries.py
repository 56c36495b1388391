"""A distinctive value for every secret setting, and a sieve for all that a run shows.

The settings are read from the tree itself: a new secret has a canary at once, and a
test that does not say where it goes fails.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from plinthctl.settings.sources import keys

MARK: Final = "c4n4ry"
LOOK_EVERY_S: Final = 0.05
SECRETS: Final = tuple(path for path, key in keys().items() if key.secret)


def canary(path: str) -> str:
    """The distinctive part of a secret's value; fit for a header and for an address."""
    return f"{MARK}-{path.replace('.', '-').replace('_', '-')}-7f3a"


def variable(path: str) -> str:
    return keys()[path].variable


class Sieve:
    """Texts by the place in which they were found."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def add(self, place: str, text: str) -> None:
        self.places[place] = f"{self.places.get(place, '')}\n{text}"

    def add_files(self, place: str, folder: Path, *, but: Path) -> None:
        """Every file below a folder, as bytes, but for those below ``but``."""
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_relative_to(but):
                self.add(f"{place}: {file.name}", file.read_bytes().decode("latin-1"))

    def found(self) -> list[str]:
        """Each secret and the place that shows it."""
        return [
            f"{path} in {place}: …{_around(text, canary(path))}…"
            for place, text in self.places.items()
            if MARK in text.lower()
            for path in SECRETS
            if canary(path).lower() in text.lower()
        ] + [f"part of one in {place}" for place, text in self.places.items() if _cut(text)]


def _around(text: str, word: str) -> str:
    at = text.lower().index(word.lower())
    return text[max(0, at - 60) : at + len(word) + 20]


def _cut(text: str) -> bool:
    """Whether a canary stands there that is none of ours: cut, or spoilt."""
    whole = {canary(path).lower() for path in SECRETS}
    words = re.findall(rf"{MARK}[\w-]*", text.lower())
    return any(all(not word.startswith(one) for one in whole) for word in words)


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Those of all processes of this machine, as anybody can read them, looked at all
    the time while the block lasts."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            seen.update(map(_command_line, Path("/proc").glob("[0-9]*/cmdline")))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _command_line(file: Path) -> str:
    try:
        return file.read_text(errors="replace").replace("\0", " ")
    except OSError:  # it has just ended
        return ""


def files_with(folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """A 0600 file for each secret, and the ``…_FILE`` variables that name them."""
    folder.mkdir(mode=0o700)
    named = {}
    for path, value in secrets.items():
        file = folder / path
        file.write_text(f"{value}\n")
        file.chmod(0o600)
        named[f"{variable(path)}_FILE"] = str(file)
    return named
