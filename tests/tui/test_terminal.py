"""The dashboard on a real terminal: it gives the terminal back, however it ends."""

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.screen import PATIENCE_S, Screen

ALTERNATE, CURSOR, MOUSE = 1049, 25, 1000
SETTING = re.compile(r"\x1b\[\?([\d;]+)([hl])")
COLOUR = re.compile(r"\x1b\[([\d;]*)m")
TERMINAL = {"TERM": "xterm-256color"}


def modes(text: str) -> dict[int, bool]:
    """The terminal's modes as they were set last; True: on."""
    found: dict[int, bool] = {}
    for numbers, letter in SETTING.findall(text):
        found |= {int(number): letter == "h" for number in numbers.split(";")}
    return found


def restored(text: str) -> bool:
    last = modes(text)
    return not last[ALTERNATE] and last[CURSOR] and not last[MOUSE]


def opened(*arguments: str, env: dict[str, str] | None = None) -> Screen:
    return Screen("top", *arguments, env=TERMINAL | (env or {}))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_gives_the_terminal_back(number: signal.Signals) -> None:
    with opened() as screen:
        screen.wait_for("No jobs yet")
        assert modes(screen.text)[ALTERNATE]
        screen.process.send_signal(number)
        assert screen.end() == 128 + number
        assert restored(screen.text)


def test_ctrl_c_ends_it() -> None:
    with opened() as screen:
        screen.wait_for("No jobs yet")
        screen.press("\x03")
        assert screen.end() == 0
        assert restored(screen.text)


def test_a_crash_gives_the_terminal_back_and_shows_no_values(
    tmp_path: Path,
) -> None:
    broken = (
        "import tui.screens.overview as o; o.nothing_yet = lambda look: [][len(look.at.tzname())]"
    )
    with opened(env={"PYTHONPATH": _first(tmp_path, broken)}) as screen:
        assert screen.end() == 1
        assert restored(screen.text)
        assert "went wrong: IndexError" in screen.text
        assert "locals" not in screen.text


def _first(folder: Path, code: str) -> str:
    """A folder in which that is done before anything else."""
    (folder / "sitecustomize.py").write_text(code)
    return f"{folder}:{Path(__file__).parents[2]}"


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="a pipe"),
        pytest.param({"TERM": "dumb"}, id="a dumb terminal, too"),
    ],
)
def test_off_a_terminal_it_is_text(piped: Call, environment: dict[str, str]) -> None:
    said = piped("top", env=environment)
    assert (said.code, said.err) == (0, "")
    assert "No jobs yet" in said.out
    assert "\x1b" not in said.out


def test_on_a_dumb_terminal_it_is_text() -> None:
    with opened(env={"TERM": "dumb"}) as screen:
        assert screen.end() == 0
        assert "No jobs yet" in screen.text
        assert "\x1b" not in screen.text


def test_without_colour_there_are_only_weights_and_reversals() -> None:
    with opened(env={"NO_COLOR": "1"}) as screen:
        screen.wait_for("No jobs yet")
        screen.press("p")
        screen.wait_for("paused")
        screen.press("q")
        screen.end()
        used = {number for one in COLOUR.findall(screen.text) for number in one.split(";")}
        assert used <= {"", "0", "1", "7", "39", "49"}


def test_an_empty_no_color_is_none() -> None:
    with opened(env={"NO_COLOR": ""}) as screen:
        screen.wait_for("No jobs yet")
        screen.press("q")
        assert screen.end() == 0
        assert restored(screen.text)
        assert re.search(r"\x1b\[[\d;]*38;", screen.text)


def test_it_goes_to_sleep_and_wakes_up() -> None:
    with opened() as screen:
        screen.wait_for("No jobs yet")
        screen.press("\x1a")
        _until(lambda: _state(screen.process.pid) == "T")
        screen.wait_for("\x1b[?1049l")
        screen.process.send_signal(signal.SIGCONT)
        screen.press("q")
        assert screen.end() == 0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.02)
