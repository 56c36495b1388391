"""From hits to numbered sources, without a provider."""

import json
from datetime import UTC, date, datetime

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.results import SourceKind
from worker.context import Hit, ProviderError, Warned
from worker.pipelines.parts.searching import is_usable, merged
from worker.pipelines.parts.sources import SOURCE_CHARS, Collected, readable, with_text

NOON = datetime(2026, 10, 6, 12, tzinfo=UTC)


def hit(name, text="It froze.", published="2026-05-01", url=None):
    return Hit(
        url=url or f"https://wire.example/{name}",
        title=name.title(),
        text=text,
        category="web",
        published=published,
        fetched_at=NOON,
    )


A, B, C, D = (hit(name) for name in "abcd")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([[A, B], [C], [D]], [A, C, D, B], id="the best of each first"),
        pytest.param([[A, B], [A, C]], [A, B, C], id="one page once"),
        pytest.param(
            [[A], [hit("x", url="http://www.wire.example/a/#top")]], [A], id="by any spelling"
        ),
        pytest.param([[hit("a", text=""), B], [A]], [A, B], id="with its text rather than without"),
        pytest.param([[A, B], [hit("a", text="")]], [A, B], id="whichever came first"),
    ],
)
def test_hits_of_several_searches_become_one_list(found, expected):
    assert merged(found) == expected


@pytest.mark.parametrize(
    ("one", "since", "usable"),
    [
        pytest.param(A, None, True, id="a page"),
        pytest.param(hit("a", published=None), None, True, id="without a date"),
        pytest.param(A, date(2026, 5, 1), True, id="of that day"),
        pytest.param(A, date(2026, 5, 2), False, id="of the day before"),
        pytest.param(hit("a", published=None), date(2026, 5, 2), False, id="of an unknown day"),
        pytest.param(hit("a", url="javascript:alert(1)"), None, False, id="a script"),
        pytest.param(hit("a", url="https://10.0.0.1/"), None, False, id="an address within"),
        pytest.param(hit("a", url="file:///etc/passwd"), None, False, id="a file"),
    ],
)
def test_a_hit_is_a_page_of_the_web_and_new_enough(one, since, usable):
    assert is_usable(one, since) is usable


def test_sources_are_numbered_and_come_back_from_a_step_as_they_were():
    collected = with_text([A, hit("b", text=" "), C], "search-sources")
    assert [(s.source.id, s.source.url) for s in collected.sources] == [
        ("S1", A.url),
        ("S2", C.url),
    ]
    assert {s.source.kind for s in collected.sources} == {SourceKind.WEB}
    assert {s.source.step for s in collected.sources} == {"search-sources"}
    assert collected.left_out == {B.url: "The search brought no text."}
    assert Collected.of(json.loads(json.dumps(collected.stored()))) == collected


def test_no_hits_are_no_sources():
    assert with_text([], "search-sources") == Collected((), {})


def test_hits_without_any_text_are_a_failure_of_the_search():
    with pytest.raises(ProviderError) as caught:
        with_text([hit("a", text=""), hit("b", text="")], "search-sources")
    failure = caught.value.failure
    assert (failure.failure_class, failure.provider) == (FailureClass.PROVIDER_UNAVAILABLE, "exa")
    assert failure.message.startswith("None of the 2 pages that were found could be used. ")


def test_pages_of_one_fate_are_warned_of_together():
    reasons = {A.url: "It is away.", B.url: "No key is set.", C.url: "No key is set."}
    assert list(Collected((), reasons).warnings("read-sources")) == [
        Warned("read-sources", f"{A.url} could not be used. It is away."),
        Warned("read-sources", "2 pages could not be used. No key is set."),
    ]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        pytest.param("See [the plan](https://a.example/p).", "See the plan.", id="a link"),
        pytest.param("![a chart](https://a.example/c.png)Sales", "Sales", id="an image"),
        pytest.param("[![x](https://a.example/c.png)](https://b.example) y", " y", id="both"),
        pytest.param("a [b] (c) [d]", "a [b] (c) [d]", id="brackets that are no link"),
        pytest.param("# Title\n\n- **bold** text", "# Title\n\n- **bold** text", id="the rest"),
    ],
)
def test_a_text_is_read_without_its_links(markdown, text):
    assert readable(markdown) == text


@pytest.mark.parametrize("odd", ["[" * 60_000, "[](" * 20_000, "![a](" * 12_000, "](" * 30_000])
def test_a_text_of_brackets_is_read_quickly_and_cut(odd):
    assert len(readable(odd)) <= SOURCE_CHARS
