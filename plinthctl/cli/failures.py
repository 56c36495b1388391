"""How an error is told: text for people, one JSON line for scripts."""

import traceback
from collections.abc import Iterator
from typing import Any

from plinthctl.domain.ids import short
from plinthctl.domain.text import safe_line, safe_text, without_credentials
from plinthctl.errors import ExitCode, LimitReached, PlinthError


def as_json(error: PlinthError) -> str:
    """One line (UX.md 3.3)."""
    from plinthctl.render.jsons import line

    return line(as_object(error))


def as_object(error: PlinthError) -> dict[str, Any]:
    """The error for scripts."""
    told = {
        "code": error.code,
        "message": error.message,
        **({"why": error.why} if error.why else {}),
        "details": error.details,
        "hint": error.fix,
        "exit_code": int(error.exit_code),
    }
    return {"error": told}


def as_text(error: PlinthError) -> str:
    """What happened, why, and what to type next."""
    lines = [f"error: {safe_line(error.message)}", *_holders(error)]
    if error.why:
        label = "" if error.why.startswith("did you mean") else "why: "
        lines.append(_labelled(label, error.why))
    if error.fix:
        lines.append(_labelled("fix: ", error.fix))
    return "\n".join(lines)


def trace_of(error: BaseException) -> str:
    """Where an error came from. Its text may hold an address."""
    return without_credentials("".join(traceback.format_exception(error)))


def _labelled(label: str, text: str) -> str:
    head = f"  {label}"
    return head + ("\n" + " " * len(head)).join(safe_text(text).split("\n"))


def _holders(error: PlinthError) -> Iterator[str]:
    """Who holds the places of each full limit."""
    if not isinstance(error, LimitReached):
        return
    for full in error.details.get("full", ()):
        names = " ".join(short(job_id) for job_id in full["active"]) or "nobody"
        if more := full["held"] - len(full["active"]):
            names += f" and {more:,} more"
        yield _labelled(f"held in {full['scope']} {safe_line(full['id'])}: ", names)


class Unforeseen(PlinthError):
    """A bug of ours, or a machine in a state that we did not foresee."""

    code = "unexpected"
    exit_code = ExitCode.UNEXPECTED


def unforeseen(error: Exception) -> PlinthError:
    """Any other exception as an error with an exit code."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    told = Unforeseen(
        f"something unforeseen went wrong: {without_credentials(what)}",
        fix="the same command with --debug for the trace",
    )
    told.__cause__ = error
    return told
