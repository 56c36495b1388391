"""A command loads only what it uses: what is heavy is not loaded to show help."""

import os
import subprocess
import sys

import pytest
from typer.main import get_command

from plinthctl.cli.app import app

HEAVY = {"sqlalchemy", "textual", "openai", "arq", "redis", "httpx"}
FOR_LISTS = HEAVY - {"sqlalchemy"}

PROBE = """
import sys
sys.argv[0] = "plinthctl"
try:
    from plinthctl.cli.app import main
    main(sys.argv[1:])
finally:
    print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def _commands() -> list[tuple[str, ...]]:
    """Every command and subcommand there is."""
    found: list[tuple[str, ...]] = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        found += [(name, part) for part in inner] or [(name,)]
    return found


def loaded_by(*arguments: str, **variables: str) -> set[str]:
    return probed(*arguments, **variables)[0]


def probed(*arguments: str, **variables: str) -> tuple[set[str], str]:
    """The packages that a call has loaded, and its stdout."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=60,
        check=False,
    )
    last = [line for line in done.stderr.splitlines() if line.startswith("loaded: ")]
    assert last, done.stderr
    return set(last[-1].split()[1:]), done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), (), ("types", "-o", "id")]
    + [(*command, "--help") for command in _commands()],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded_to_help(arguments: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)
    assert "plinthctl" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("plinthctl s", {"submit", "show", "stats"}),
        ("plinthctl submit c", {"competitor_analysis"}),
        ("plinthctl list --status fa", {"failed"}),
        ("plinthctl list --type m", {"market_research"}),
        ("plinthctl decision option a", {"add"}),
        ("plinthctl results list --type br", {"brief"}),
    ],
)
def test_nothing_heavy_is_loaded_to_complete(line: str, offers: set[str]) -> None:
    words = str(len(line.split()) - 1)
    asked = {"_PLINTHCTL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": words}
    loaded, offered = probed(**asked)
    assert set(offered.split()) == offers
    assert loaded & HEAVY == set()


def test_a_list_loads_no_dashboard_no_model_and_no_broker() -> None:
    loaded = loaded_by("list")
    assert "sqlalchemy" in loaded
    assert loaded & FOR_LISTS == set()


def test_a_submit_loads_no_dashboard_no_model_and_no_broker() -> None:
    given = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")
    assert loaded_by("submit", "competitor_analysis", *given) & FOR_LISTS == set()


def test_a_submit_that_rings_a_bell_loads_what_rings_and_not_what_carries() -> None:
    given = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")
    nobody = {"PLINTHCTL_REDIS_URL": "redis://127.0.0.1:1"}
    loaded = loaded_by("submit", "competitor_analysis", *given, **nobody)
    assert loaded & HEAVY == {"sqlalchemy", "redis"}


def test_a_list_loads_no_broker_where_there_is_one() -> None:
    nobody = {"PLINTHCTL_REDIS_URL": "redis://127.0.0.1:1"}
    assert loaded_by("list", **nobody) & FOR_LISTS == set()


def test_a_watch_loads_what_listens_and_not_what_carries() -> None:
    nobody = {"PLINTHCTL_REDIS_URL": "redis://127.0.0.1:1"}
    given = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")
    loaded_by("submit", "competitor_analysis", *given)
    loaded = loaded_by("watch", "--timeout", "10ms", **nobody)
    assert loaded & HEAVY == {"sqlalchemy", "redis"}
