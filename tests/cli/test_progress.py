"""What is drawn again and again while jobs are followed: one line each, whatever the width."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from plinthctl.domain.views import JobView
from plinthctl.render.layout import HINT, Layout, layout
from plinthctl.render.progress import Bars
from tests.cli import samples

SEVERAL = [samples.a_job(), samples.a_job(id=f"{samples.JOB_ID[:-1]}Z")]


class Paper:
    """A terminal so wide, and what bars have drawn on it."""

    def __init__(self, width: int, *, named: bool) -> None:
        file = io.StringIO()
        self._console = Console(file=file, force_terminal=True, width=width, color_system=None)
        self.bars = Bars(self._console, width, named=named)

    def lines(self) -> list[str]:
        file = self._console.file
        assert isinstance(file, io.StringIO)
        without_codes = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", file.getvalue())
        return [line for line in re.split(r"[\r\n]+", without_codes) if line.strip()]


def drawn(width: int, jobs: list[JobView]) -> list[str]:
    paper = Paper(width, named=len(jobs) > 1)
    with paper.bars:
        paper.bars.seen(jobs)
    return paper.lines()


@pytest.mark.parametrize(
    ("width", "named", "shares"),
    [
        pytest.param(40, False, Layout(8, 6, ""), id="a narrow one: the message gives way, too"),
        pytest.param(65, False, Layout(28, 6, ""), id="room for the message and a short bar"),
        pytest.param(80, False, Layout(28, 21, ""), id="80 cells: the bar takes what is left"),
        pytest.param(100, False, Layout(28, 24, ""), id="one cell too few for the hint"),
        pytest.param(101, False, Layout(28, 24, HINT), id="from 101 cells on the hint"),
        pytest.param(109, True, Layout(28, 24, ""), id="with a name, 109 are too few"),
        pytest.param(110, True, Layout(28, 24, HINT), id="with a name the hint needs 110"),
    ],
)
def test_a_line_is_shared_out_by_its_width(width: int, named: bool, shares: Layout) -> None:
    assert layout(width, named=named) == shares


@pytest.mark.parametrize("width", [40, 59, 80, 100, 101, 109, 110, 200])
@pytest.mark.parametrize("jobs", [SEVERAL[:1], SEVERAL], ids=["one job", "several"])
def test_a_job_is_one_line(width: int, jobs: list[JobView]) -> None:
    lines = drawn(width, jobs)
    assert max(map(cell_len, lines)) <= width
    assert [line for line in lines if "Anal" not in line] == []


def test_a_job_that_runs_for_half_a_day_is_one_line_still() -> None:
    long = replace(samples.a_job(), created_at=samples.ago(43_200))
    assert [line for line in drawn(101, [long]) if "Anal" not in line] == []


@pytest.mark.parametrize("width", [80, 101])
def test_a_store_that_is_away_is_told_with_the_time_of_the_next_look(width: int) -> None:
    paper = Paper(width, named=False)
    with paper.bars:
        paper.bars.seen([samples.a_job()])
        paper.bars.away(4.0)
    assert "▲ store unreachable " in paper.lines()[-1]
    assert "retry in 4s" in paper.lines()[-1]
