"""The configuration that every installation brings along: each setting at its default."""

from pathlib import Path
from typing import Final

_NAME: Final = "config.example.toml"
_INSTALLED: Final = Path(__file__).with_name(_NAME)  # the wheel lays it here
EXAMPLE: Final = _INSTALLED if _INSTALLED.exists() else Path(__file__).parents[2] / _NAME


def example_text() -> str:
    """The commented example, as `config init` writes it."""
    return EXAMPLE.read_text(encoding="utf-8")
