"""What the dashboard is told once, at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plinthctl.domain.expiry import DEFAULT_EXPIRY, Expiry


@dataclass(frozen=True, slots=True)
class Site:
    """Where it looks, and how.

    Attributes:
        name: What the installation is called.
        simulated: Its providers are.
        read_only: Nothing may be changed from here.
        clocks: How long jobs may wait and run.
        interval_s: How often it looks, if the store is quick enough.
        theme: A theme's name; ``default`` is the one that was chosen last, or else ours.
        ascii: Show nothing past ASCII.
        no_color: Show no colour at all.
        keys: Other keys, by the ids of what they do.
        state: The folder of what is remembered; None: nothing is.
    """

    name: str = "local"
    org: str = "default"
    user: str = ""
    simulated: bool = False
    read_only: bool = False
    clocks: Expiry = DEFAULT_EXPIRY
    interval_s: float = 2.0
    theme: str = "default"
    ascii: bool = False
    no_color: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    state: Path | None = None
