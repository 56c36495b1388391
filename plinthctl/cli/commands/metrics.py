"""``plinthctl metrics``: the numbers for Prometheus."""

import threading
from typing import Annotated

import typer

from plinthctl.cli.registry import LIVE, command
from plinthctl.cli.shell import Shell
from plinthctl.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app,
        "metrics",
        panel=LIVE,
        examples=(
            "plinthctl metrics",
            "plinthctl metrics --serve 127.0.0.1:9464",
            "* * * * *  plinthctl reap -q --metrics-file /var/lib/node_exporter/plinthctl.prom",
        ),
    )(metrics)


def metrics(
    shell: Shell,
    serve: Annotated[
        str | None,
        typer.Option("--serve", metavar="HOST:PORT", help="Answer scrapes until stopped."),
    ] = None,
) -> None:
    """Print the numbers in Prometheus' text format, or serve them to be scraped.

    What they mean stands beside each. Percentiles are of the last hour, counters of all
    time. No label is an organisation or a user. While the store cannot be reached, a
    served scrape says plinthctl_store_up 0 and nothing else. Whoever reaches the port
    may read: there is no password. The last example is for node_exporter's textfile
    collector.
    """
    if serve is None:
        shell.stream([shell.services.exporter.exposition()])
        return
    _serve(shell, *_address(serve))


def _serve(shell: Shell, host: str, port: int) -> None:
    from prometheus_client import start_http_server

    registry = shell.services.exporter.registry()
    try:
        server, _ = start_http_server(port, host, registry)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}",
            fix="another port, or an address of this machine",
        ) from None
    shell.say(f"serving http://{host}:{server.server_port}/metrics until stopped")
    try:
        threading.Event().wait()
    finally:
        server.shutdown()
        server.server_close()


def _address(typed: str) -> tuple[str, int]:
    host, _, port = typed.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f'--serve: "{typed}" is not HOST:PORT', fix="--serve 127.0.0.1:9464")
    return host.strip("[]"), int(port)
