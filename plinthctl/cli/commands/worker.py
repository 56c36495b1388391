"""``plinthctl worker``: run jobs, or see who does."""

from typing import Annotated

import typer

from plinthctl.cli import parsing
from plinthctl.cli.complete import job_types
from plinthctl.cli.options import Output
from plinthctl.cli.registry import RUN, command, command_over
from plinthctl.cli.shell import Shell


def add_to(app: typer.Typer) -> None:
    """Register the command, and the one under it."""
    under = command_over(
        app,
        "worker",
        panel=RUN,
        examples=(
            "plinthctl worker",
            "plinthctl worker --concurrency 20 --types competitor_analysis",
            "plinthctl worker --burst",
            "plinthctl worker list",
        ),
    )(worker)
    command(under, "list", examples=("plinthctl worker list", "plinthctl worker list -o json"))(
        list_workers
    )


def worker(
    shell: Shell,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Jobs at the same time.")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--types", metavar="T,…", help="Only jobs of these types.", autocompletion=job_types
        ),
    ] = None,
    burst: Annotated[bool, typer.Option("--burst", help="Exit when nothing is left.")] = False,
    drain: Annotated[
        str | None,
        typer.Option(metavar="30s", help="When stopped, how long running jobs may go on."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What others see of it.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether a worker here is alive; exit 0 or 6.")
    ] = False,
    job: Annotated[str | None, typer.Option("--job", hidden=True)] = None,
) -> None:
    """Run jobs until stopped.

    Ctrl-C drains: running jobs may finish. A second one stops at once; what was
    finished of them is kept, and another worker goes on from there.
    """
    from plinthctl.domain.catalog import job_type
    from plinthctl.services.probe import must_be_alive

    only = tuple(job_type(word).name for word in parsing.commas(types or ()))
    if check:
        must_be_alive(shell.services.store, name)
        return
    from worker.main import WorkerOptions, run

    options = WorkerOptions(
        concurrency=concurrency,
        types=only or None,
        burst=burst,
        drain_s=parsing.seconds(drain, "--drain"),
        name=name,
        job=job,
        config=shell.config_path,
        verbose=shell.shared.verbose or shell.shared.debug,
    )
    raise typer.Exit(run(shell.settings, options))


def list_workers(shell: Shell) -> None:
    """List the workers that report: where they run, how busy they are.

    A beat that is marked is late: the others take such a worker for gone. WORK says
    how it finds its jobs: told through Redis, or by asking the store, and why.
    """
    from plinthctl.render import workers

    found = shell.services.browse.workers()
    match shell.output:
        case Output.JSON | Output.NDJSON:
            shell.objects(map(workers.worker_object, found))
        case Output.ID:
            for one in found:
                shell.data(one.id)
        case Output.TABLE | Output.WIDE:
            if found:
                shell.show(workers.table(found, shell.terminal.out_width))
            else:
                shell.say("no worker has reported (start one: plinthctl worker)")
