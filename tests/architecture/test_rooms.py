"""What import contracts cannot say; the contracts themselves run in `make check`."""

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for room in ("plinthctl", "tui", "worker") for path in (ROOT / room).rglob("*.py")
)
DOMAIN = [path for path in SOURCES if "domain" in path.parts]
MAY_DOMAIN_IMPORT = {*sys.stdlib_module_names, "pydantic"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_imports_the_standard_library_and_pydantic_only(path: Path) -> None:
    others = {module for module in imported(path) if not module.startswith("plinthctl.")}
    assert {module.partition(".")[0] for module in others} <= MAY_DOMAIN_IMPORT


def test_every_room_stands_on_the_stairs() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    stairs = contracts["importlinter:contract:stairs"]["layers"]
    on_stairs = {room.strip("() ") for step in stairs.split() for room in step.split("|")}
    rooms = {f"plinthctl.{p.stem}" for p in (ROOT / "plinthctl").iterdir() if is_room(p)}
    assert rooms | {"tui", "worker"} == on_stairs - {""}


def is_room(path: Path) -> bool:
    return path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_line_imports_click(path: Path) -> None:
    """Typer brings a Click of its own; arq's is another, and their exceptions differ."""
    assert "click" not in {module.partition(".")[0] for module in imported(path)}
