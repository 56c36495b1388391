"""Reading configuration and secrets from files, with words for each way it can fail."""

import os
import re
import shlex
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from plinthctl.errors import BadConfiguration

MAX_CONFIG_BYTES: Final = 1024 * 1024
MAX_SECRET_BYTES: Final = 64 * 1024
_NAME_ONE: Final = "name a text file that you may read"
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a configuration file.

    Raises:
        BadConfiguration: it cannot be read, is not UTF-8, is larger than 1 MB, or
            is not TOML (with line and column).
    """
    text = _read_text(path, MAX_CONFIG_BYTES)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(
            f"{path} is not valid TOML: {_placed(str(error), text)}",
            fix="mend that line; strings need quotes, tables stand in [brackets]",
            details={"path": str(path)},
        ) from None
    except RecursionError:
        raise BadConfiguration(f"{path} is nested too deeply", fix=_NAME_ONE) from None


def _placed(message: str, text: str) -> str:
    lines = text.split("\n")
    end = f"(at line {len(lines)}, column {len(lines[-1]) + 1})"
    message = message.replace("(at end of document)", end)
    return re.sub(r"\(at (line \d+, column \d+)\)", r"at \1", message)


def read_secret(path: Path) -> str:
    """The secret in a file, without the line's end.

    Raises:
        BadConfiguration: it cannot be read, others can read it too, it is empty,
            not UTF-8 or larger than 64 kB.
    """
    text = _read_text(path, MAX_SECRET_BYTES).strip()
    refuse_if_open(path)
    if not text:
        raise BadConfiguration(f"{path} is empty; it should hold a secret")
    return text


def refuse_if_open(path: Path) -> None:
    """Insist that only its owner can read a file with a secret in it.

    Raises:
        BadConfiguration: its group or everybody may read, write or run it.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & _OPEN_TO_OTHERS:
        raise BadConfiguration(
            f"{path} holds a secret and others can read it (its mode is {mode:04o})",
            fix=shlex.join(["chmod", "600", str(path)]),
            details={"path": str(path), "mode": f"{mode:04o}"},
        )


def _read_text(path: Path, at_most: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except FileNotFoundError:
        raise BadConfiguration(f"there is no file {path}", fix=_NAME_ONE) from None
    except IsADirectoryError:
        raise BadConfiguration(f"{path} is a directory, not a file", fix=_NAME_ONE) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadConfiguration(f"{path} cannot be read", why=reason, fix=_NAME_ONE) from None
    if len(data) > at_most:
        raise BadConfiguration(f"{path} is larger than {at_most // 1024} kB", fix=_NAME_ONE)
    return _decoded(path, data)


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadConfiguration(f"{path} is not UTF-8 text (line {line})", fix=_NAME_ONE) from None
