"""Decisions in the store, one contract for both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from plinthctl.domain.acts import Act
from plinthctl.domain.archive import Added, DecisionQuery
from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.domain.ids import IdPrefix
from plinthctl.errors import Conflict, InvalidInput, NotFound
from plinthctl.store import Store
from tests.store.acts import (
    ADDING,
    NOON,
    a_decision,
    a_result,
    admitted,
    audits,
    complete,
    everything,
    running,
)
from tests.stores import an_id

FIRST = "dec_01KAVJ5N0000000000000000AA"
SECOND = "dec_01KAVJ5N0000000000000000BA"
OTHER = "dec_01ZZZZZZ00000000000WXYZ0BA"
ADDING_OPTION = Act("ana", "decision_option_add", "they asked")
ROUNDS = 20
HOSTILE = "x\x1b]0;z\x07 [/x] ' OR 1=1-- % _ \\ \u202e é 東京 " + "y" * 500


def test_a_decision_is_read_as_it_was_added(store: Store) -> None:
    decision = replace(
        a_decision(),
        question="East or West?",
        context="# Background\n\ntext",
        criteria=(Criterion("price", 0.25, "lower"), Criterion("range")),
    )
    assert store.add_decision(decision, ADDING) == Added(decision=True, results=0)
    assert store.decision(decision.id) == decision


def test_options_keep_their_order(store: Store) -> None:
    own = tuple(Option(an_id(IdPrefix.OPTION), name) for name in "zebra")
    store.add_decision(replace(a_decision(), options=own), ADDING)
    (listed,) = store.decisions(DecisionQuery())
    assert listed.options == own


def saying(text: str, decision: DecisionContext) -> DecisionContext:
    """The decision with this text in all its fields."""
    option = Option(decision.options[0].id, text, text)
    criterion = Criterion(text, 0.5, text)
    return replace(
        decision,
        org=text,
        title=text,
        question=text,
        context=text,
        criteria=(criterion,),
        options=(option,),
    )


def test_hostile_text_is_text(store: Store) -> None:
    kept = saying(HOSTILE, a_decision())
    store.add_decision(kept, ADDING)
    assert store.decision(kept.id) == kept
    assert store.decisions(DecisionQuery(org=HOSTILE)) == (kept,)
    assert store.decisions(DecisionQuery(org="' OR 1=1--")) == ()


def test_adding_leaves_its_audit_row(timed: Store) -> None:
    decision = a_decision()
    timed.add_decision(decision, Act("ana", "decision_import", "from staging"))
    (audit,) = audits(timed)
    assert (audit["operator"], audit["action"], audit["reason"], audit["at"]) == (
        "ana",
        "decision_import",
        "from staging",
        NOON,
    )
    assert (audit["job_id"], audit["before"]) == (None, {})
    assert audit["after"] == {
        "decision": decision.id,
        "title": decision.title,
        "new": True,
        "results": 0,
    }


def test_adding_twice_changes_nothing_more(store: Store) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    before = everything(store)
    assert store.add_decision(decision, ADDING) == Added(decision=False, results=0)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        pytest.param(lambda d: replace(d, title="Other"), ["title"], id="another title"),
        pytest.param(lambda d: replace(d, org="other"), ["org"], id="another organisation"),
        pytest.param(lambda d: replace(d, criteria=(Criterion("x"),)), ["criteria"], id="criteria"),
        pytest.param(lambda d: replace(d, options=d.options[:1]), ["options"], id="fewer options"),
        pytest.param(
            lambda d: replace(d, options=(*d.options, Option(an_id(IdPrefix.OPTION), "South"))),
            ["options"],
            id="more options",
        ),
    ],
)
def test_other_content_by_the_same_id_is_refused_and_changes_nothing(
    store: Store,
    changed: Callable[[DecisionContext], DecisionContext],
    differs: list[str],
) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    before = everything(store)
    with pytest.raises(Conflict, match="other content") as refused:
        store.add_decision(changed(decision), ADDING)
    assert refused.value.details["differs"] == differs
    assert everything(store) == before


def test_an_option_of_another_decision_is_refused_and_changes_nothing(store: Store) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    before = everything(store)
    thief = replace(a_decision(), options=decision.options)
    with pytest.raises(Conflict):
        store.add_decision(thief, ADDING)
    assert everything(store) == before


def race(works: list[Callable[[], Any]]) -> list[Any]:
    """What each of these returns or raises, all begun at one moment."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_with_one_id_one_is_kept(store: Store) -> None:
    for _ in range(ROUNDS):
        decision = a_decision()
        twins = [decision, replace(decision, title="Other")]
        answers = race([partial(store.add_decision, one, ADDING) for one in twins])
        kept = store.decision(decision.id)
        assert kept in twins
        assert answers[twins.index(kept)] == Added(decision=True, results=0)
        assert isinstance(answers[1 - twins.index(kept)], Conflict)
    assert len(audits(store)) == ROUNDS


