"""Why a job is where it is, as people and scripts read it."""

from typing import Any

from plinthctl.domain.ids import short
from plinthctl.domain.views import JobView
from plinthctl.domain.why import Explanation
from plinthctl.render.phases import phase_text
from plinthctl.render.sheet import Lines, hang, words


def explanation_lines(job: JobView, why: Explanation, width: int | None) -> Lines:
    """One sentence, its evidence, and what to type."""
    head = words((short(job.id), "bold"), f"  {job.type}  ", phase_text(job.phase))
    lines = [head, *hang(words(""), words((why.sentence, "bold")), width)]
    for fact in why.evidence:
        lines += hang(words(("  · ", "dim")), words(fact), width)
    if why.command is not None:
        lines.append(words("  -> ", (why.command, "bold")))
    elif why.otherwise is not None:
        lines += hang(words("  -> "), words(why.otherwise), width)
    return lines


def explanation_object(job: JobView, why: Explanation) -> dict[str, Any]:
    """The same for scripts; ``command`` null: nothing helps, and ``otherwise`` says why."""
    return {
        "id": job.id,
        "type": job.type,
        "status": job.status.value,
        "phase": job.phase.value,
        "cause": why.cause.value,
        "sentence": why.sentence,
        "evidence": list(why.evidence),
        "command": why.command,
        "otherwise": why.otherwise,
    }
