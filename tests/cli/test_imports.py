"""A command loads only what it uses: what is heavy is not loaded to show help."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence

from tests.cli.every_command import commands

HEAVY = {"sqlalchemy", "textual", "openai", "arq", "redis", "httpx", "sentry_sdk"}
FOR_LISTS = HEAVY - {"sqlalchemy"}

# Calls one after the other, as many processes would make them, and what each has loaded.
PROBE = """
import json, os, sys
sys.argv[0] = "plinthctl"
from plinthctl.cli.app import main
for call in json.load(sys.stdin):
    os.environ.update(call["variables"])
    try:
        main(call["arguments"])
    except SystemExit:
        pass
    for name in call["variables"]:
        del os.environ[name]
    sys.stdout.flush()
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    print("loaded:", *loaded, file=sys.stderr, flush=True)
    print("\\0", end="", flush=True)
"""
Call = tuple[tuple[str, ...], dict[str, str]]


def loaded_by(*arguments: str, **variables: str) -> set[str]:
    """The packages that a call has loaded."""
    return probed([(arguments, variables)])[0][0]


def probed(calls: Sequence[Call]) -> list[tuple[set[str], str]]:
    """The packages that are loaded after each of these calls, and its stdout."""
    asked = [{"arguments": arguments, "variables": given} for arguments, given in calls]
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("loaded: ")]
    assert len(said) == len(calls), done.stderr
    outs = done.stdout.split("\0")
    return [(set(line.split()[1:]), out) for line, out in zip(said, outs, strict=False)]


def heavy_after(calls: Sequence[Call]) -> dict[str, set[str]]:
    """Which of these calls were the first to load something heavy."""
    found = zip(calls, probed(calls), strict=True)
    heavy = {" ".join(arguments): loaded & HEAVY for (arguments, _), (loaded, _) in found}
    return {call: loaded for call, loaded in heavy.items() if loaded}


def test_nothing_heavy_is_loaded_to_help() -> None:
    plain = [("--help",), ("--version",), (), ("types", "-o", "id")]
    helps = [(*command, "--help") for command, _ in commands()]
    assert len(helps) > 20
    assert heavy_after([(arguments, {}) for arguments in (*plain, *helps)]) == {}


def modules_of(*arguments: str) -> set[str]:
    """The modules of commands that a call has loaded."""
    names = "[n for n in sys.modules if n.startswith('plinthctl.cli.commands.')]"
    call = f"import sys\nfrom plinthctl.cli.app import main\ntry: main({list(arguments)})\n"
    call += f"except SystemExit: pass\nprint(*{names}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", call], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.rpartition(".")[2] for name in done.stderr.splitlines()[-1].split()}


def test_no_module_of_a_command_is_loaded_to_help_or_to_say_the_version() -> None:
    assert modules_of("--help") == set()
    assert modules_of("--version") == set()


def test_a_call_loads_the_module_of_its_command_alone() -> None:
    assert modules_of("limits", "--help") == {"limits"}


OFFERS = {
    "plinthctl s": {"submit", "show", "stats"},
    "plinthctl submit c": {"competitor_analysis"},
    "plinthctl list --status fa": {"failed"},
    "plinthctl list --type m": {"market_research"},
    "plinthctl decision option a": {"add"},
    "plinthctl results list --type br": {"brief"},
}


def completing(line: str) -> Call:
    """What the script for bash asks when TAB is pressed behind the line."""
    words = str(len(line.split()) - (not line.endswith(" ")))
    shell = {"_PLINTHCTL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": words}
    return (), shell


def test_nothing_heavy_is_loaded_to_complete() -> None:
    found = probed([completing(line) for line in OFFERS])
    assert [set(offered.split()) for _, offered in found] == list(OFFERS.values())
    assert [loaded & HEAVY for loaded, _ in found] == [set()] * len(OFFERS)


def test_nothing_heavy_is_loaded_to_complete_an_id(a_pending_job: Callable[[], str]) -> None:
    job_id = a_pending_job()
    ((loaded, offered),) = probed([completing("plinthctl show ")])
    assert offered.split() == ["@last", job_id[-8:]]
    assert loaded & HEAVY == set()


def test_a_list_loads_no_dashboard_no_model_and_no_broker() -> None:
    loaded = loaded_by("list")
    assert "sqlalchemy" in loaded
    assert loaded & FOR_LISTS == set()


def test_a_probe_loads_no_worker() -> None:
    loaded = loaded_by("worker", "--check")
    assert "worker" not in loaded
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
