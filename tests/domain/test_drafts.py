"""Decisions from outside: what is taken, what is refused, what is filled in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.decisions import Criterion, DecisionContext, Option
from plinthctl.domain.drafts import (
    MAX_CONTEXT_CHARS,
    MAX_DEPTH,
    MAX_FILE_BYTES,
    Fresh,
    complete,
    draft_of,
    drafts_in,
    gathered,
    option_draft_of,
)
from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.errors import InvalidInput

NOON = datetime(2026, 11, 24, 12, 0, 0, 123_456, UTC)
NOON_MS = int(NOON.timestamp() * 1000)
DECISION = "dec_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
OPTION = "opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
JOB = "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
EVIDENCE = new_id(IdPrefix.EVIDENCE, NOON_MS, bytes(10))


def fresh() -> Fresh:
    numbers = iter(range(1000))
    return Fresh("acme", NOON, lambda prefix: f"{prefix}_{next(numbers)}")


def a_result(**changes: Any) -> dict[str, Any]:
    result = {
        "id": EVIDENCE,
        "kind": "evidence_item",
        "title": "Frost",
        "org": "acme",
        "decision": DECISION,
        "job": JOB,
        "created_at": "2026-11-24T12:00:00.123Z",
        "simulated": True,
        "body": {"quote": "It froze."},
    }
    return {**result, **changes}


def test_a_title_is_enough() -> None:
    made = complete(draft_of({"title": " Where to grow "}), None, fresh())
    assert made == DecisionContext(
        "dec_0", "acme", "Where to grow", None, None, (), (), NOON.replace(microsecond=123_000)
    )


def test_what_is_given_is_kept() -> None:
    given = {
        "id": DECISION,
        "org": " other ",
        "title": "Which sensor",
        "question": "Which survives frost?",
        "context": "    # Background\n\ntext\n",
        "criteria": [{"name": "price", "weight": 0.4, "better": "lower"}, {"name": "range"}],
        "options": [{"id": OPTION, "name": "Zeta"}, {"name": "Nova", "description": "solar"}],
        "created_at": "2026-11-24T13:00:00.123999+01:00",
    }
    assert complete(draft_of(given), None, fresh()) == DecisionContext(
        id=DECISION,
        org=" other ",
        title="Which sensor",
        question="Which survives frost?",
        context="    # Background\n\ntext",
        criteria=(Criterion("price", 0.4, "lower"), Criterion("range", 1.0)),
        options=(Option(OPTION, "Zeta"), Option("opt_0", "Nova", "solar")),
        created_at=NOON.replace(microsecond=123_000),
    )


def test_what_is_left_out_is_what_the_store_has_by_that_id() -> None:
    stored = complete(
        draft_of({"id": DECISION, "title": "T", "options": [{"name": "Zeta"}, {"name": "Nova"}]}),
        None,
        fresh(),
    )
    later = Fresh("other", NOON.replace(year=2027), lambda prefix: f"{prefix}_new")
    again = draft_of(
        {"id": DECISION, "title": "T", "options": [{"name": "Zeta"}, {"name": "Nova"}]}
    )
    assert complete(again, stored, later) == stored
    longer = draft_of({"id": DECISION, "title": "T", "options": [{"name": "Third"}]})
    assert complete(longer, stored, later).options == (Option("opt_new", "Third"),)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "title is missing", id="no title"),
        pytest.param({"title": "  "}, 'title: "  " is empty', id="an empty title"),
        pytest.param({"title": 3}, "title: 3 is not text", id="a number for a title"),
        pytest.param({"title": "t" * 201}, "is longer than 200 characters", id="a title of 201"),
        pytest.param({"title": "a\ud800"}, "not valid Unicode", id="half a character"),
        pytest.param({"title": "t", "colour": "red"}, 'no field "colour"', id="an unknown field"),
        pytest.param({"title": "t", "question": ""}, "question", id="an empty question"),
        pytest.param({"title": "t", "context": " \n"}, "is empty", id="an empty context"),
        pytest.param(
            {"title": "t", "context": "c" * (MAX_CONTEXT_CHARS + 1)},
            "is longer than 20,000 characters",
            id="a context of 20,001",
        ),
        pytest.param({"title": "t", "org": " "}, "org: .* is empty", id="an empty organisation"),
        pytest.param(
            {"title": "t", "id": "dec_1"}, "is no whole id: dec_ and 26", id="a part of an id"
        ),
        pytest.param(
            {"title": "t", "id": DECISION.lower()}, "is no whole id", id="an id in small letters"
        ),
        pytest.param(
            {"title": "t", "options": [{"id": DECISION, "name": "o"}]},
            r"options\.0\.id: .* is no whole id: opt_",
            id="another kind's id",
        ),
        pytest.param(
            {"title": "t", "options": [{"name": "o", "id": 3}]},
            r"options\.0\.id: 3 is not text",
            id="a number for an id",
        ),
        pytest.param({"title": "t", "criteria": "price"}, "criteria", id="text for a list"),
        pytest.param({"title": "t", "created_at": 12}, "is not a time", id="a number for a time"),
        pytest.param(
            {"title": "t", "created_at": "2026-11-24T09:00"}, "timezone", id="a time without zone"
        ),
        pytest.param(
            {"title": "t", "created_at": "9999-12-31T23:59:59-12:00"},
            "beyond the calendar",
            id="a time after the calendar",
        ),
        pytest.param(
            {"title": "t", "question": float("inf")}, "not finite", id="a number without an end"
        ),
        pytest.param(
            {"title": "t", "results": [3] * 9}, r"results\.0: .*; and 4 more", id="nine mistakes"
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as refused:
        draft_of(given, fix="type this")
    assert len(refused.value.message) < 2000


@pytest.mark.parametrize(
    ("weight", "is_taken"),
    [
        pytest.param(0, True, id="0 counts for nothing, and may"),
        pytest.param(1, True, id="1"),
        pytest.param(0.25, True, id="a quarter"),
        pytest.param(-0.01, False, id="below 0"),
        pytest.param(1.01, False, id="above 1"),
        pytest.param(float("nan"), False, id="no number"),
        pytest.param(True, False, id="true is no number"),
        pytest.param("0.5", False, id="text is no number"),
        pytest.param(None, False, id="null"),
    ],
)
def test_a_weight_is_a_number_from_0_to_1(weight: Any, is_taken: bool) -> None:
    given = {"title": "t", "criteria": [{"name": "price", "weight": weight}]}
    if is_taken:
        assert draft_of(given).criteria[0].weight == weight
    else:
        with pytest.raises(InvalidInput):
            draft_of(given)


def test_what_no_database_stores_is_replaced_at_once() -> None:
    draft = draft_of({"title": "a\x00b", "options": [{"name": "\x00"}]})
    assert (draft.title, draft.options[0].name) == ("a�b", "�")


def test_an_option_is_checked_as_a_decisions_are() -> None:
    assert option_draft_of({"name": " Zeta ", "description": None}, fix="").name == "Zeta"
    with pytest.raises(InvalidInput, match="name"):
        option_draft_of({"name": ""}, fix="")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        pytest.param('{"title": "a"}', ["a"], id="an object"),
        pytest.param('[{"title": "a"}, {"title": "b"}]', ["a", "b"], id="an array"),
        pytest.param('{"title": "a"}\n{"title": "b"}\n', ["a", "b"], id="one a line"),
        pytest.param('{\n "title": "a"\n}\n\n{"title": "b"}', ["a", "b"], id="one after the other"),
    ],
)
def test_a_file_holds_one_decision_or_several(text: str, titles: list[str]) -> None:
    assert [draft.title for draft in drafts_in(text)] == titles


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "no decision in it", id="nothing"),
        pytest.param("[]", "no decision in it", id="an empty array"),
        pytest.param("[3]", "must be a JSON object", id="a number"),
        pytest.param('{"title": "a"} x', "is not JSON", id="something after it"),
        pytest.param(
            '{"title": "a", "title": "b"}', 'key "title" is there twice', id="a key twice"
        ),
        pytest.param('{"title": NaN}', "NaN is not a JSON number", id="NaN"),
        pytest.param('{"title": "t", "question": 1e999}', "not finite", id="1e999"),
        pytest.param('{"title": ' + "9" * 5000 + "}", "is not JSON", id="5,000 digits"),
        pytest.param('{"title": ' + "[" * 100_000, "nested too deeply", id="100,000 brackets"),
        pytest.param(
            '{"title": "t", "results": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
            "deeper than 32",
            id="33 levels",
        ),
        pytest.param(
            '[{"title": "a"}, {"title": ""}]', "decision 2 of 2: title", id="the second of two"
        ),
        pytest.param('"' + "a" * MAX_FILE_BYTES + '"', "larger than 32,768 kB", id="32 MB and 2"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        drafts_in(text)


def test_a_result_is_taken_as_exports_write_it() -> None:
    draft = draft_of({"id": DECISION, "title": "t", "results": [a_result(input_tokens=7)]})
    (result,) = gathered(draft, complete(draft, None, fresh()))
    assert (result.id, result.kind, result.job_id) == (EVIDENCE, "evidence_item", JOB)
    assert (result.created_at, result.simulated) == (NOON.replace(microsecond=123_000), True)
    assert (result.input_tokens, result.output_tokens, result.cost_usd) == (7, None, None)
    assert (result.sources, result.body) == ((), {"quote": "It froze."})


@pytest.mark.parametrize(
    ("results", "told"),
    [
        pytest.param(
            [a_result(decision="dec_01ZZZZ5N3C0ZP4RD8W7Q2K9M4T")],
            "belongs to dec_01ZZZZ5N3C0ZP4RD8W7Q2K9M4T, not to",
            id="another decision's",
        ),
        pytest.param([a_result(), a_result()], "a result is there twice", id="one twice"),
        pytest.param(
            [a_result(kind="brief")], "is not the id of a result of kind brief", id="another kind"
        ),
        pytest.param([a_result(kind="poem")], "kind", id="a kind that there is not"),
        pytest.param(
            [a_result(created_at="2026-11-22T11:00:00Z")],
            "was not made when its created_at says",
            id="an id of another day: it would not be found by its time",
        ),
        pytest.param([a_result(option=OPTION)], "names an option", id="evidence of an option"),
        pytest.param([a_result(simulated="no")], "simulated", id="neither true nor false"),
        pytest.param([a_result(ordinal=2**31)], "ordinal", id="a number no column holds"),
        pytest.param([a_result(input_tokens=-1)], "input_tokens", id="fewer tokens than none"),
        pytest.param([a_result(cost_usd=-0.1)], "cost_usd", id="a price below nothing"),
        pytest.param([a_result(body=[])], "body", id="a list for a body"),
        pytest.param([a_result(sources=["S1"])], "sources", id="text for a source"),
        pytest.param([a_result(job="job_1")], "no whole id: job_", id="a part of a job's id"),
    ],
)
def test_a_result_that_is_none_is_refused(results: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        draft = draft_of({"id": DECISION, "title": "t", "results": results})
        gathered(draft, complete(draft, None, fresh()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = ["id", "org", "title", "question", "context", "criteria", "options", "created_at"]


@given(st.dictionaries(st.sampled_from([*FIELDS, "results", "name", "weight"]), JSON))
def test_whatever_is_given_is_taken_or_refused(given: dict[str, Any]) -> None:
    try:
        (draft,) = drafts_in(json.dumps(given))
        made = complete(draft, None, fresh())
    except InvalidInput as refused:
        assert refused.message
    else:
        assert made.title.strip()
