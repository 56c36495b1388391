"""What a completed job's results are worth, in a word and its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Quality(StrEnum):
    """What a completed job's results are worth, the best first."""

    OK = "ok"
    THIN = "thin"  # something of it is missing
    HOLLOW = "hollow"  # next to nothing is there


QUALITIES: Final[Mapping[str | None, Quality]] = {one.value: one for one in Quality}


@dataclass(frozen=True, slots=True)
class Judgement:
    """``reason`` says what is missing; None: nothing."""

    quality: Quality
    reason: str | None = None
