from collections.abc import Callable
from pathlib import Path

import pytest

WriteConfig = Callable[..., Path]


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Writes a configuration and returns its path; only its owner can read it."""

    def write(text: str | bytes, mode: int = 0o600) -> Path:
        path = tmp_path / "plinthctl.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    return write
