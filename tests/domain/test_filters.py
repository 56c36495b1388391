"""The filter language: what each text asks for, and where one that asks for nothing is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from plinthctl.domain.filter_terms import LONGEST, FilterError
from plinthctl.domain.filters import MOST_WORDS, Key, parse, render
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import UsageError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def moment(typed: str, what: str) -> datetime:
    """Whole hours ago, or a time with its zone."""
    try:
        if typed.endswith("h") and typed[:-1].isdecimal() and len(typed) < 5:
            return NOON - timedelta(hours=int(typed[:-1]))
        at = datetime.fromisoformat(typed)
    except ValueError:
        at = NOON.replace(tzinfo=None)
    if at.tzinfo is None:
        raise UsageError(f'{what}: "{typed}" is no time', fix="such as 1h")
    return at


def read(text: str) -> JobQuery:
    return parse(text, moment)


FAILED = frozenset({JobStatus.FAILED})


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("", JobQuery(), id="nothing: all jobs"),
        pytest.param(" \t ", JobQuery(), id="space: all jobs"),
        pytest.param("status:failed", JobQuery(statuses=FAILED), id="a status"),
        pytest.param(
            "status:failed,pending status:running",
            JobQuery(statuses=FAILED | ACTIVE),
            id="one of several statuses, at once or one after another",
        ),
        pytest.param("is:active", JobQuery(statuses=ACTIVE), id="a word for two statuses"),
        pytest.param("is:failed", JobQuery(statuses=FAILED), id="is: with a status"),
        pytest.param("is:stuck", JobQuery(stuck=True), id="stuck is no status"),
        pytest.param("STATUS:Failed", JobQuery(statuses=FAILED), id="in any case"),
        pytest.param(
            "type:market_research step:search-sources",
            JobQuery(types=("market_research",), steps=("search-sources",)),
            id="a type and a step",
        ),
        pytest.param(
            'org:acme,"Acme, Inc" user:ana decision:dec_1',
            JobQuery(orgs=("acme", "Acme, Inc"), users=("ana",), decisions=("dec_1",)),
            id="names, one with a comma in it",
        ),
        pytest.param('org:"say \\"hi\\""', JobQuery(orgs=('say "hi"',)), id="quotation marks"),
        pytest.param(
            "since:1h until:2026-03-01T12:00:00+00:00",
            JobQuery(created_since=NOON - timedelta(hours=1), created_until=NOON),
            id="from and to",
        ),
        pytest.param(
            'timeout "rate limit" timeout',
            JobQuery(words=("timeout", "rate limit")),
            id="words and a phrase, each once",
        ),
        pytest.param('"is:stuck"', JobQuery(words=("is:stuck",)), id="a filter in quotes is text"),
        pytest.param('ra"te li"mit', JobQuery(words=("rate limit",)), id="quoted in the middle"),
        pytest.param(
            "https://acme.com:80/a 12:30 50%_\\",
            JobQuery(words=("https://acme.com:80/a", "12:30", "50%_\\")),
            id="addresses, times and patterns are words",
        ),
        pytest.param(
            "status:failed type:market_research since:1h timeout",
            JobQuery(
                statuses=FAILED,
                types=("market_research",),
                created_since=NOON - timedelta(hours=1),
                words=("timeout",),
            ),
            id="all together",
        ),
    ],
)
def test_a_filter_asks_for_jobs(text: str, query: JobQuery) -> None:
    assert read(text) == query


@pytest.mark.parametrize(
    ("text", "marked", "told"),
    [
        pytest.param("a tpye:x", "tpye:", ['no filter "tpye:"', "did you mean type?"], id="key"),
        pytest.param(
            "status:pending,faild", "faild", ['no "faild"', "did you mean failed?"], id="status"
        ),
        pytest.param(
            "type:competitor_analisys",
            "competitor_analisys",
            ["did you mean competitor_analysis?"],
            id="type",
        ),
        pytest.param("step:search-new", "search-new", ["mean search-news?"], id="step"),
        pytest.param("is:stuc", "stuc", ["did you mean stuck?"], id="is"),
        pytest.param("is:zzz", "zzz", ["one of: stuck, active, pending"], id="nothing is near"),
        pytest.param("a since:soon", "soon", ['"soon" is no time', "such as 1h"], id="time"),
        pytest.param("since:1h since:2h", "2h", ["since has two values"], id="two times"),
        pytest.param("a org:", ":", ["a value is missing"], id="no value"),
        pytest.param("org:a,,b", ",", ["a value is missing"], id="no value between commas"),
        pytest.param('org:a,"" b', '""', ["a value is missing"], id="nothing in quotes"),
        pytest.param('a "b c', '"b c', ["not closed"], id="an open quotation mark"),
        pytest.param('a "b\\"', '"b\\"', ["not closed"], id="one that is closed by no mark"),
        pytest.param(
            " ".join(f"w{n}" for n in range(MOST_WORDS + 1)),
            f"w{MOST_WORDS}",
            ["more than 20 words"],
            id="too many words",
        ),
        pytest.param("x" * 2003, "xxx", ["2,003 characters", "2,000"], id="too long"),
    ],
)
def test_a_filter_that_makes_no_sense_says_where(text: str, marked: str, told: list[str]) -> None:
    with pytest.raises(FilterError) as caught:
        read(text)
    error = caught.value
    assert text[error.start : error.end] == marked
    said = f"{error.message} {error.why} {error.fix}"
    assert [part for part in told if part not in said] == []


_ATOMS = st.one_of(
    st.sampled_from([f"{key}:" for key in Key]),
    st.sampled_from(["failed", "pending", "market_research", "save-results", "stuck", "1h"]),
    st.sampled_from(['"', "\\", ",", ":", " ", "https://", "\u2028", "\ud800", "\x00"]),
    st.text(max_size=8),
)


@given(st.lists(_ATOMS, max_size=12).map("".join))
@example('type:market_research,"market_research" "\\"')
@example('org:"\\\\" "a\\\\ b\\""')
def test_any_text_is_understood_or_refused_and_what_is_understood_can_be_written(
    text: str,
) -> None:
    try:
        query = read(text)
    except FilterError as error:
        assert 0 <= error.start < error.end <= len(text)
        return
    written = render(query)
    assume(len(written) <= LONGEST)
    assert read(written) == query
