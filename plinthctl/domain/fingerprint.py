"""What failures have in common: their message without what is each one's own.

Ids, numbers, addresses, quoted text, times and paths differ from job to job; what is
left, with the class, the provider and the step, names one cause.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.text import cut, one_line

READ_CHARS: Final = 1_000  # of a message; no pattern may be slow on what a stranger wrote
KEPT_CHARS: Final = 200
ID_DIGITS: Final = 8

_GROUP_ID: Final = re.compile(rf"g[0-9a-f]{{{ID_DIGITS}}}")
_RETRIED: Final = re.compile(r"Failed after \d+ retr(?:y|ies): ")

_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ZONE: Final = r"(?: ?(?:Z|GMT|UTC|[+-]\d\d:?\d\d))?"
_UNIT: Final = (
    r"(?:milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|ms|us|µs|s|m|h|d)"
)
# Each takes out what the next would tear apart: quotes may hold an address, an address an
# id, an id a number.
_PARTS: Final = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r'"(?:\\.|[^"\\])*"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|`[^`]*`', "<text>"),
        (r"(?<!\w)'[^']*'(?!\w)|‘[^’]*’(?!\w)", "<text>"),
        (r"\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s<>]*[^\s<>.,;:!?)\]]", "<url>"),
        (r"\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", "<email>"),
        (r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\w)", "<address>"),
        (
            rf"\b(?:{_DAY},? )?(?:\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}},?)"
            rf" \d{{4}}(?:,? {_CLOCK}{_ZONE})?",
            "<time>",
        ),
        (rf"\b\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK})?{_ZONE}(?!\w)", "<time>"),
        (rf"(?<![\w:]){_CLOCK}(?: ?[ap]m)?{_ZONE}(?![\w:])", "<time>"),
        (r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])", "<address>"),
        (r"(?<![\w/.~])(?:~|\.{1,2})?/[\w.@%+~-]+(?:/[\w.@%+~-]*)*(?<!\.)", "<path>"),
        (r"(?<!\w)[A-Za-z]:\\[^\s<>]+", "<path>"),
        (r"(?<![\w/.-])[\w.-]{1,64}(?:/[\w.-]{1,64})+\.[A-Za-z]\w{0,4}\b", "<path>"),
        # Lower case only: `httpx.ReadTimeout` is no host.
        (
            r"(?<![\w.-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?::\d+)?(?:/[^\s<>]*)?(?![\w.]\w)",
            "<url>",
        ),
        (
            rf"(?<![\w-])\d+(?:\.\d+)? ?{_UNIT}(?:(?: |, )?\d+(?:\.\d+)? ?{_UNIT})*(?![\w-])",
            "<time>",
        ),
        # The short form of an id of ours may happen to have no digit.
        (r"(?<![\w-])[A-HJKMNP-TV-Z0-9]{8}(?![\w-])", "#"),
        (r"(?<![\w-])[0-9a-f]{8,}(?![\w-])", "#"),
        (r"(?<![\w-])[A-Za-z]{1,16}[_-][A-Za-z0-9]{16,}(?![\w-])", "#"),
        (r"(?<![\w-])(?=[\w-]*[A-Za-z])(?=[\w-]*\d)\w[\w-]*", "#"),
        (r"(?<![\w-])[-+]?\d+(?:[.,_]\d+)*|\d+(?:[.,_]\d+)*", "#"),
        (r"(# \w{2,}?)ies\b", r"\1y"),
        (r"(# \w{3,}?)(?<![sui])s\b", r"\1"),
    )
)


@lru_cache(maxsize=4096)
def skeleton(message: str) -> str:
    """A message on one line, with a mark where something of its own stood.

    At most `KEPT_CHARS` long. What it makes of a word that only looks like an id is the
    same for each message that has it.
    """
    found = one_line(message[:READ_CHARS])
    for pattern, instead in _PARTS:
        found = pattern.sub(instead, found)
    return cut(found, KEPT_CHARS)


@dataclass(frozen=True, slots=True)
class Cause:
    """What jobs of one group failed of; ``message`` is a `skeleton`."""

    code: str
    provider: str | None
    step: str | None
    message: str

    @property
    def id(self) -> str:
        """The short name of the group: the same in every store."""
        parts = (self.code, self.provider or "", self.step or "", self.message)
        told = "\x1f".join(parts).encode("utf-8", "surrogatepass")
        return f"g{hashlib.sha256(told).hexdigest()[:ID_DIGITS]}"


def is_group_id(text: str) -> bool:
    """Whether this is the id of a group, be there one or not."""
    return bool(_GROUP_ID.fullmatch(text))


def cause_of_end(code: str, error: str | None, record: Mapping[str, Any] | None) -> Cause:
    """Why a job has failed for good; ``record`` is what its step left behind (see
    contracts/error-classification.md section 5), None: no step has failed."""
    if not record:
        return Cause(code, None, None, skeleton(_RETRIED.sub("", error or "", count=1)))
    told = {key: _text(record.get(key)) for key in ("provider", "step", "message", "detail")}
    message = told["message"] or error or ""
    return cause_of_try(code, told["provider"], told["step"], message, told["detail"])


def cause_of_try(
    code: str, provider: str | None, step: str | None, message: str | None, detail: str | None
) -> Cause:
    """Why a try has failed. Of an unknown failure, whose message is always the same, the
    provider's own words tell more."""
    told = detail if code == FailureClass.UNKNOWN and detail else message
    return Cause(code, provider, step, skeleton(told or ""))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