def test_one_that_two_bring_at_once_is_added_once(store: Store) -> None:
    for _ in range(ROUNDS):
        decision = a_decision()
        answers = race([partial(store.add_decision, decision, ADDING)] * 2)
        assert sorted(answer.decision for answer in answers) == [False, True]
    assert len(audits(store)) == ROUNDS


def test_an_option_more_stands_last_and_leaves_its_audit_row(store: Store) -> None:
    decision, option = a_decision(), Option(an_id(IdPrefix.OPTION), "South", "by the sea")
    store.add_decision(decision, ADDING)
    store.add_option(decision.id, option, ADDING_OPTION)
    kept = store.decision(decision.id)
    assert kept is not None and kept.options == (*decision.options, option)
    audit = audits(store)[-1]
    assert (audit["action"], audit["reason"]) == ("decision_option_add", "they asked")
    assert audit["after"]["option"] == option.id


def test_an_option_asked_for_again_is_there_once(store: Store) -> None:
    decision, option = a_decision(), Option(an_id(IdPrefix.OPTION), "South")
    store.add_decision(decision, ADDING)
    store.add_option(decision.id, option, ADDING_OPTION)
    before = everything(store)
    store.add_option(decision.id, option, ADDING_OPTION)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("option", "error"),
    [
        pytest.param(Option(an_id(IdPrefix.OPTION), "EAST"), Conflict, id="a name that is taken"),
        pytest.param(
            Option(an_id(IdPrefix.OPTION), "South", "s" * 65_536), InvalidInput, id="64 kB of text"
        ),
    ],
)
def test_an_option_that_does_not_fit_changes_nothing(
    store: Store, option: Option, error: type[Exception]
) -> None:
    decision = a_decision()
    store.add_decision(decision, ADDING)
    before = everything(store)
    with pytest.raises(error):
        store.add_option(decision.id, option, ADDING_OPTION)
    assert everything(store) == before


def test_an_option_of_no_decision_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no decision"):
        store.add_option(FIRST, Option(an_id(IdPrefix.OPTION), "South"), ADDING_OPTION)
    assert audits(store) == []


def test_options_added_at_once_all_have_their_place(store: Store) -> None:
    decision = replace(a_decision(), options=())
    store.add_decision(decision, ADDING)
    new = [Option(an_id(IdPrefix.OPTION), f"option {n}") for n in range(8)]
    race([partial(store.add_option, decision.id, one, ADDING_OPTION) for one in new])
    kept = store.decision(decision.id)
    assert kept is not None and sorted(o.id for o in kept.options) == sorted(o.id for o in new)


@pytest.fixture
def three(store: Store) -> Store:
    for decision_id, org in ((SECOND, "acme"), (OTHER, "other"), (FIRST, "acme")):
        store.add_decision(replace(a_decision(org), id=decision_id), ADDING)
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(DecisionQuery(), [OTHER, SECOND, FIRST], id="all, the newest first"),
        pytest.param(DecisionQuery(limit=2), [OTHER, SECOND], id="at most 2"),
        pytest.param(DecisionQuery(org="acme"), [SECOND, FIRST], id="one organisation's"),
        pytest.param(DecisionQuery(before=SECOND), [FIRST], id="the page after the second"),
        pytest.param(DecisionQuery(org="nobody"), [], id="of an organisation that has none"),
    ],
)
def test_lists_hold_what_was_asked_for(
    three: Store, query: DecisionQuery, found: list[str]
) -> None:
    assert [decision.id for decision in three.decisions(query)] == found


def test_a_count_knows_neither_page_nor_limit(three: Store) -> None:
    assert three.count_decisions(DecisionQuery(limit=1, before=FIRST)) == 3
    assert three.count_decisions(DecisionQuery(org="acme")) == 2


@pytest.mark.parametrize(
    ("part", "found"),
    [
        pytest.param("000000AA", [FIRST], id="its last 8"),
        pytest.param("01KA", [FIRST, SECOND], id="a beginning that two have"),
        pytest.param("dec_01KA", [FIRST, SECOND], id="with its prefix"),
        pytest.param("00BA", [SECOND], id="an end that looks like another's"),
        pytest.param("job_01KA", [], id="another kind of id"),
        pytest.param("%BA_", [], id="no pattern is understood"),
    ],
)
def test_ids_are_found_by_what_an_operator_types(three: Store, part: str, found: list[str]) -> None:
    assert list(three.find_decisions(part, 10)) == found
    assert len(three.find_decisions(part, 1)) == min(1, len(found))


def test_a_detail_is_all_that_was_gathered_and_nothing_else(timed: Store) -> None:
    decision, other = a_decision(), a_decision()
    for one in (decision, other):
        timed.add_decision(one, ADDING)
    own = running(timed, decision=decision.id)
    timed.apply(complete(own, a_result()))
    timed.apply(complete(running(timed, decision=other.id), a_result()))
    timed.apply(complete(running(timed), a_result()))
    admitted(timed, decision=decision.id)
    detail = timed.decision_detail(decision.id)
    assert detail is not None
    assert (detail.decision, detail.read_at) == (decision, NOON)
    assert [result.job_id for result in detail.results] == [own.id]
    assert timed.decision_detail(FIRST) is None
