"""Decisions as an operator keeps them: on a real store, with a name under each act."""

from typing import Any

import pytest

from plinthctl.domain.drafts import draft_of, option_draft_of
from plinthctl.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown, ReadOnly
from plinthctl.services.clocks import fresh_id
from plinthctl.services.decisions import Decisions
from plinthctl.store import Store
from tests.store.acts import audits

SENSOR = draft_of({"title": "Which sensor", "options": [{"name": "Zeta"}, {"name": "Nova"}]})
THIRD = option_draft_of({"name": "Third"}, fix="")


def of(store: Any, **values: Any) -> Decisions:
    return Decisions(
        **{"store": store, "org": "acme", "actor": "ana", "new_id": fresh_id, **values}
    )


def test_a_decision_counts_for_the_organisation_that_adds_it(store: Store) -> None:
    added = of(store).add(SENSOR, "they ask")
    assert of(store).one(added.id) == added
    assert (added.org, [option.name for option in added.options]) == ("acme", ["Zeta", "Nova"])
    (audit,) = audits(store)
    assert (audit["operator"], audit["action"], audit["reason"]) == (
        "ana",
        "decision_add",
        "they ask",
    )


def test_an_option_may_come_later(store: Store) -> None:
    kept = of(store)
    decision = kept.add(SENSOR)
    option = kept.add_option(decision.id, THIRD, "")
    assert kept.one(decision.id).options == (*decision.options, option)
    assert [audit["action"] for audit in audits(store)] == ["decision_add", "decision_option_add"]
    assert audits(store)[1]["reason"] is None


def test_a_decision_comes_in_once_however_often_it_is_taken_in(store: Store) -> None:
    kept = of(store)
    draft = draft_of({"id": fresh_id_of_decision(), "title": "T", "options": [{"name": "Zeta"}]})
    first, again = (kept.take_in(kept.incoming(draft)) for _ in range(2))
    assert (first.decision, again.decision) == (True, False)
    assert [audit["action"] for audit in audits(store)] == ["decision_import"]


def test_other_content_by_the_same_id_is_a_conflict(store: Store) -> None:
    kept, decision_id = of(store), fresh_id_of_decision()
    kept.take_in(kept.incoming(draft_of({"id": decision_id, "title": "T"})))
    with pytest.raises(Conflict, match="other content") as refused:
        kept.take_in(kept.incoming(draft_of({"id": decision_id, "title": "U"})))
    assert refused.value.details == {"decision": decision_id, "differs": ["title"]}
    assert len(audits(store)) == 1


def fresh_id_of_decision() -> str:
    from plinthctl.domain.ids import IdPrefix

    return fresh_id(IdPrefix.DECISION)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda kept, at: kept.add(SENSOR), id="add"),
        pytest.param(lambda kept, at: kept.add_option(at, THIRD), id="add an option"),
        pytest.param(lambda kept, at: kept.take_in(kept.incoming(SENSOR)), id="import"),
    ],
)
def test_read_only_changes_nothing(store: Store, change: Any) -> None:
    decision = of(store).add(SENSOR)
    before = audits(store)
    with pytest.raises(ReadOnly, match="no decision is changed"):
        change(of(store, read_only=True), decision.id)
    assert of(store).one(decision.id) == decision
    assert audits(store) == before


@pytest.mark.parametrize("reason", ["r" * 2001, "\ud800"], ids=["2,001 characters", "half a one"])
def test_a_reason_is_a_sentence(store: Store, reason: str) -> None:
    with pytest.raises(InvalidInput, match="reason: "):
        of(store).add(SENSOR, reason)
    assert audits(store) == []


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda kept, at: kept.one(at), id="one"),
        pytest.param(lambda kept, at: kept.detail(at), id="detail"),
        pytest.param(lambda kept, at: kept.add_option(at, THIRD), id="an option for it"),
    ],
)
def test_a_decision_that_is_not_there_is_not_found(store: Store, read: Any) -> None:
    with pytest.raises(NotFound, match="no decision"):
        read(of(store), fresh_id_of_decision())


class Deaf:
    """A store whose answers to a change are lost twice."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left = 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def add_decision(self, *arguments: Any) -> Any:
        added = self._store.add_decision(*arguments)
        self._lose()
        return added

    def add_option(self, *arguments: Any) -> None:
        self._store.add_option(*arguments)
        self._lose()

    def _lose(self) -> None:
        if self._left:
            self._left -= 1
            raise OutcomeUnknown("the answer was lost")


def test_a_change_whose_answer_is_lost_is_made_once(store: Store) -> None:
    added = of(Deaf(store)).add(SENSOR)
    option = of(Deaf(store)).add_option(added.id, THIRD)
    assert of(store).one(added.id).options == (*added.options, option)
    assert len(audits(store)) == 2
