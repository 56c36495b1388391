"""``plinthctl top``: the dashboard, or one look at what it shows."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from plinthctl.cli import parsing
from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from tui.site import Site

SHORTEST = timedelta(seconds=0.5)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "top",
        panel=LIVE,
        examples=("plinthctl top", "plinthctl top --worker", "plinthctl top --once"),
    )(top)


def top(
    shell: Shell,
    once: Annotated[bool, typer.Option("--once", help="Print one look, and leave.")] = False,
    interval: Annotated[
        str | None, typer.Option(metavar="2s", help="How often to look; 0.5s at least.")
    ] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Show nothing past ASCII.")] = False,
    theme: Annotated[str | None, typer.Option(metavar="NAME", help="Its colours.")] = None,
    worker: Annotated[
        bool, typer.Option("--worker", help="Run jobs as well, as long as it is open.")
    ] = False,
) -> None:
    """Watch everything, and repair it from there.

    Off a terminal it prints what it would show, as --once does.
    """
    site = _site(shell, interval, theme, ascii_only=ascii_only)
    from tui.start import run

    raise typer.Exit(run(shell.services, site))


def _site(shell: Shell, interval: str | None, theme: str | None, *, ascii_only: bool) -> "Site":
    from plinthctl.settings import Mode
    from tui.site import Site

    settings = shell.settings
    every = settings.top.interval if interval is None else parsing.duration(interval, "--interval")
    if every < SHORTEST:
        raise UsageError(
            f"--interval: {interval} is below 0.5s", fix="plinthctl top --interval 0.5s"
        )
    return Site(
        name=settings.sentry.environment or _host(settings.database_url),
        org=settings.identity.org,
        user=settings.identity.user,
        simulated=settings.providers.effective_mode is Mode.SIMULATED,
        read_only=settings.read_only,
        clocks=settings.expiry.to_domain(),
        interval_s=every.total_seconds(),
        theme=theme or settings.top.theme,
        ascii=ascii_only,
        no_color=bool(shell.environ.get("NO_COLOR")),
        keys=settings.top.keys,
    )


def _host(url: str) -> str:
    """Where a store is, in a word."""
    return urlsplit(url).hostname or "local"
