"""Where plinthctl keeps its files, on each system as that system wants it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import platformdirs

APP: Final = "plinthctl"
CONFIG_VARIABLE: Final = "PLINTHCTL_CONFIG"


def data_dir() -> Path:
    """The folder of the store and of everything that lives beside it; it may not exist yet.

    ``$XDG_DATA_HOME/plinthctl`` on Linux, ``~/Library/Application Support/plinthctl``
    on macOS.
    """
    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def default_database() -> Path:
    """The SQLite file that is used when no database is named."""
    return data_dir() / "plinthctl.db"


def state_dir() -> Path:
    """The folder of what may be lost: what was chosen on a screen last; it may not exist
    yet. ``$XDG_STATE_HOME/plinthctl`` on Linux."""
    return Path(platformdirs.user_state_dir(APP, appauthor=False))


def config_candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where a configuration is looked for when nobody names one; the first that exists counts."""
    yield Path("plinthctl.toml")
    yield user_config(environ)
    yield Path("/etc") / APP / "config.toml"


def user_config(environ: Mapping[str, str]) -> Path:
    """This user's own configuration, which may not exist."""
    return _config_home(environ) / APP / "config.toml"


def _config_home(environ: Mapping[str, str]) -> Path:
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    # The XDG specification has relative paths ignored.
    return named if named.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".config"
