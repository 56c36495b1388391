"""config.example.toml is every setting at its default, with a comment each."""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from plinthctl.settings import Origin, Settings, load_settings
from plinthctl.settings.example import EXAMPLE, example_text
from plinthctl.settings.sources import from_table, keys

ROOT = Path(__file__).parents[2]
TEXT = example_text()
UNSET = re.compile(r"^#(?=[a-z_]+ = )", re.MULTILINE)


def set_in(text: str) -> list[str]:
    return [given.path for given in from_table(tomllib.loads(text), EXAMPLE)]


def test_reading_it_gives_exactly_the_defaults() -> None:
    loaded = load_settings(EXAMPLE, {}, {})
    assert loaded.settings == Settings()
    assert loaded.path == EXAMPLE


def test_with_its_unset_lines_it_has_every_key_and_no_other() -> None:
    assert sorted(set_in(UNSET.sub("", TEXT))) == sorted(keys())


def test_what_it_sets_is_what_has_a_default() -> None:
    loaded = load_settings(EXAMPLE, {}, {})
    from_file = {path for path, origin in loaded.origins.items() if origin is Origin.FILE}
    assert from_file == set(set_in(TEXT))
    for path in set(keys()) - from_file - {"identity.user"}:
        assert value_at(loaded.settings, path) is None, f"{path} has a default: show it"


def value_at(settings: object, path: str) -> object:
    for name in path.split("."):
        settings = getattr(settings, name)
    return settings


def settings_with_the_line_above() -> Iterator[tuple[str, str]]:
    lines = TEXT.splitlines()
    for above, line in pairwise(lines):
        if re.match(r"#?[a-z0-9_]+ = ", line):
            yield above, line


def test_every_setting_has_a_comment() -> None:
    seen = list(settings_with_the_line_above())
    assert len(seen) == len(keys())
    assert [line for above, line in seen if not above.startswith("# ")] == []


def test_secrets_are_called_secrets() -> None:
    said = {
        line.split(" ")[0].lstrip("#")
        for above, line in settings_with_the_line_above()
        if "(a secret" in above or "secret)" in above
    }
    named = {key.path.rpartition(".")[2] for key in keys().values() if key.secret}
    assert said | {"url"} == named | {"url"}


def test_what_nothing_reads_yet_says_so() -> None:
    sources = [path for room in ("plinthctl", "tui", "worker") for path in (ROOT / room).rglob("*")]
    code = "\n".join(path.read_text() for path in sources if path.suffix == ".py")
    tables = [name for name in ("alerts", "sentry", "top") if f"settings.{name}" not in code]
    marked = re.findall(r"^# Checked, and without effect yet: .*\n\[(\w+)\]", TEXT, re.MULTILINE)
    assert marked == tables
