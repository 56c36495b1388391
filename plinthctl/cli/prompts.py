"""Asking a person at a terminal for what is missing."""

import sys
from collections.abc import Mapping
from typing import Any

from plinthctl.cli.shell import Shell
from plinthctl.domain.catalog import JobType
from plinthctl.domain.inputs import example_of, field_problem, missing_fields, unknown_fields
from plinthctl.domain.text import safe_line


def fill(shell: Shell, job_type: JobType, given: Mapping[str, Any]) -> dict[str, Any]:
    """The input with its missing required fields asked for, on a terminal only.

    Questions go to stderr, so that stdout stays data. The end of the input
    (Ctrl-D) leaves the rest missing, and a field that no job has, all of it: the
    missing one may only be misspelt.
    """
    filled = dict(given)
    missing = missing_fields(job_type.input_model, given)
    misspelt = unknown_fields(job_type.input_model, given)
    if not missing or misspelt or not shell.terminal.can_ask:
        return filled
    for name in missing:
        answer = _ask(shell, job_type, name)
        if answer is None:
            break
        filled[name] = answer
    return filled


def _ask(shell: Shell, job_type: JobType, name: str) -> str | None:
    field = job_type.input_model.model_fields[name]
    question = f"{field.title or name} (such as {example_of(field.examples)}): "
    while (answer := read_answer(question)) is not None:
        problem = field_problem(job_type.input_model, name, answer) if answer else "is needed"
        if problem is None:
            return answer
        sys.stderr.write(f"  {safe_line(problem)}\n")
    return None


def read_answer(question: str) -> str | None:
    """What a person types in answer, asked on stderr; None: the input has ended."""
    sys.stderr.write(safe_line(question))
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        return None
    return line.strip()
