"""How an error is told: text for people, one JSON line for scripts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plinthctl.domain.text import safe_line, safe_text
from plinthctl.errors import ExitCode, LimitReached, PlinthError

_INDENT: Final = "\n" + " " * 8


def as_json(error: PlinthError) -> str:
    """One line (UX.md 3.3)."""
    from plinthctl.cli.render.jsons import line

    told = {
        "code": error.code,
        "message": error.message,
        **({"why": error.why} if error.why else {}),
        "details": error.details,
        "hint": error.fix,
        "exit_code": int(error.exit_code),
    }
    return line({"error": told})


def as_text(error: PlinthError) -> str:
    """What happened, why, and what to type next."""
    if isinstance(error, LimitReached) and error.details.get("full"):
        return _over_the_limit(error.details["full"])
    why = [("why", error.why)] if error.why else []
    fix = [("fix", error.fix)] if error.fix else []
    return _told(error.message, [*why, *fix])


def _told(message: str, rest: Iterable[tuple[str, str]]) -> str:
    lines = [f"error: {safe_line(message)}"]
    for label, text in rest:
        head = f"{label}:"
        lines.append(f"  {head:<6}" + _INDENT.join(safe_text(text).split("\n")))
    return "\n".join(lines)


def _over_the_limit(full: Sequence[Mapping[str, Any]]) -> str:
    lines = ["error: Too many active jobs. Please wait for some to complete."]
    for scope in full:
        lines += _told(_full(scope), _holders(scope)).removeprefix("error: ").split("\n")
    first = next((s["active"][0] for s in full if s["active"]), None)
    if first is not None:
        lines.append(f"  fix:  wait:        plinthctl watch {_short(first)}")
        lines.append(f"        or free one: plinthctl cancel {_short(first)}")
    return "\n".join(lines)


def _full(scope: Mapping[str, Any]) -> str:
    from plinthctl.domain.limits import NOUN, Scope

    active, limit = len(scope["active"]), scope["limit"]
    noun = NOUN[Scope(scope["scope"])]
    return f"  {noun} {scope['id']} has {active} of {limit} active jobs"


def _holders(scope: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    from plinthctl.cli.render.times import span

    if scope["active"]:
        yield "    active", " ".join(_short(job_id) for job_id in scope["active"])
    if scope.get("free_in_s") is not None:
        free_in_s = scope["free_in_s"]
        yield "    free", f"in about {span(free_in_s)}" if free_in_s >= 1 else "any moment now"


def _short(job_id: str) -> str:
    from plinthctl.domain.ids import short

    return short(job_id)


class Unforeseen(PlinthError):
    """A bug of ours, or a machine in a state that we did not foresee."""

    code = "unexpected"
    exit_code = ExitCode.UNEXPECTED


def unforeseen(error: Exception) -> PlinthError:
    """Any other exception as an error with an exit code."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Unforeseen(
        f"something unforeseen went wrong: {what}",
        fix="the same command with --debug for the trace",
    )
