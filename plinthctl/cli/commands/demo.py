"""``plinthctl demo``: a busy system without keys or set-up, to look at and to play with."""

import subprocess
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from plinthctl import programs
from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell

if TYPE_CHECKING:
    from worker.demo.scene import Scene

BUSY_WITHIN_S: Final = 12.0
LOOK_EVERY_S: Final = 0.2


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "demo",
        panel=LIVE,
        examples=("plinthctl demo", "plinthctl demo --speed 10", "plinthctl demo --once"),
    )(demo)


def demo(
    shell: Shell,
    jobs: Annotated[int, typer.Option(min=1, max=500, help="How many wait.")] = 60,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100, help="How many times as fast as a real system.")
    ] = 4.0,
    once: Annotated[bool, typer.Option("--once", help="Print one look, and leave.")] = False,
) -> None:
    """Open the dashboard on a busy system that is invented, and leave nothing behind.

    It has a store, workers and simulated providers of its own, in a temporary folder.
    Jobs of every type succeed, fail, stall and are limited; cancel and retry them.
    """
    from worker.demo.scene import scene

    shell.say("setting the scene: an hour of jobs, two workers, four simulated providers")
    with scene(jobs, speed) as played:
        if once:
            _wait_until_busy(played)
        words = ("top", "--once") if once else ("top",)
        done = subprocess.run(  # noqa: S603 - our own program
            programs.command("plinthctl", *words), env=dict(played.environ), check=False
        )
    raise typer.Exit(done.returncode)


def _wait_until_busy(played: "Scene") -> None:
    """Until the workers are at work and some job waits for its next try."""
    from plinthctl.domain.job import Phase

    until = time.monotonic() + BUSY_WITHIN_S
    while time.monotonic() < until:
        look = played.services.watch.snapshot()
        at_work = all(one.running for one in look.workers)
        if at_work and any(job.phase is Phase.RETRYING for job in look.active):
            return
        time.sleep(LOOK_EVERY_S)
