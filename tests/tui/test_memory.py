"""The theme that was chosen last is there again, and nothing depends on the file."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui import looks
from tests.tui.stage import SITE, shown
from tui.memory import FILE, Memory


def test_a_theme_that_is_chosen_is_there_the_next_time(tmp_path: Path) -> None:
    async def play(chosen: str | None, configured: str = "default") -> str:
        site = replace(SITE, state=tmp_path / "state", theme=configured)
        async with shown(looks.a_frame(), site=site) as stage:
            if chosen is not None:
                stage.app.theme = chosen
                await stage.pilot.pause()
            return stage.app.theme

    assert asyncio.run(play("dracula")) == "dracula"
    assert asyncio.run(play(None)) == "dracula"
    assert asyncio.run(play(None, configured="nord")) == "nord"


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"theme": 3}', '{"theme": "gone"}', None], ids=repr
)
def test_a_file_that_says_nothing_is_as_good_as_none(tmp_path: Path, kept: str | None) -> None:
    if kept is not None:
        (tmp_path / FILE).write_text(kept)
    assert Memory(tmp_path).theme is None


def test_a_folder_that_cannot_be_made_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Memory(tmp_path / "file").keep_theme("nord")
