from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.quotes import LEAST_WORDS, find_quote
from plinthctl.domain.text import one_line

TEXT: Final = """\
# Frost in “old” orchards

Losses rose by 15 % in 2025 — growers' own figures—and "nobody sleeps", says Mara Quill.
Prices fell from €1.50 to €0.90 (–40%), while\u00a0sales… stood **still** in well-known shops.
The o\ufb03ce of Me\u0301lan\u00adie counts co\u200boler nights, *not* warmer ones!
霜は果樹園に大きな損害を与える。農家は備えている。
"""


@pytest.mark.parametrize(
    ("quote", "passage"),
    [
        pytest.param("rose by 15 % in 2025", "rose by 15 % in 2025", id="as it stands"),
        pytest.param("rose  by\n15 %\tin 2025", "rose by 15 % in 2025", id="other white space"),
        pytest.param(
            "€1.50 to €0.90 (-40%), while sales... stood",
            "€1.50 to €0.90 (–40%), while sales… stood",
            id="plain dashes and dots for typeset ones",
        ),
        pytest.param(
            "in 2025 - growers’ own figures - and “nobody sleeps”",
            'in 2025 — growers\' own figures—and "nobody sleeps",',
            id="curly quotation marks, and room around a dash",
        ),
        pytest.param(
            "stood still in well-known", "stood **still** in well-known", id="emphasis left out"
        ),
        pytest.param("counts cooler nights, not", "counts co\u200boler nights, *not*", id="unseen"),
        pytest.param(
            "The office of M\u00e9lanie", "The o\ufb03ce of Me\u0301lan\u00adie", id="é, ﬃ"
        ),
        pytest.param('"nobody sleeps, says Mara', None, id="a quotation mark left out within"),
        pytest.param('nobody sleeps", says Mara', '"nobody sleeps", says Mara', id="or before"),
        pytest.param("“…by 15 % in 2025.”", "by 15 % in 2025", id="marks of the quote's own"),
        pytest.param("from €1.50 to €0.90", "from €1.50 to €0.90", id="ends within a line"),
        pytest.param(
            "果樹園に大きな損害", "果樹園に大きな損害", id="a part of an unspaced sentence"
        ),
        pytest.param("", None, id="nothing"),
        pytest.param("…!”", None, id="nothing but marks"),
        pytest.param("warmer ones", None, id="too few words"),
        pytest.param("5 % in 2025", None, id="a part of a figure"),
        pytest.param("rose by 15 % in 202", None, id="a figure cut short"),
        pytest.param("50 to €0.90", None, id="a figure behind its point"),
        pytest.param("40%), while sales", None, id="a figure without its sign"),
        pytest.param("known shops. The office", None, id="a part of a word"),
        pytest.param("Rose by 15 %", None, id="another case"),
        pytest.param("rose by 15 % … growers", None, id="words left out"),
        pytest.param("rose in 2025 by 15 %", None, id="another order"),
        pytest.param("rose by 15 percent in 2025", None, id="another word"),
        pytest.param("nights, not, warmer ones", None, id="other punctuation within"),
        pytest.param("says Mara Quill prices fell", None, id="a sentence made of two"),
    ],
)
def test_a_quote_is_found_word_for_word_or_not_at_all(quote: str, passage: str | None) -> None:
    assert find_quote(quote, TEXT) == passage


def test_a_quote_is_not_found_in_nothing() -> None:
    assert find_quote("rose by 15 %", "") is None


WORDS = st.lists(
    st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1),
    min_size=LEAST_WORDS,
    max_size=12,
)
SPACES = st.sampled_from([" ", "\n", "\u00a0", "  ", "\t"])
AROUND = st.sampled_from(["", '"', "“", "'", "(", "**", "\u200b"])
AFTER = st.sampled_from(["", '"', "”", ".", ",", "…", ")", "*", "!?"])


@given(WORDS, WORDS, WORDS, SPACES, SPACES, AROUND, AFTER)
def test_any_passage_is_found_however_it_is_spaced_and_enclosed(
    before: list[str],
    passage: list[str],
    after: list[str],
    space: str,
    other: str,
    opened: str,
    closed: str,
) -> None:
    text = space.join([*before, *passage, *after])
    found = find_quote(f"{opened}{other.join(passage)}{closed}", text)
    assert found is not None
    assert found.split() == passage


@given(st.text(max_size=200), st.text(max_size=40))
def test_what_is_found_stands_in_the_text(text: str, quote: str) -> None:
    found = find_quote(quote, text)
    assert found is None or found in one_line(text)


@given(WORDS, st.data())
def test_a_passage_with_one_other_word_is_not_found(
    passage: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(passage) - 1))
    other = [*passage]
    other[at] = "\u0416"  # a letter that no word of the text has
    assert find_quote(" ".join(other), " ".join(passage)) is None
