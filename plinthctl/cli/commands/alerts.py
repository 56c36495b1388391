"""``plinthctl alerts``: what fires, and answering for it."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from plinthctl.cli import cautions, parsing
from plinthctl.cli.complete import alert_names, alert_rules, all_job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import LIVE, command, command_over
from plinthctl.cli.shell import Shell
from plinthctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from plinthctl.domain.alert_board import Board
    from plinthctl.domain.alert_life import Incident
    from plinthctl.domain.alerting import AlertRule

HISTORY_LIMIT: Final = 50

TargetOption = Annotated[
    str,
    typer.Argument(metavar="ALERT", help="A rule, or an alert's id.", autocompletion=alert_names),
]
TypeOption = Annotated[
    str | None,
    typer.Option(
        "--type", metavar="T", help="Only of this job type.", autocompletion=all_job_types
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register the command, and those under it."""
    under = command_over(
        app,
        "alerts",
        panel=LIVE,
        examples=(
            "plinthctl alerts",
            "plinthctl alerts --check",
            "plinthctl alerts -o json | jq '.alerts[] | select(.state == \"firing\")'",
        ),
    )(alerts)
    command(
        under,
        "ack",
        examples=(
            "plinthctl alerts ack failure_rate",
            'plinthctl alerts ack 7Q2K9M4T --reason "the key had expired"',
        ),
    )(acknowledge)
    command(
        under,
        "silence",
        examples=(
            'plinthctl alerts silence queue_depth --for 2h --reason "bulk import"',
            "plinthctl alerts silence failure_rate --type market_research --for 30m",
            "plinthctl alerts silence queue_depth --lift",
        ),
    )(silence)
    command(
        under,
        "history",
        examples=("plinthctl alerts history", "plinthctl alerts history --since 7d -o json"),
    )(history)
    command(
        under,
        "test",
        examples=(
            "plinthctl alerts test failure_rate",
            "plinthctl alerts test p95_duration --type competitor_analysis",
        ),
    )(explain)


def alerts(
    shell: Shell,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 10 when something warns, 11 when something pages."),
    ] = False,
) -> None:
    """Show the four rules beside today's numbers: what fires, since when, what to do.

    A fifth, provider_down, has a line while a provider is left alone (plinthctl providers).
    An alert is told once when it fires and once when it is resolved, after 10 minutes
    below its threshold. Workers and plinthctl reap evaluate them each minute. --check
    counts what is acknowledged, but nothing that is silenced; it reads today's numbers
    itself, so that it is right where nobody evaluates them.
    """
    board = shell.services.alerting.board()
    _print(shell, board)
    cautions.unwatched(shell, board.evaluated_at, board.at)
    if check:
        raise typer.Exit(_verdict(board))


def _print(shell: Shell, board: "Board") -> None:
    from plinthctl.render import alerts as render

    match shell.output:
        case Output.JSON:
            shell.json(render.board_object(board))
        case Output.NDJSON:
            for one in board.views:
                shell.json(render.view_object(one))
        case Output.ID:
            for one in board.views:
                if one.incident:
                    shell.data(one.incident)
        case Output.TABLE | Output.WIDE:
            rules = shell.settings.alerts.to_domain()
            shell.show(render.table(board, rules, shell.terminal.out_width, shell.times))
            shell.say(*(render.silence_line(one, board.at) for one in board.silences))


def _verdict(board: "Board") -> ExitCode:
    from plinthctl.domain.alerting import Severity

    match board.worst:
        case None:
            return ExitCode.OK
        case Severity.PAGE:
            return ExitCode.ALERT_PAGE
        case Severity.INVESTIGATE | Severity.WARNING:
            return ExitCode.ALERT_WARNING


def acknowledge(
    shell: Shell,
    alert: TargetOption,
    job_type: TypeOption = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; kept in the audit.")
    ] = None,
) -> None:
    """Say that you take care of an alert: others see it, and by whom.

    It is not told again anyway; that it is over is told still. A rule names all of
    its open alerts. Asking twice is no mistake.
    """
    from plinthctl.render import alerts as render

    alerting = shell.services.alerting
    found = _named(shell, alert, job_type)
    changed = {one.id: one for one in alerting.acknowledge(found, reason)}
    now = [changed.get(one.id, one) for one in found]
    objects = [{**render.incident_object(one), "changed": one.id in changed} for one in now]
    lines = [render.acknowledged_line(one, changed=one.id in changed) for one in now]
    _tell(shell, objects, lines, [one.id for one in now])


