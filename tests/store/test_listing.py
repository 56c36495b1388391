"""Lists of jobs, one contract for both databases."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from plinthctl.domain.filter_terms import LONGEST, FilterError
from plinthctl.domain.filters import parse
from plinthctl.domain.job import ACTIVE, JobStatus
from plinthctl.domain.queries import JobQuery, Place, Sort
from plinthctl.errors import UsageError
from plinthctl.store import Store
from tests.store.acts import (
    ADDING,
    NOON,
    Clock,
    a_decision,
    admitted,
    complete,
    everything,
    fail,
    running,
    set_job,
)

RUNNING = frozenset({JobStatus.RUNNING})
FAILED = frozenset({JobStatus.FAILED})


def an_id_of(number: int) -> str:
    return f"job_01KAVJ5N00000000000000{number:04}"


@pytest.fixture
def several(timed: Store, clock: Clock) -> dict[str, str]:
    """Jobs of one minute each by their names, the newest last; three have run."""
    decision = a_decision()
    timed.add_decision(decision, ADDING)
    made = {"decision": decision.id}
    for name, values in {
        "ours": {},
        "his": {"user": "bo"},
        "theirs": {"org": "other"},
        "decided": {"decision": decision.id},
    }.items():
        made[name] = admitted(timed, id=an_id_of(len(made)), **{**OF_ANA, **values})
        clock.move(minutes=1)
    for name, seconds in {"broken": 30, "done": 20, "run": 10}.items():
        job = running(timed, id=an_id_of(len(made)), **OF_ANA)
        clock.move(seconds=seconds)
        if name == "broken":
            told = {"class": "auth_failure", "step": "search-news"}
            timed.apply(replace(fail(job, "search-news"), detail=told))
        elif name == "done":
            timed.apply(complete(job))
        made[name] = job.id
    return made


OF_ANA = {"org": "acme", "user": "ana"}
ALL = "run done broken decided theirs his ours"


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(JobQuery(), ALL, id="all, the newest first"),
        pytest.param(
            JobQuery(orgs=("acme",), users=("ana",)), "run done broken decided ours", id="a user's"
        ),
        pytest.param(JobQuery(orgs=("other",)), "theirs", id="one organisation's"),
        pytest.param(JobQuery(orgs=("other", "none")), "theirs", id="of either organisation"),
        pytest.param(JobQuery(types=("market_research",)), "", id="of a type that none has"),
        pytest.param(JobQuery(types=("competitor_analysis",)), ALL, id="of the type that all have"),
        pytest.param(JobQuery(statuses=RUNNING), "run", id="running"),
        pytest.param(JobQuery(statuses=FAILED), "broken", id="failed"),
        pytest.param(
            JobQuery(statuses=ACTIVE, orgs=("acme",)), "run decided his ours", id="active ones"
        ),
        pytest.param(
            JobQuery(statuses=ACTIVE | FAILED, users=("bo", "ana"), orgs=("acme",)),
            "run broken decided his ours",
            id="active or failed",
        ),
        pytest.param(JobQuery(created_since=after(3)), "run done broken decided", id="inclusive"),
        pytest.param(JobQuery(created_until=after(1)), "ours", id="exclusive"),
        pytest.param(JobQuery(steps=("scrape-website",)), "run", id="at a step"),
        pytest.param(JobQuery(steps=("search-news",)), "broken", id="failed at a step"),
        pytest.param(JobQuery(words=("KEY was",)), "broken", id="a word of an error, in any case"),
        pytest.param(JobQuery(words=("scraping",)), "run", id="a word of a message"),
        pytest.param(JobQuery(words=("00000001",)), "ours", id="the end of an id"),
        pytest.param(JobQuery(words=("1kavj5",)), ALL, id="a part of all ids, in any case"),
        pytest.param(JobQuery(words=("job",)), "", id="what all ids begin with finds none"),
        pytest.param(JobQuery(words=("key", "refused")), "broken", id="two words"),
        pytest.param(JobQuery(words=("key", "absent")), "", id="two words, one of them nowhere"),
        pytest.param(JobQuery(nothing=True), "", id="what excludes itself"),
    ],
)
def test_lists_hold_what_was_asked_for(
    timed: Store, several: dict[str, str], query: JobQuery, found: str
) -> None:
    ids = [several[name] for name in found.split()]
    assert [job.id for job in timed.jobs(query)] == ids
    assert [place.id for place in timed.places(query, None, 99)] == ids
    assert [job.id for job in timed.jobs_of(query, list(several.values())[::-1])] == ids
    assert timed.count(query) == len(ids)


def test_lists_by_decision(timed: Store, several: dict[str, str]) -> None:
    of_decision = JobQuery(decisions=(several["decision"],))
    assert [job.id for job in timed.jobs(of_decision)] == [several["decided"]]


def test_a_list_has_no_more_than_its_limit_but_all_are_counted(
    timed: Store, several: dict[str, str]
) -> None:
    two = JobQuery(limit=2)
    assert [job.id for job in timed.jobs(two)] == [several["run"], several["done"]]
    assert timed.count(two) == 7
    assert timed.count(two, 3) == 3


@pytest.mark.parametrize(
    ("query", "order"),
    [
        pytest.param(JobQuery(), ALL, id="created: the newest first"),
        pytest.param(JobQuery(sort=Sort.AGE), " ".join(ALL.split()[::-1]), id="age: the oldest"),
        pytest.param(
            JobQuery(sort=Sort.DURATION),
            "broken done run decided theirs his ours",
            id="duration: the longest run, then what has not ended",
        ),
        pytest.param(
            JobQuery(sort=Sort.DURATION, reverse=True),
            "ours his theirs decided run done broken",
            id="the shortest last",
        ),
        pytest.param(
            JobQuery(sort=Sort.STATUS),
            "run decided theirs his ours broken done",
            id="status: running, pending, failed, completed",
        ),
        pytest.param(
            JobQuery(sort=Sort.STATUS, statuses=ACTIVE, reverse=True),
            "ours his theirs decided run",
            id="the other way round, of some",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_put_together_are_the_list(
    timed: Store, several: dict[str, str], query: JobQuery, order: str, size: int
) -> None:
    expected = [several[name] for name in order.split()]
    assert [job.id for job in timed.jobs(query)] == expected
    pages = list(pages_of(timed, query, size))
    assert [place.id for page in pages for place in page] == expected
    assert {len(page) for page in pages[:-1]} <= {size}


def pages_of(store: Store, query: JobQuery, size: int) -> Iterator[tuple[Place, ...]]:
    last = None
    while page := store.places(query, last, size):
        yield page
        last = page[-1]


def test_a_page_goes_on_after_a_job_that_is_gone(timed: Store, several: dict[str, str]) -> None:
    oldest_first = JobQuery(sort=Sort.AGE)
    gone = Place(an_id_of(2) + "0")  # between his and theirs
    assert timed.places(oldest_first, gone, 1)[0].id == several["theirs"]


def test_a_job_that_no_longer_matches_is_not_read(timed: Store, several: dict[str, str]) -> None:
    ids = [place.id for place in timed.places(JobQuery(statuses=RUNNING), None, 9)]
    set_job(timed, ids[0], status="failed", completed_at=NOON)
    assert timed.jobs_of(JobQuery(statuses=RUNNING), ids) == ()
    assert [d.job.status for d in timed.details_of(JobQuery(), [*ids, "job_0"])] == ["failed"]


@pytest.mark.parametrize(
    ("waits", "runs", "found"),
    [
        pytest.param(300, 600, "", id="to the second in time"),
        pytest.param(301, 600, "waits", id="due for more than five minutes"),
        pytest.param(300, 601, "runs", id="running for more than ten"),
        pytest.param(301, 601, "waits runs", id="both"),
    ],
)
def test_stuck_is_what_is_beyond_its_clock_and_has_not_ended(
    timed: Store, clock: Clock, waits: int, runs: int, found: str
) -> None:
    made = {"runs": running(timed, id=an_id_of(1)).id, "waits": admitted(timed, id=an_id_of(2))}
    ended = running(timed, id=an_id_of(3))
    timed.apply(complete(ended))
    now = clock.move(hours=1)
    set_job(timed, made["waits"], available_at=now - timedelta(seconds=waits))
    set_job(timed, made["runs"], started_at=now - timedelta(seconds=runs))
    stuck = JobQuery(stuck=True)
    assert [job.id for job in timed.jobs(stuck)] == [made[name] for name in found.split()]
    assert timed.count(stuck) == len(found.split())
    assert timed.count(JobQuery(stuck=True, statuses=RUNNING)) == found.count("runs")


HOSTILE = [
    "' OR 1=1--",
    '"; DROP TABLE jobs; --',
    "status; --",
    "created_at desc, (select 1)",
    "%",
    "_",
    "\\",
    "/",
    "%%s :x ? $1 {0}",
    "a\x00b",
    "\ud800",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "9223372036854775808",
    "NaN",
    "x" * 100_000,
]


FIELDS = ("types", "orgs", "users", "decisions", "steps", "words")
FORMS = ("{}", "org:{}", 'user:"{}"', '"{}"', "status:{}", "since:{}", "{}:x")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_filters_are_values_and_nothing_else(store: Store, text: str) -> None:
    admitted(store)
    before = everything(store)
    for field, sort in zip(FIELDS, [*Sort, *Sort], strict=False):
        value = text[:LONGEST] if field == "words" else text
        query = replace(JobQuery(sort=sort), **{field: (value,)})  # type: ignore[arg-type]
        assert store.jobs(query) == ()
        assert store.places(query, Place("job_0", "x" if sort is Sort.STATUS else 1), 5) == ()
        assert store.count(query) == 0
    assert everything(store) == before


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_in_the_filter_language_finds_nothing_or_is_refused(
    store: Store, text: str
) -> None:
    admitted(store)
    for form in FORMS:
        with suppress(FilterError):
            assert store.jobs(parse(form.format(text), _no_moment)) == ()


def _no_moment(typed: str, what: str) -> datetime:
    raise UsageError(f"{what}: no time")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        pytest.param("100%", ["100% sure_thing \\o/"], id="a percent sign is one"),
        pytest.param("e_t", ["100% sure_thing \\o/"], id="an underscore is one"),
        pytest.param("\\o/", ["100% sure_thing \\o/"], id="so are backslash and slash"),
        pytest.param("SURE", ["1000 sure things /o\\", "100% sure_thing \\o/"], id="any case"),
        pytest.param("0\x00", ["0\ufffd"], id="what cannot be stored is found as it was stored"),
    ],
)
def test_a_searched_word_is_no_pattern(store: Store, word: str, found: list[str]) -> None:
    for error in ("100% sure_thing \\o/", "1000 sure things /o\\", "0\x00"):
        set_job(store, admitted(store), error=error)
    assert sorted(job.error for job in store.jobs(JobQuery(words=(word,)))) == sorted(found)
