"""The page for operators and the units it installs say what the program can do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.every_command import parse, typed_in

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
HARDENED = {
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallFilter=@system-service",
    "UMask=0077",
    "User=plinthctl",
}


def of_blocks(page: str) -> list[str]:
    """What is typed in the shell blocks of a page."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    return typed_in(re.sub(r"\\\n\s*", "", blocks))


def in_prose(page: str) -> list[str]:
    """What is named between backticks outside of blocks."""
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    named = re.findall(r"`([^`]*)`", prose)
    return typed_in("\n".join(" ".join(one.split()) for one in named))


@pytest.mark.parametrize(
    "typed", [call for call in of_blocks(PAGE) + in_prose(PAGE) if not call.startswith('"$@"')]
)
def test_every_command_of_the_page_can_be_typed(typed: str) -> None:
    parse(typed)


@pytest.mark.parametrize(
    "typed", re.findall(r"^[*\d].* \S+/bin/plinthctl (.*)$", PAGE, re.MULTILINE)
)
def test_every_line_for_cron_can_be_typed(typed: str) -> None:
    parse(typed)
    assert "%" not in typed  # cron makes a line break of it


@pytest.mark.parametrize("typed", of_blocks(README))
def test_every_command_of_the_readme_can_be_typed(typed: str) -> None:
    parse(typed.partition("  #")[0])


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)#]+)[)#]", PAGE))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (ROOT / "docs" / path).exists()


def test_it_names_every_unit_and_the_readme_names_the_page() -> None:
    assert [unit.name for unit in DEPLOY.iterdir() if unit.name not in PAGE] == []
    assert "(docs/operations.md)" in README


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_calls_what_there_is_and_is_shut_in(service: Path) -> None:
    lines = service.read_text().splitlines()
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    parse(start.partition("/bin/plinthctl ")[2])
    assert HARDENED - set(lines) == set()


def test_both_services_are_shut_in_alike() -> None:
    blocks = [re.findall(r"NoNewPrivileges.*EPERM", s.read_text(), re.DOTALL) for s in SERVICES]
    assert len(blocks) == 2
    assert blocks[0] == blocks[1]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Only read, nothing is started."""
    units = []
    for unit in DEPLOY.iterdir():
        # It insists on a program that is there.
        text = unit.read_text().replace("/opt/plinthctl/bin/plinthctl", sys.executable)
        (copy := tmp_path / unit.name).write_text(text)
        units.append(str(copy))
    command = ["systemd-analyze", "verify", "--man=no", *units]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