def silence(
    shell: Shell,
    alert: TargetOption,
    span: Annotated[
        str | None, typer.Option("--for", metavar="D", help="How long: 30m, 2h, 7d.")
    ] = None,
    job_type: TypeOption = None,
    lift: Annotated[bool, typer.Option("--lift", help="Tell again.")] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; shown to others, kept in the audit.")
    ] = None,
) -> None:
    """Tell nothing of a rule for some time, whether it fires or not; it is shown still.

    It holds for every alert that the rule begins meanwhile. What fires still when the
    time is over is told then; what has come and gone meanwhile never is. An alert's id
    silences its rule for its job type.
    """
    from plinthctl.render import alerts as render

    if (span is None) is not lift:
        raise UsageError(
            "for how long?" if not lift else "--for and --lift do not go together",
            fix="--for 2h to silence, or --lift to tell again",
        )
    alerting = shell.services.alerting
    rule, job_type = _rule_and_type(shell, alert, job_type)
    if span is None:
        changed = alerting.lift_silence(rule, job_type, reason)
        told = {"rule": rule.value, "type": job_type, "silenced_until": None, "changed": changed}
        _tell(shell, [told], [_lifted(rule, job_type, changed=changed)], [rule.value])
        return
    made = alerting.silence(rule, job_type, parsing.duration(span, "--for"), reason)
    now = shell.services.store.now()
    _tell(
        shell,
        [{**render.silence_object(made), "changed": True}],
        [render.silence_line(made, now)],
        [rule.value],
    )


def _lifted(rule: "AlertRule", job_type: str | None, *, changed: bool) -> Any:
    from plinthctl.render.sheet import words

    of = f" of {job_type}" if job_type else ""
    became = "is told again" if changed else "was not silenced"
    return words(("✓ ", "green"), (f"{rule}{of}", "bold"), f" {became}")


def history(
    shell: Shell,
    since: Annotated[
        str | None, typer.Option(metavar="D", help="Open at some time since then: 7d, 24h.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = HISTORY_LIMIT,
) -> None:
    """List the alerts there were, the newest first: how long each lasted, who took care
    of it, and what was told to whom.

    Resolved ones are kept for 90 days. A message that is not taken is tried again for
    a day; then it is given up.
    """
    from plinthctl.render import alerts as render

    now = shell.services.store.now()
    after = None if since is None else parsing.moment(since, "--since", now)
    found = shell.services.alerting.history(after, limit)
    lines = render.history(found, now, shell.terminal.out_width, shell.times) if found else []
    _tell(shell, [render.incident_object(one) for one in found], lines, [one.id for one in found])
    if not found:
        shell.say("no alert has fired")


def explain(
    shell: Shell,
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="A rule.", autocompletion=alert_rules)
    ],
    job_type: TypeOption = None,
) -> None:
    """Explain what a rule makes of today's numbers: the whole arithmetic, and who would
    be told.

    Nothing is evaluated, begun or told by it.
    """
    from plinthctl.domain.alerting import AlertRule
    from plinthctl.render import alerts as render

    chosen = parsing.one_of(AlertRule, rule, "rule")
    only = _job_type(job_type)
    alerting = shell.services.alerting
    found = [one for one in alerting.explain(chosen) if only in {None, one.type}]
    told = {one.severity: alerting.sinks[one.severity] for one in found}
    width = shell.terminal.out_width
    lines = [line for one in found for line in render.reading_lines(one, width)]
    _tell(
        shell,
        [render.reading_object(one, told[one.severity]) for one in found],
        lines,
        [chosen.value],
    )
    if not found:
        shell.say(f"no numbers of {chosen} yet: no job has finished in its window")
    for names in told.values():
        shell.say(
            f"would be told: {', '.join(names) or 'nobody (see alerts.command, webhook, urls)'}"
        )


def _tell(
    shell: Shell, objects: "Sequence[Any]", lines: "Iterable[Any]", ids: "Iterable[str]"
) -> None:
    match shell.output:
        case Output.JSON:
            shell.json(list(objects))
        case Output.NDJSON:
            for one in objects:
                shell.json(one)
        case Output.ID:
            for name in ids:
                shell.data(name)
        case Output.TABLE | Output.WIDE:
            shell.show(lines)


def _named(shell: Shell, typed: str, job_type: str | None) -> "tuple[Incident, ...]":
    """The open alerts that are meant."""
    alerting = shell.services.alerting
    if (rule := _rule(typed)) is not None:
        return alerting.open_of(rule, _job_type(job_type))
    _no_type_with_an_id(job_type)
    return (alerting.open_by_id(typed),)


def _rule_and_type(
    shell: Shell, typed: str, job_type: str | None
) -> "tuple[AlertRule, str | None]":
    if (rule := _rule(typed)) is not None:
        return rule, _job_type(job_type)
    _no_type_with_an_id(job_type)
    one = shell.services.alerting.open_by_id(typed)
    return one.rule, one.type


def _no_type_with_an_id(job_type: str | None) -> None:
    if job_type is not None:
        raise UsageError("an alert's id and --type do not go together", fix="leave --type out")


def _rule(typed: str) -> "AlertRule | None":
    """The rule of that name; None: it is an id.

    Raises:
        UsageError: it is neither, but nearly a rule.
    """
    from plinthctl.domain.alerting import AlertRule
    from plinthctl.domain.ids import IdPrefix

    if typed in set(AlertRule):
        return AlertRule(typed)
    if "_" in typed and not typed.lower().startswith(f"{IdPrefix.ALERT}_"):
        raise parsing.no_such("rule", typed, list(AlertRule))
    return None


def _job_type(typed: str | None) -> str | None:
    from plinthctl.domain.catalog import job_type

    return None if typed is None else job_type(typed).name
