"""Who can be told, and by which program."""

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plinthctl import programs
from plinthctl.domain.alert_life import Letter, Telling
from plinthctl.domain.alert_words import body, payload, title
from plinthctl.domain.alerting import Severity

STARTING_S: Final = 10.0  # that one of our own programs may take on a busy machine
_KINDS: Final[Mapping[Severity, str]] = {
    Severity.PAGE: "failure",
    Severity.WARNING: "warning",
    Severity.INVESTIGATE: "info",
}


@dataclass(frozen=True, slots=True)
class Sink:
    """One place that is told.

    Attributes:
        name: What the store calls it; no secret is in it.
        program: What tells it, as words.
        told: What the program reads on stdin; secrets stand there only.
        within_s: How long it may take before it is killed.
    """

    name: str
    program: tuple[str, ...]
    told: Callable[[Letter], str]
    within_s: float
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def command(name: str, line: str, within_s: float) -> Sink:
    """The operator's own program; no shell reads its line."""
    return Sink(name, tuple(shlex.split(line)), lambda letter: _json(payload(letter)), within_s)


def webhook(name: str, url: str, within_s: float) -> Sink:
    """An address that the JSON is posted to."""
    return _ours(name, "webhook", within_s, lambda letter: {"url": url, "payload": payload(letter)})


def push(name: str, url: str, within_s: float) -> Sink:
    """An address of Apprise."""
    return _ours(name, "push", within_s, lambda letter: {"url": url, **_pushed(letter)})


def _pushed(letter: Letter) -> dict[str, str]:
    over = letter.what is Telling.RESOLVED
    kind = "success" if over else _KINDS[letter.incident.severity]
    return {"title": title(letter), "body": body(letter), "kind": kind}


def _ours(
    name: str, module: str, within_s: float, told: Callable[[Letter], dict[str, Any]]
) -> Sink:
    # It keeps to the time by itself, but for its start; killing it is the last resort.
    return Sink(
        name,
        tuple(programs.command(f"plinthctl.telling.{module}")),
        lambda letter: _json({**told(letter), "within_s": within_s}),
        within_s + STARTING_S,
        programs.environment(os.environ),
    )


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True) + "\n"
