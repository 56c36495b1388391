"""``plinthctl show``: everything about one job."""

from typing import TYPE_CHECKING, Annotated

import typer

from plinthctl.cli.options import JobArgument, Output
from plinthctl.cli.registry import JOBS, command
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from plinthctl.domain.views import JobDetail

_PARTS = "One part, raw"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "show",
        panel=JOBS,
        examples=(
            "plinthctl show @last",
            "plinthctl show 7Q2K9M4T --output -o json | jq",
            "plinthctl show 7Q2K9M4T --events",
        ),
        long_output=False,
    )(show)


def show(
    shell: Shell,
    job: JobArgument = "@last",
    events: Annotated[
        bool,
        typer.Option(
            "--events", help="Its history, and what operators did.", rich_help_panel=_PARTS
        ),
    ] = False,
    input_: Annotated[
        bool, typer.Option("--input", help="Its input as JSON.", rich_help_panel=_PARTS)
    ] = False,
    output_: Annotated[
        bool,
        typer.Option(
            "--output", help="What it found; with -o json its output.", rich_help_panel=_PARTS
        ),
    ] = False,
    error: Annotated[
        bool, typer.Option("--error", help="Its error as JSON.", rich_help_panel=_PARTS)
    ] = False,
) -> None:
    """Show a job: its steps, its error, what it found and where.

    Here --output is a part of the job; the shape of stdout is -o.
    """
    browse = shell.services.browse
    detail = browse.detail(browse.resolve(job), events=events)
    parts = {"input": input_, "output": output_, "error": error, "events": events}
    chosen = [part for part, wanted in parts.items() if wanted]
    if chosen:
        _parts(shell, detail, chosen)
    else:
        _whole(shell, detail)


def _parts(shell: Shell, detail: "JobDetail", chosen: list[str]) -> None:
    from plinthctl.render import detail as sheets
    from plinthctl.render import jsons

    table = shell.output in {Output.TABLE, Output.WIDE}
    if chosen == ["events"] and table:
        shell.show(sheets.event_lines(detail.history, shell.times))
        return
    if chosen == ["output"] and table and detail.results:
        _found(shell, detail)
        return
    values = {
        "input": detail.input,
        "output": detail.output,
        "error": detail.error_detail or detail.job.error,
        "events": [jsons.history_object(one) for one in detail.history],
    }
    shell.json(values[chosen[0]] if len(chosen) == 1 else {part: values[part] for part in chosen})


def _found(shell: Shell, detail: "JobDetail") -> None:
    from plinthctl.render import results

    sheets = results.result_sheets(detail.results, shell.terminal.out_width, shell.times)
    for n, sheet in enumerate(sheets):
        if n:
            shell.data("")
        shell.show(sheet)


def _whole(shell: Shell, detail: "JobDetail") -> None:
    from rich.text import Text

    from plinthctl.render import detail as sheets
    from plinthctl.render import jsons, results

    if shell.output is Output.ID:
        shell.data(detail.job.id)
    elif shell.output in {Output.JSON, Output.NDJSON}:
        shell.json(jsons.job_object(detail, shell.settings.expiry.to_domain()))
    else:
        width = shell.terminal.out_width
        pauses = shell.services.pausing.holding(detail.job.type) if detail.job.paused else ()
        why = shell.services.explain.held_up(detail)
        shell.show(sheets.job_sheet(detail, width, shell.times, pauses, why))
        for sheet in results.result_sheets(detail.results, width, shell.times):
            shell.show([Text(), *sheet])
