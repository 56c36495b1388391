"""What a retry of many jobs is likely to come to, in words."""

from collections.abc import Iterator

from rich.text import Text

from plinthctl.domain.foresight import Plan, Preview
from plinthctl.domain.groups import Group
from plinthctl.domain.spans import span
from plinthctl.render.sheet import Lines, words


def group_line(group: Group) -> Text:
    """Which group it is."""
    cause = group.cause
    at = f" at {cause.step}" if cause.step else ""
    orgs = f"{len(group.orgs):,} {'organisation' if len(group.orgs) == 1 else 'organisations'}"
    count = f"{group.failed:,} failed, {group.trying:,} trying again, of {orgs}"
    return words((group.id, "bold"), f" {cause.code}{at}: {cause.message} ({count})")


def preview_lines(found: Preview) -> Lines:
    """What is kept, what it takes and costs, and what becomes of the rest."""
    lines = [words(f"  {_plan(plan)}") for plan in found.plans]
    if found.jobs:
        lines.append(words("  ", (_expected(found), "bold")))
    lines += [words(f"  {part}") for part in _others(found)]
    return lines


def _plan(plan: Plan) -> str:
    kept = f"keep {', '.join(plan.kept)}" if plan.kept else "keep nothing"
    again = f"{'go on' if plan.kept else 'start'} at {', '.join(plan.resumes_at)}"
    return f"{plan.jobs:,} × {plan.type}: {kept}; {again}; {_each(plan)} each"


def _each(plan: Plan) -> str:
    return f"{'~' if plan.each.guessed else ''}{span(plan.each.took_s)}"


def _expected(found: Preview) -> str:
    slots = f"{found.slots.number:,} {'slot' if found.slots.number == 1 else 'slots'}"
    with_ = f"in {slots}" if found.slots.alive else f"in the {slots} of a worker, which nobody runs"
    guess = ", a guess from the catalogue" if found.guessed else ""
    return f"expected: about {span(found.took_s)} {with_}{guess}; {_cost(found)}"


def _cost(found: Preview) -> str:
    credits = f" and {found.credits:,.0f} credits" if found.credits else ""
    if found.cost_usd is not None:
        return f"about ${found.cost_usd:,.4f}{credits}"
    if found.known_usd:
        return f"at least ${found.known_usd:,.4f}{credits}, some prices are unknown"
    return f"costs are unknown{credits}"


def _others(found: Preview) -> Iterator[str]:
    if found.expire:
        yield f"{found.expire:,} are likely to expire in the queue: retry fewer, or add workers"
    for why, number in found.refused.items():
        yield f"{number:,} are skipped: {why}"
