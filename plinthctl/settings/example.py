"""The configuration that every installation brings along: each setting at its default."""

from pathlib import Path
from typing import Final

EXAMPLE: Final = Path(__file__).with_name("config.example.toml")


def example_text() -> str:
    """The commented example, as `config init` writes it."""
    return EXAMPLE.read_text(encoding="utf-8")
