"""How decisions and results look, from values alone."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text

from plinthctl.domain.decisions import Criterion, Option
from plinthctl.domain.drafts import Fresh, complete, drafts_in, gathered
from plinthctl.domain.ids import first_id
from plinthctl.domain.results import ResultKind
from plinthctl.render import archive, decisions, jsons, results
from plinthctl.render.sheet import or_nothing, words, wrapped_columns
from plinthctl.render.times import TimeStyle, dated, field
from tests.cli import samples

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "a\x1b]0;b\x07[/x] \u202ec\x9b31m\x00\u200b\ud800\nd\te"


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def golden(name: str) -> str:
    return (GOLDEN / name).read_text().rstrip("\n")


def test_a_decision_with_all_that_was_gathered_is_as_scripts_know_it() -> None:
    told = jsons.dumps(jsons.gathered_object(samples.a_gathered()))
    assert json.loads(told) == json.loads(golden("decision_gathered.json"))


def test_a_list_tells_the_decision_alone() -> None:
    whole = json.loads(golden("decision_gathered.json"))
    alone = jsons.decision_object(samples.a_decision())
    assert alone == {name: value for name, value in whole.items() if name != "results"}


def test_what_scripts_know_is_what_an_import_reads() -> None:
    """The golden file itself, which is what exports wrote, comes back as it was."""
    detail = samples.a_gathered()
    # Ids of the samples were not made at their time; those of a store are.
    results = tuple(
        samples.a_finding(kind, 1, id=first_id(kind.prefix, 1_795_435_411_120), option_id=option)
        for kind, option in (
            (ResultKind.PROFILE, None),
            (ResultKind.ANALYSIS, detail.decision.options[0].id),
        )
    )
    told = jsons.dumps(jsons.gathered_object(samples.a_gathered(results=results)))
    (draft,) = drafts_in(told)
    fresh = Fresh("nobody", samples.NOW, lambda prefix: pytest.fail(f"a new {prefix} was made"))
    decision = complete(draft, None, fresh)
    assert decision == detail.decision
    assert gathered(draft, decision) == results


@pytest.mark.parametrize("lines", [False, True], ids=["an array", "a line each"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_many_values_are_one_text(count: int, lines: bool) -> None:
    values = [{"n": n, "text": "a\nb\x7f"} for n in range(count)]
    text = "".join(jsons.pieces(iter(values), lines=lines))
    if lines:
        assert [json.loads(line) for line in text.splitlines()] == values
    else:
        assert text == jsons.dumps(values) + "\n"


def test_values_are_told_as_they_come() -> None:
    def values():
        yield {"n": 1}
        raise AssertionError("the second was read before the first was told")

    assert next(jsons.pieces(values(), lines=False)) == '[\n  {\n    "n": 1\n  }'


@pytest.mark.parametrize(
    ("name", "width", "times"),
    [("decision_80.txt", 80, TimeStyle.RELATIVE), ("decision_pipe.txt", None, TimeStyle.UTC)],
)
def test_a_decision_reads_with_what_was_gathered(
    name: str, width: int | None, times: TimeStyle
) -> None:
    sheet = plain(decisions.sheet(samples.a_gathered(), width, times))
    assert sheet == golden(name)
    assert width is None or max(map(len, sheet.splitlines())) <= width


def test_a_decision_alone_has_no_empty_parts() -> None:
    bare = samples.a_decision(question=None, context=None, criteria=(), options=())
    sheet = plain(decisions.sheet(samples.a_gathered(decision=bare, results=()), 80, TimeStyle.UTC))
    assert "nothing yet" in sheet
    assert "results show" not in sheet
    assert "\n\n\n" not in sheet
    assert [word for word in ("question", "context", "CRITERION", "OPTION") if word in sheet] == []


def test_a_long_description_goes_on_below_itself() -> None:
    option = Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4A", "Zeta", "word " * 40)
    lines = plain(decisions.options([option], 60)).splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(lines[1:]).split().count("word") == 40
    assert {line[:18] for line in lines[2:]} == {" " * 18}


def test_decisions_on_a_terminal_have_short_ids_and_a_cut_title() -> None:
    rows = [samples.a_decision(), samples.a_decision(title="word " * 40, options=())]
    table = plain(decisions.table(rows, samples.NOW, 80, TimeStyle.RELATIVE))
    assert table == golden("decisions_80.txt")


def test_decisions_in_a_pipe_are_whole() -> None:
    rows = [samples.a_decision(title="word " * 40)]
    table = decisions.table(rows, samples.NOW, None, TimeStyle.UTC, wide=True)
    row = table[1].plain
    assert row.split()[:5] == [samples.DECISION_ID, "acme", "2", "2", "2026-11-20T12:04:31.120Z"]
    assert row.split().count("word") == 40


def test_results_in_a_pipe_have_whole_ids_and_no_empty_field() -> None:
    found = samples.a_gathered().results
    table = plain(archive.table(found, samples.NOW, None, TimeStyle.UTC, wide=True))
    assert table == golden("results_wide_pipe.txt")


def test_results_on_a_terminal_say_what_is_simulated() -> None:
    found = samples.a_gathered().results
    lines = plain(archive.table(found, samples.NOW, 60, TimeStyle.RELATIVE)).splitlines()
    assert lines[0].split() == ["ID", "KIND", "AGE", "DATA", "TITLE"]
    assert [line.split()[3] for line in lines[1:]] == ["simulated", "live", "live", "live", "live"]
    assert archive.table((), samples.NOW, 60, TimeStyle.RELATIVE) == []


def test_a_result_without_a_form_of_its_own_is_json_with_its_provenance() -> None:
    analysis = samples.a_gathered().results[3]
    assert plain(results.result_sheet(analysis, 80, TimeStyle.UTC)) == golden("analysis_80.txt")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({}, "1,725 tokens in, 608 out · $0.0123", id="tokens and price"),
        pytest.param({"cost_usd": 0.0}, "· $0.0000", id="for nothing"),
        pytest.param({"cost_usd": None, "simulated": False}, "· cost unknown", id="unknown"),
        pytest.param({"output_tokens": None}, "prompt 1 · $0.0123", id="tokens that nobody told"),
        pytest.param({"prompt_version": None}, "simulated-model · 1,725", id="no prompt version"),
    ],
)
def test_a_result_says_what_it_took(changes: dict, told: str) -> None:
    sheet = plain(results.result_sheet(samples.a_profile(**changes), 80, TimeStyle.UTC))
    assert told in sheet


def test_a_result_in_a_pipe_names_its_job_whole() -> None:
    sheet = plain(results.result_sheet(samples.a_profile(), None, TimeStyle.UTC))
    assert f"by job {samples.JOB_ID} · org acme" in sheet


def test_an_unwritten_result_says_nothing_of_a_model() -> None:
    sheet = plain(results.result_sheet(samples.a_profile(model=None), 80, TimeStyle.UTC))
    assert "written by" not in sheet
    assert "tokens" not in sheet


@pytest.mark.parametrize("width", [40, 80, None])
def test_hostile_values_stay_text_everywhere(width: int | None) -> None:
    decision = samples.a_decision(
        org=HOSTILE,
        title=HOSTILE,
        question=HOSTILE,
        context=HOSTILE,
        criteria=(Criterion(HOSTILE, 1, HOSTILE),),
        options=(Option("opt_01KAVJ5N3C0ZP4RD8W7Q2K9M4A", HOSTILE, HOSTILE),),
    )
    result = samples.a_finding(
        ResultKind.BRIEF,
        1,
        title=HOSTILE,
        org=HOSTILE,
        model=HOSTILE,
        prompt_version=HOSTILE,
        sources=({"id": HOSTILE, "title": HOSTILE, "url": HOSTILE, "provider": HOSTILE},),
        body={HOSTILE: HOSTILE},
    )
    detail = samples.a_gathered(decision=decision, results=(result,))
    shown = [
        *decisions.sheet(detail, width, TimeStyle.UTC),
        *decisions.table([decision], samples.NOW, width, TimeStyle.UTC, wide=True),
        *decisions.added_lines(decision),
        *archive.table([result], samples.NOW, width, TimeStyle.UTC, wide=True),
        *results.result_sheet(result, width, TimeStyle.UTC),
    ]
    text = plain(shown)
    assert "[/x]" in text
    assert [c for c in text if c != "\n" and not c.isprintable()] == []


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone in which the next day has begun."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "UTC-14")  # POSIX counts westwards
        time.tzset()
        yield
    time.tzset()


def test_a_day_is_that_of_the_zone(far_east: None) -> None:
    assert dated(samples.NOW, TimeStyle.UTC) == "2026-11-23 12:04:31Z"
    assert dated(samples.NOW, TimeStyle.LOCAL) == "2026-11-24 02:04:31"
    assert field(samples.NOW, samples.NOW, TimeStyle.LOCAL) == "2026-11-24T02:04:31+14:00"


def test_an_empty_field_has_a_mark() -> None:
    assert or_nothing(words(""), piped=True).plain == "-"
    assert or_nothing(words(""), piped=False).plain == "–"
    assert or_nothing(words("x"), piped=True).plain == "x"


def test_wrapped_columns_keep_every_word() -> None:
    rows = [[words("price"), words("lower " * 9)], [words("東京"), words("x")]]
    lines = [line.plain for line in wrapped_columns(("NAME", "BETTER"), rows, 30)]
    assert lines[0] == "NAME   BETTER"
    assert lines[-1] == "東京   x"
    assert " ".join(lines).split().count("lower") == 9
