"""What operators do by hand, as the audit has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """Who changes something, by which action, and why, where they said so."""

    operator: str
    action: str
    reason: str | None = None
