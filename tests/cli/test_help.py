"""Help shows examples, of every command and of every group."""

from collections.abc import Iterator
from typing import Any

import pytest

from plinthctl.cli.app import program


def _below(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """A command and all below it: its path and its help."""
    yield path, command.help
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(inner, f"{path} {name}")


HELP = dict(_below(program(), "plinthctl"))


@pytest.mark.parametrize("path", HELP)
def test_help_shows_an_example(path: str) -> None:
    lines = [line.strip() for line in HELP[path].splitlines()]
    assert [line for line in lines if f"{line} ".startswith(f"{path} ")]
