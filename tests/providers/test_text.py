import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text import cut, one_line, storable


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
