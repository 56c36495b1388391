"""The log: in which form, from which level on, and with nothing in it that hurts."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from worker import logs
from worker.logs import Redaction, log

HOSTILE = "x\x1b]0;t\x07 \x9b31m \x7f \u202e\u200b\nINFO job 7 completed"
KEY = "sk-CANARY-5e1f"


class Stream(io.StringIO):
    """stderr, on a terminal or off it."""

    def __init__(self, *, tty: bool = False) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.fixture(autouse=True)
def _no_log_afterwards() -> Iterator[None]:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    yield
    logs.take_down()
    root.handlers[:] = before


def told(form: str, *, level: str = "info", tty: bool = False) -> Stream:
    logs.set_up(form, level, Redaction([KEY]), stream := Stream(tty=tty))
    return stream


def objects(stream: Stream) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("form", "tty", "is_json"),
    [
        pytest.param("auto", True, False, id="text on a terminal"),
        pytest.param("auto", False, True, id="JSON lines off it"),
        pytest.param("text", False, False, id="text where it is asked for"),
        pytest.param("json", True, True, id="JSON where it is asked for"),
    ],
)
def test_the_form_goes_by_where_it_is_read(form: str, tty: bool, is_json: bool) -> None:
    stream = told(form, tty=tty)
    log.info("hello", event="greeting", job="job_1")
    if is_json:
        (one,) = objects(stream)
        assert one.pop("at").endswith("Z")
        assert one == {"level": "info", "event": "greeting", "message": "hello", "job": "job_1"}
    else:
        assert "hello" in stream.getvalue()
        assert ("\x1b[2m" in stream.getvalue()) is tty


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        pytest.param("debug", ["info", "warning", "error", "debug"], id="debug: the trace, too"),
        pytest.param("info", ["info", "warning", "error"], id="info"),
        pytest.param("warning", ["warning", "error"], id="warning"),
        pytest.param("error", ["error"], id="error"),
    ],
)
def test_the_level_is_the_least_that_is_told(level: str, heard: list[str]) -> None:
    stream = told("json", level=level)
    log.info("a", event="a")
    log.warning("b", event="b")
    log.broken("c", ValueError("no"), event="c")
    assert [one["level"] for one in objects(stream)] == heard
    assert ("trace" in objects(stream)[-1]) is (level == "debug")


def test_of_libraries_only_warnings_are_told_whatever_the_level() -> None:
    stream = told("json", level="debug")
    logging.getLogger("sqlalchemy.engine.Engine").info("SELECT secrets")
    logging.getLogger("httpx").debug("GET https://x?key=1")
    logging.getLogger("asyncio").warning("slow")
    assert [one["message"] for one in objects(stream)] == ["slow"]
    assert not logging.getLogger("sqlalchemy.engine.Engine").isEnabledFor(logging.INFO)


def test_hostile_text_is_escaped_in_json_and_stays_one_line() -> None:
    stream = told("json")
    log.info(HOSTILE, event="said", facts={"list": [HOSTILE]})
    (line,) = stream.getvalue().splitlines()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == HOSTILE


def test_hostile_text_reaches_no_terminal_not_even_in_a_trace() -> None:
    stream = told("text", level="debug")
    log.info(HOSTILE, event="said")
    log.broken("it broke", ValueError(HOSTILE), event="broken")
    shown = stream.getvalue()
    assert shown.count("ValueError: x") == 2  # the second is the trace
    assert [c for c in shown if c != "\n" and not c.isprintable()] == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_blanked_out_wherever_they_stand(form: str) -> None:
    stream = told(form, level="debug")
    log.info(f"with {KEY}", event="said", nested={"keys": [KEY], "url": f"redis://u:{KEY}@h/0"})
    log.broken("it broke", ValueError(f"postgresql://ana:other@pg01/x and {KEY}"), event="broken")
    assert "CANARY" not in stream.getvalue()
    assert "other" not in stream.getvalue()
    assert "****" in stream.getvalue()


def test_a_log_that_was_taken_down_is_silent() -> None:
    stream = told("json")
    logs.take_down()
    log.warning("anybody?", event="said")
    assert stream.getvalue() == ""
