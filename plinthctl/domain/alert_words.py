"""What a message about an alert says: to people, and to programs."""

from typing import Any, Final

from plinthctl.domain.alert_life import Incident, Letter, Telling
from plinthctl.domain.alert_rules import shown
from plinthctl.domain.spans import span, zulu

FORMAT: Final = 1  # of what programs are told; what is added raises nothing


def name(incident: Incident) -> str:
    """``failure rate of market_research``."""
    rule = incident.rule.replace("_", " ")
    return f"{rule} of {incident.type}" if incident.type else rule


def title(letter: Letter) -> str:
    """One line: ``PAGE failure rate 12.7% (above 10.0%)``, or that it is over."""
    one = letter.incident
    if letter.what is Telling.RESOLVED:
        return f"RESOLVED {name(one)}{_lasted(one)}"
    value, bar = (shown(one.rule, number) for number in (one.value, one.threshold))
    return f"{one.severity.upper()} {name(one)} {value} (above {bar})"


def _lasted(one: Incident) -> str:
    if one.resolved_at is None:
        return ""
    return f" after {span((one.resolved_at - one.fired_at).total_seconds())}"


def body(letter: Letter) -> str:
    """What happened, what to do, and the command."""
    one = letter.incident
    peak = f"It was at {shown(one.rule, one.peak)} at most."
    lines = [
        *([one.where] if one.where else []),
        *(one.why if letter.what is Telling.FIRING else [peak]),
        *([one.action, f"  {one.command}"] if letter.what is Telling.FIRING else []),
        f"incident {one.id}, since {zulu(one.fired_at)}",
    ]
    return "\n".join(lines)


def payload(letter: Letter) -> dict[str, Any]:
    """The same for programs, as JSON. ``incident`` is the same however often and to
    however many it is told; keys are only ever added."""
    one = letter.incident
    return {
        "format": FORMAT,
        "event": letter.what.value,
        "incident": one.id,
        "rule": one.rule.value,
        "severity": one.severity.value,
        "type": one.type,
        "value": one.value,
        "peak": one.peak,
        "threshold": one.threshold,
        "where": one.where,
        "why": list(one.why),
        "action": one.action,
        "command": one.command,
        "fired_at": zulu(one.fired_at),
        "resolved_at": zulu(one.resolved_at),
        "title": title(letter),
        "text": body(letter),
    }
