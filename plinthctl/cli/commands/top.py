"""``plinthctl top``: the dashboard, or one look at what it shows."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from plinthctl import __version__
from plinthctl.cli import parsing
from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError

if TYPE_CHECKING:
    from plinthctl.settings import Settings
    from tui.site import Site

SHORTEST: Final = timedelta(seconds=0.5)
_ASCII_TERMINALS: Final = frozenset({"linux"})


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
    once: Annotated[
        bool, typer.Option("--once", help="Print one look as text, and leave.")
    ] = False,
    interval: Annotated[
        str | None, typer.Option(metavar="2s", help="How often to look; 0.5s at least.")
    ] = None,
    theme: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its colours; else those chosen in it last.")
    ] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Show nothing past ASCII.")] = False,
    worker: Annotated[
        bool, typer.Option("--worker", help="Run jobs as well, as long as it is open.")
    ] = False,
) -> None:
    """Watch everything live, and repair it from there.

    ? shows the keys. Where there is no terminal it prints what it would show, as
    --once does. A screen reader reads that, and list, show, watch and alerts.
    """
    every = _every(shell, interval)
    plain = ascii_only or _needs_ascii(shell)
    if once or not _is_a_screen(shell):
        _print(shell, ascii_only=plain)
        return
    from plinthctl.cli.companion import worker_beside
    from tui.start import run

    site = _site(shell, every, theme, ascii_only=plain)
    with worker_beside(shell, wanted=worker):
        code = run(shell.services, site)
    raise typer.Exit(code)


def _every(shell: Shell, typed: str | None) -> timedelta:
    every = shell.settings.top.interval if typed is None else parsing.duration(typed, "--interval")
    if every < SHORTEST:
        raise UsageError(f"--interval: {typed} is below 0.5s", fix="plinthctl top --interval 0.5s")
    return every


def _is_a_screen(shell: Shell) -> bool:
    """Whether somebody sits in front of it: the dashboard draws on stderr."""
    ends = (sys.stdin, sys.stdout, sys.stderr)
    return all(end.isatty() for end in ends) and shell.environ.get("TERM") not in {"dumb", None}


def _needs_ascii(shell: Shell) -> bool:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return encoding != "utf8" or shell.environ.get("TERM") in _ASCII_TERMINALS


def _print(shell: Shell, *, ascii_only: bool) -> None:
    from plinthctl.render import overview
    from plinthctl.render.board.marks import in_ascii

    settings = shell.settings
    look = shell.services.watch.snapshot()
    width = shell.terminal.out_width
    told = overview.lines(look, name_of(settings), __version__, settings.expiry.to_domain(), width)
    if ascii_only:
        shell.data("\n".join(in_ascii(line.plain) for line in told))
    else:
        shell.show(told)


def _site(shell: Shell, every: timedelta, theme: str | None, *, ascii_only: bool) -> "Site":
    from plinthctl.paths import state_dir
    from plinthctl.settings import Mode
    from tui.site import Site

    settings = shell.settings
    return Site(
        name=name_of(settings),
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
        state=state_dir(),
    )


def name_of(settings: "Settings") -> str:
    """What an installation is called: its name in reports, or its store's host."""
    host = urlsplit(settings.database_url).hostname
    return settings.sentry.environment or host or "local"
