import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.text import (
    MARKS_IN_A_ROW,
    cut,
    one_line,
    safe_line,
    safe_text,
    storable,
)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("Acme Corp", "Acme Corp", id="plain text is left alone"),
        pytest.param("Käse 東京 🍎", "Käse 東京 🍎", id="so are all letters and pictures"),
        pytest.param("a\x1b[2Jb", "a�[2Jb", id="clearing the screen"),
        pytest.param("a\x9b2Jb", "a�2Jb", id="the same in one character"),
        pytest.param("a\x1b]52;c;eA==\x07", "a�]52;c;eA==�", id="writing the clipboard"),
        pytest.param("a\x00\x7f\b", "a���", id="NUL, DEL, backspace"),
        pytest.param("10%\r99%", "10%�99%", id="a line written over"),
        pytest.param("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a�b", id="a turned writing direction"),
        pytest.param("a\N{ZERO WIDTH SPACE}b", "a�b", id="an invisible character"),
        pytest.param("a\N{LINE SEPARATOR}b", "a�b", id="a line break in disguise"),
        pytest.param("a\U000e0041b", "a�b", id="an invisible tag"),
        pytest.param("a\ud800b", "a�b", id="half a character"),
        pytest.param("a\r\nb\nc\td", "a b c d", id="line breaks and tabs are spaces"),
        pytest.param("[bold]x[/] [@click=app.quit]", "[bold]x[/] [@click=app.quit]", id="markup"),
    ],
)
def test_one_line_shows_only_what_a_screen_may_show(hostile: str, shown: str) -> None:
    assert safe_line(hostile) == shown


def test_several_lines_stay_several() -> None:
    assert safe_text("a\r\nb\tc\n\x1bd") == "a\nb c\n�d"


def test_marks_do_not_run_over_other_lines() -> None:
    assert safe_line("Z" + "\u0301" * 50 + "x") == "Z" + "\u0301" * MARKS_IN_A_ROW + "x"


@given(st.text(st.characters()))
def test_nothing_that_steers_a_terminal_comes_through(text: str) -> None:
    line = safe_line(text)
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert safe_line(line) == line


@given(st.text(alphabet=st.characters(categories=None)), st.integers(1, 20))
def test_any_text_becomes_storable_and_short(text, chars):
    clean = storable(text)
    assert "\x00" not in clean
    clean.encode()  # raises for a lone surrogate
    assert len(cut(clean, chars)) <= chars


def test_text_deep_in_a_value_is_made_storable_keys_too():
    assert storable({"a\x00": ["b\udfff", 1, None, True]}) == {
        "a\ufffd": ["b\ufffd", 1, None, True]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("abc", "abc", id="what fits stays"),
        pytest.param("abcdef", "ab…", id="a cut is marked"),
        pytest.param("a bcd", "a…", id="no blank before the mark"),
    ],
)
def test_a_cut(text, expected):
    assert cut(text, 3) == expected


def test_lines_become_one():
    assert one_line(" a\n\n b\tc ") == "a b c"
