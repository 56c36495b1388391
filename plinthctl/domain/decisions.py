"""Decisions: what the operators of Plinth are deciding, and between what."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that counts; weight 0 to 1, ``better`` says which way is good."""

    name: str
    weight: float = 1.0
    better: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to decide between."""

    id: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """A decision with its criteria and options, as a pipeline reads it."""

    id: str
    org: str
    title: str
    question: str | None
    context: str | None
    criteria: tuple[Criterion, ...]
    options: tuple[Option, ...]
    created_at: datetime
