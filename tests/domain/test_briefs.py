"""Briefs: their citations found, checked and numbered, and the whole of their text."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from plinthctl.domain.briefs import (
    SIMULATED_NOTE,
    BriefDraft,
    citations_in,
    finished,
    flaw_of,
    listed,
    numbered,
    plain,
    share_written,
)
from plinthctl.domain.results import Source
from tests.strict_schemas import assert_strict

GIVEN = ["S1", "S2", "S12"]


def a_draft(markdown: str, title: str = "A brief") -> BriefDraft:
    return BriefDraft(title=title, markdown=markdown)


def test_the_schema_is_one_that_strict_servers_take() -> None:
    assert_strict(BriefDraft)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        pytest.param("It froze [S1].", [("S1",)], id="one"),
        pytest.param("It froze [S1][S2].", [("S1",), ("S2",)], id="one beside another"),
        pytest.param("It froze [S1, S2; S12].", [("S1", "S2", "S12")], id="several in one"),
        pytest.param("It froze [S1 and S2].", [("S1", "S2")], id="with a word between them"),
        pytest.param("It froze [s1].", [("S1",)], id="in small letters"),
        pytest.param("It froze (S1) or (S1, S2).", [("S1",), ("S1", "S2")], id="round brackets"),
        pytest.param("It froze 【S1】.", [("S1",)], id="the brackets of another script"),
        pytest.param("It froze [1].", [("1",)], id="a number of its own"),
        pytest.param("It froze [1, 2].", [("1", "2")], id="numbers of its own"),
        pytest.param("It froze [^1].", [("^1",)], id="a footnote"),
        pytest.param("It froze [S1-S3].", [("S1-S3",)], id="a range is no id"),
        pytest.param("It froze [see S1].", [("see", "S1")], id="with words that are none"),
        pytest.param("It froze [S1](x).", [("S1",)], id="as a link"),
        pytest.param("In (2026) and (Amazon S3) and [x] and [todo].", [], id="other brackets"),
        pytest.param("S1 and US12 and [S1x] and arr[i].", [], id="no citations at all"),
    ],
)
def test_citations_are_found_in_whatever_shape(text: str, cited: list[tuple[str, ...]]) -> None:
    assert [one.ids for one in citations_in(text)] == cited


@pytest.mark.parametrize(
    ("markdown", "told"),
    [
        pytest.param(
            "It froze [S1], twice [S12].", None, id="every citation is one that was given"
        ),
        pytest.param(
            "It froze [S3].",
            "S3 is not a source. Cite only S1, S2, S12.",
            id="an id that was not given",
        ),
        pytest.param(
            "It froze [S1][1].", "1 is not a source. Cite only S1, S2, S12.", id="its own number"
        ),
        pytest.param(
            "It froze [S1–S2].", "S1–S2 is not a source. Cite only S1, S2, S12.", id="a range"
        ),
        pytest.param(
            "It froze.",
            "The brief cites nothing. Cite with every statement its sources, such as [S1].",
            id="no citation",
        ),
        pytest.param(" \n", "The brief is empty.", id="nothing at all"),
        pytest.param(
            "It froze [S1]: https://evil.example.",
            "https://evil.example is no source's address. Write no web address.",
            id="an address that nobody fetched",
        ),
        pytest.param("See https://acme.com [S1].", None, id="an address that was fetched"),
        *(
            pytest.param(
                f"It froze [S1]. {markup}",
                "Write no links, no images and no HTML: plain Markdown only.",
                id=markup,
            )
            for markup in ("[x](y)", "![x](y)", "<b>x</b>", "<!-- x -->", "\n[x]: javascript:y")
        ),
        pytest.param("At -5 < x and 3 > 2 it froze [S1].", None, id="signs that are no markup"),
    ],
)
def test_what_cannot_be_used_is_told(markdown: str, told: str | None) -> None:
    flaw = flaw_of(a_draft(markdown), GIVEN, ["https://acme.com"])
    assert (flaw and flaw.told) == told


def test_a_title_is_looked_at_as_well() -> None:
    flaw = flaw_of(a_draft("It froze [S1].", title="On [S7]"), GIVEN, [])
    assert flaw is not None
    assert flaw.code == "unknown_source"


def test_where_nothing_was_gathered_nothing_need_be_cited() -> None:
    assert flaw_of(a_draft("Nobody knows."), [], []) is None


@pytest.mark.parametrize(
    ("text", "shown", "cited"),
    [
        pytest.param(
            "a [S12] b [S1] c [S12]", "a [1] b [2] c [1]", ("S12", "S1"), id="by first use"
        ),
        pytest.param("a [S2, S1].", "a [1][2].", ("S2", "S1"), id="several in one"),
        pytest.param("a [S2, S2] (S2)", "a [1] [1]", ("S2",), id="one twice"),
        pytest.param("a [x] (2026)", "a [x] (2026)", (), id="nothing to number"),
    ],
)
def test_citations_become_numbers(text: str, shown: str, cited: tuple[str, ...]) -> None:
    whole = numbered(text)
    assert (whole.markdown, whole.cited) == (shown, cited)


@drawn(st.lists(st.sampled_from(["[S1]", "[S2, S3]", "(S9)", "text", "\n", "[x]", "**b**"])))
def test_numbers_are_dense_and_nothing_but_citations_changes(parts: list[str]) -> None:
    text = " ".join(parts)
    whole = numbered(text)
    marks = [one for citation in citations_in(whole.markdown) for one in citation.ids]
    assert sorted(set(marks), key=int) == [str(n + 1) for n in range(len(whole.cited))]
    assert [whole.cited[int(mark) - 1] for mark in marks] == [
        one for citation in citations_in(text) for one in dict.fromkeys(citation.ids)
    ]
    assert _without(whole.markdown) == _without(text)


def _without(text: str) -> list[str]:
    for citation in reversed(list(citations_in(text))):
        text = text[: citation.start] + " " + text[citation.end :]
    return text.split()


def a_source(**changes: Any) -> Source:
    told = {
        "id": "1",
        "kind": "evidence",
        "url": "https://wire.example/frost",
        "title": "Frost",
        "provider": "exa",
        "step": "search-sources",
        "fetched_at": datetime(2026, 11, 22, tzinfo=UTC),
        "published": "2026-05-01",
        "result": "ev_1",
    }
    return Source.model_validate({**told, **changes})


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param(
            a_source(),
            "1. Frost, <https://wire.example/frost>, published 2026-05-01, "
            "fetched 2026-11-22 (ev_1)",
            id="evidence, by its page",
        ),
        pytest.param(
            a_source(kind="profile", published=None, title="Acme", result="cp_1"),
            "1. Acme, competitor profile, <https://wire.example/frost>, made 2026-11-22 (cp_1)",
            id="a profile",
        ),
        pytest.param(
            a_source(kind="analysis", published=None, url="", title="Zeta", result="oa_1"),
            "1. Zeta, option analysis, made 2026-11-22 (oa_1)",
            id="an analysis, which has no address",
        ),
        pytest.param(
            a_source(title="[x](y)\n# <b>", url="https://e.example/<b> x", published=None),
            r"1. \[x\](y) # \<b\>, <https://e.example/%3Cb%3Ex>, fetched 2026-11-22 (ev_1)",
            id="whatever a title says stays a title",
        ),
    ],
)
def test_a_source_is_told_in_a_line(source: Source, line: str) -> None:
    assert listed([source]) == f"## Sources\n\n{line}"


def test_the_whole_has_one_title_and_says_that_it_is_simulated() -> None:
    whole = finished("Buy", "# Another title\n\nIt froze [1].\n", [a_source()], simulated=True)
    assert whole == f"# Buy\n\n{SIMULATED_NOTE}\n\nIt froze [1].\n\n{listed([a_source()])}\n"
    assert finished("Buy", "It froze.", [], simulated=False) == "# Buy\n\nIt froze.\n"


def test_text_from_elsewhere_marks_nothing_up() -> None:
    assert plain("a\n*b* _c_ `d` [e] <f> \\") == r"a \*b\* \_c\_ \`d\` \[e\] \<f\> \\"


def test_progress_rises_with_the_text_and_never_arrives() -> None:
    shares = [share_written(chars) for chars in (0, 1, 500, 2_000, 6_000, 30_000)]
    assert shares[0] == 0
    assert all(one < other < 1 for one, other in pairwise(shares))
