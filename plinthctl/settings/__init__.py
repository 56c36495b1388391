"""What can be set, and where each value came from (SPEC.md section 11)."""

from plinthctl.settings.load import Loaded, load_settings
from plinthctl.settings.sources import Origin
from plinthctl.settings.tree import Mode, Settings

__all__ = ["Loaded", "Mode", "Origin", "Settings", "load_settings"]
