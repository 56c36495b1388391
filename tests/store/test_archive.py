"""Results in the store, one contract for both databases; their jobs may be gone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from plinthctl.domain.archive import Added, ResultQuery
from plinthctl.domain.expiry import Retention
from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultView
from plinthctl.errors import Conflict
from plinthctl.store import Store, open_store
from tests.store.acts import (
    ADDING,
    NOON,
    Clock,
    a_decision,
    a_result,
    audits,
    complete,
    everything,
    running,
    write,
)
from tests.stores import an_id

KINDS = tuple(ResultKind)
PROFILE, EVIDENCE, ANALYSIS, BRIEF = KINDS


def id_at(prefix: IdPrefix, moment: Any, number: int) -> str:
    return new_id(prefix, int(moment.timestamp() * 1000), number.to_bytes(10))


def made(store: Store, clock: Clock, *kinds: ResultKind, **job: Any) -> tuple[str, ...]:
    """The ids of results of a job that ends now, in its order."""
    results = tuple(
        a_result(id=id_at(kind.prefix, clock.now, n), kind=kind, ordinal=n)
        for n, kind in enumerate(kinds)
    )
    assert store.apply(complete(running(store, **job), *results)) == "held"
    return tuple(result.id for result in results)


@pytest.fixture
def several(timed: Store, clock: Clock) -> dict[str, str]:
    """Results of one minute each, the newest last; by their names, their ids."""
    decision = a_decision()
    timed.add_decision(decision, ADDING)
    ids: dict[str, str] = {"decision": decision.id}
    for name, kind, job in (
        ("ours", PROFILE, {"org": "acme"}),
        ("fact", EVIDENCE, {"org": "acme", "decision": decision.id}),
        ("pros", ANALYSIS, {"org": "other", "decision": decision.id}),
        ("text", BRIEF, {"org": "acme", "decision": decision.id}),
        ("last", PROFILE, {"org": "other"}),
    ):
        clock.move(minutes=1)
        (ids[name],) = made(timed, clock, kind, **job)
    return ids


def minute(number: int) -> Any:
    return NOON + timedelta(minutes=number)


QUERIES = [
    pytest.param({}, "last text pros fact ours", id="all kinds, the newest first"),
    pytest.param({"limit": 2}, "last text", id="at most 2"),
    pytest.param({"limit": None}, "last text pros fact ours", id="without a limit"),
    pytest.param({"kinds": {PROFILE}}, "last ours", id="one kind"),
    pytest.param({"kinds": {BRIEF, EVIDENCE}}, "text fact", id="two kinds"),
    pytest.param({"org": "acme"}, "text fact ours", id="one organisation's"),
    pytest.param({"org": "acme", "kinds": {PROFILE}}, "ours", id="one organisation's of a kind"),
    pytest.param({"decision": "decision"}, "text pros fact", id="one decision's"),
    pytest.param({"since": minute(4)}, "last text", id="made since, inclusive"),
    pytest.param({"until": minute(2)}, "ours", id="made until, exclusive"),
    pytest.param({"since": minute(2), "until": minute(4)}, "pros fact", id="made between"),
    pytest.param({"before": "text"}, "pros fact ours", id="the page after one of another kind"),
    pytest.param({"before": "ours"}, "", id="the page after the last"),
    pytest.param({"org": "' OR 1=1--"}, "", id="no pattern is understood"),
]


def asked(several: dict[str, str], values: dict[str, Any]) -> ResultQuery:
    named = {name: several.get(value, value) for name, value in values.items() if name in NAMED}
    return ResultQuery(**{**values, **named})


NAMED = {"before", "decision"}


@pytest.mark.parametrize(("values", "found"), QUERIES)
def test_results_are_found(
    timed: Store, several: dict[str, str], values: dict[str, Any], found: str
) -> None:
    query, wanted = asked(several, values), [several[name] for name in found.split()]
    assert [head.id for head in timed.result_heads(query)] == wanted
    assert [whole.id for whole in timed.results(query)] == wanted
    if "limit" not in values and "before" not in values:
        assert timed.count_results(query) == len(wanted)


@pytest.mark.parametrize(("values", "found"), QUERIES)
def test_results_are_found_as_well_when_their_jobs_are_gone(
    timed: Store, clock: Clock, several: dict[str, str], values: dict[str, Any], found: str
) -> None:
    clock.move(days=31)
    assert timed.purge(Retention()) == 5
    heads = timed.result_heads(asked(several, values))
    assert [head.id for head in heads] == [several[name] for name in found.split()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_read_as_it_was_written(timed: Store, clock: Clock, kind: ResultKind) -> None:
    decision = a_decision()
    timed.add_decision(decision, ADDING)
    job = running(timed, org="acme", decision=decision.id)
    option = decision.options[0].id if kind is ANALYSIS else None
    new = a_result(kind=kind, option_id=option, ordinal=3)
    timed.apply(complete(job, new))
    whole = ResultView(
        id=new.id,
        kind=kind,
        title="Acme",
        org="acme",
        decision=decision.id,
        job_id=job.id,
        created_at=NOON,
        simulated=True,
        model="gpt-5",
        prompt_version="1",
        sources=tuple(source.model_dump(mode="json") for source in new.provenance.sources),
        body={"name": "Acme"},
        option_id=option,
        ordinal=3,
        input_tokens=10,
        output_tokens=20,
        cost_usd=0.5,
    )
    assert timed.result(new.id) == whole
    assert timed.results(ResultQuery()) == (whole,)
    (head,) = timed.result_heads(ResultQuery())
    assert {name: getattr(whole, name) for name in head.__slots__} == {
        name: getattr(head, name) for name in head.__slots__
    }


@pytest.mark.parametrize(
    "name",
    ["cp_01KAVJ5N0000000000000000AA", "job_01KAVJ5N0000000000000000AA", "", "cp", "' OR 1=1--"],
)
def test_a_result_that_is_not_there_is_none(store: Store, name: str) -> None:
    assert store.result(name) is None


def test_a_decisions_results_come_kind_by_kind_in_the_order_they_were_found(
    timed: Store, clock: Clock
) -> None:
    decision = a_decision()
    timed.add_decision(decision, ADDING)
    older = made(timed, clock, EVIDENCE, EVIDENCE, PROFILE, decision=decision.id)
    clock.move(minutes=1)
    newer = made(timed, clock, EVIDENCE, BRIEF, decision=decision.id)
    detail = timed.decision_detail(decision.id)
    assert detail is not None
    assert [one.id for one in detail.results] == [older[2], newer[0], older[0], older[1], newer[1]]


@pytest.mark.parametrize("part", [lambda i: i[-8:], lambda i: i[-4:], lambda i: i[:-2]])
def test_ids_of_all_kinds_are_found_by_a_part(timed: Store, clock: Clock, part: Any) -> None:
    ids = made(timed, clock, *KINDS)
    for n, one in enumerate(ids):
        assert one in timed.find_results(part(one), 10), KINDS[n]
    assert timed.find_results("ZZZZZZZZ", 10) == ()
    assert len(timed.find_results(ids[0].partition("_")[2][:10], 2)) == 2


@pytest.fixture
def elsewhere() -> Callable[..., ResultView]:
    """A result that another store has handed out."""

    def result(decision: str, kind: ResultKind = EVIDENCE, **changes: Any) -> ResultView:
        found = ResultView(
            id=id_at(kind.prefix, NOON, 7),
            kind=kind,
            title="Frost [/x] \x1b]0;z\x07",
            org="acme",
            decision=decision,
            job_id=an_id(),
            created_at=NOON,
            simulated=False,
            model=None,
            prompt_version=None,
            sources=({"id": "S1", "url": "https://acme.com", "more": [1, 2.5, None]},),
            body={"quote": "It froze.", "deep": {"a": [True]}},
            cost_usd=0.1,
        )
        return replace(found, **changes)

    return result


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_of_another_store_is_taken_in_whole(
    store: Store, elsewhere: Callable[..., ResultView], kind: ResultKind
) -> None:
    decision = a_decision()
    option = decision.options[0].id if kind is ANALYSIS else None
    result = elsewhere(decision.id, kind, option_id=option)
    assert store.add_decision(decision, ADDING, [result]) == Added(decision=True, results=1)
    assert store.result(result.id) == result
    assert audits(store)[0]["after"]["results"] == 1


def test_what_is_there_already_stays_and_the_rest_comes_in(
    store: Store, elsewhere: Callable[..., ResultView]
) -> None:
    decision = a_decision()
    first, second = elsewhere(decision.id), elsewhere(decision.id, BRIEF)
    store.add_decision(decision, ADDING, [first])
    before = everything(store)
    assert store.add_decision(decision, ADDING, [first]) == Added(decision=False, results=0)
    assert everything(store) == before
    assert store.add_decision(decision, ADDING, [first, second]) == Added(False, 1)
    assert [audit["after"]["new"] for audit in audits(store)] == [True, False]


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        pytest.param({"title": "Thaw"}, ["title"], id="another title"),
        pytest.param({"body": {}}, ["body"], id="another body"),
        pytest.param({"simulated": True}, ["simulated"], id="simulated, or not"),
        pytest.param(
            {"id": id_at(IdPrefix.EVIDENCE, NOON, 8)},
            ["job", "ordinal"],
            id="another result in the same place of its job",
        ),
    ],
)
def test_a_result_with_other_content_is_refused_with_all_that_came_along(
    store: Store,
    elsewhere: Callable[..., ResultView],
    changes: dict[str, Any],
    differs: list[str],
) -> None:
    decision = a_decision()
    first = elsewhere(decision.id)
    store.add_decision(decision, ADDING, [first])
    before = everything(store)
    other = replace(first, **changes)
    with pytest.raises(Conflict, match="another result in the place of") as refused:
        store.add_decision(decision, ADDING, [elsewhere(decision.id, BRIEF), other])
    assert refused.value.details == {"result": other.id, "differs": differs}
    assert everything(store) == before


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("ask", "steps"),
    [
        pytest.param(
            lambda store: store.result_heads(ResultQuery(before="cp_01KAVJ5N")),
            {"SEARCH"},
            id="a page begins at its id, and is sorted by it",
        ),
        pytest.param(
            lambda store: store.result_heads(ResultQuery(since=NOON, until=minute(9))),
            {"SEARCH"},
            id="times are narrowed down by ids",
        ),
        pytest.param(lambda store: store.result("br_1"), {"SEARCH"}, id="one result"),
    ],
)
def test_lists_are_read_by_the_index_of_ids(
    sqlite: Store, ask: Callable[[Store], object], steps: set[str]
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Connection, _k: object, sql: str, params: Any, *_: object) -> None:
        asked.append((sql, params))

    engine = sqlite._database._reader_engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    ask(sqlite)
    plans = [
        line
        for sql, params in asked
        if sql.startswith("SELECT")
        for line in _plan(sqlite, sql, params)
    ]
    assert {line.split()[0] for line in plans} == steps  # no SCAN, and no B-TREE to sort in


def _plan(store: Store, sql: str, params: Any) -> list[str]:
    def explain(tx: Any) -> list[str]:
        rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in rows]

    return write(store, explain)
