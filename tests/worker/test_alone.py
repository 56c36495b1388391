"""The process of a job that is feared to kill its worker."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.stores import an_id
from worker.alone import Alone


def test_it_runs_our_program_whatever_the_current_directory_holds(
    strange_place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run_one() -> None:
        alone = Alone((), {}, ended=lambda: None)
        await alone.start(an_id())
        await alone.all_ended()

    with caplog.at_level(logging.INFO):
        asyncio.run(run_one())
    assert "alone ended (0)" in caplog.text
    assert not (strange_place / "ran").exists()
