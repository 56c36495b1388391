"""How briefs and analyses look: on a terminal, and in a pipe."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.text import Text

from plinthctl.domain.briefs import SIMULATED_NOTE
from plinthctl.domain.results import ResultKind
from plinthctl.domain.views import ResultView
from plinthctl.render import results
from plinthctl.render.times import TimeStyle
from tests.cli.test_archive_rendering import HOSTILE
from tests.pipelines.decided import NOVA, a_result, a_source, analysis

GOLDEN = Path(__file__).parent / "golden"
PAGE = a_source(id="1", kind="evidence", result="ev_01KAVJ5N3C0ZP4RD8W7Q2K9M02")
MADE = a_source(
    id="2",
    kind="analysis",
    url="",
    title="Nova",
    provider="",
    published=None,
    result="oa_01KAVJ5N3C0ZP4RD8W7Q2K9M06",
)
MARKDOWN = f"""\
# Which sensor to buy

{SIMULATED_NOTE}

## The question

Which one **survives** the frost? One that costs `little`, says whoever pays for all of
it in the end [1].

- Nova scores 7 of 10 [2].
- Zeta was *not* analysed.

## Sources

1. Frost in orchards, <https://wire.example/frost>, fetched 2026-11-22
2. Nova, option analysis, made 2026-11-23
"""


def a_brief(markdown: str = MARKDOWN, audience: str | None = None) -> ResultView:
    body = {"markdown": markdown, "audience": audience}
    brief = a_result(ResultKind.BRIEF, 9, body, title="Which sensor to buy", sources=(PAGE, MADE))
    return replace(brief, input_tokens=737, output_tokens=148)


def an_analysis() -> ResultView:
    body = analysis(6, NOVA, 7).body
    body["risks"] = [{"text": "Nobody knows how it ages.", "sources": []}]
    body["scores"][0] |= {"score": 3, "why": "It is dear. " * 8, "sources": ["S1"]}
    return replace(analysis(6, NOVA, 7), body=body, sources=(a_source(result=PAGE["result"]),))


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def sheet(result: ResultView, width: int | None = 80) -> str:
    return plain(results.result_sheet(result, width, TimeStyle.UTC))


@pytest.mark.parametrize(
    ("name", "result"), [("brief_80.txt", a_brief()), ("option_analysis_80.txt", an_analysis())]
)
def test_on_a_terminal_it_is_laid_out_with_where_it_comes_from(
    name: str, result: ResultView
) -> None:
    shown = sheet(result)
    assert shown == (GOLDEN / name).read_text().rstrip("\n")
    assert max(map(len, shown.splitlines())) <= 80


def test_in_a_pipe_a_brief_is_its_markdown_and_nothing_else() -> None:
    assert sheet(a_brief(), None) + "\n" == MARKDOWN


def test_in_a_pipe_an_analysis_is_whole_and_nothing_is_broken() -> None:
    lines = sheet(an_analysis(), None).splitlines()
    assert any(line.endswith(f"{'It is dear. ' * 8} [S1]") for line in lines)
    assert "  ! Nobody knows how it ages. [no evidence]" in lines
    assert any(str(PAGE["result"]) in line for line in lines)


def test_a_brief_without_sources_is_shown_whole() -> None:
    shown = sheet(replace(a_brief("# T\n\n## The question\n\nWhich?\n"), sources=()))
    assert shown.endswith("The question\n\nWhich?")
    assert "Sources" not in shown


def test_what_another_version_has_written_is_json() -> None:
    for result in (a_brief(), an_analysis()):
        for width in (80, None):
            assert '"brand": "new"' in sheet(replace(result, body={"brand": "new"}), width)


@pytest.mark.parametrize("width", [40, 80, None])
@pytest.mark.parametrize("text", [HOSTILE, f"```\n{HOSTILE}\n```", f"[{HOSTILE}](javascript:x)"])
def test_a_hostile_brief_stays_text(width: int | None, text: str) -> None:
    source = {"id": HOSTILE, "title": HOSTILE, "url": HOSTILE, "result": HOSTILE}
    shown = sheet(replace(a_brief(f"# T\n\n{text}\n"), sources=(source,)), width)
    assert [c for c in shown if c != "\n" and not c.isprintable()] == []
    assert "\x1b" not in shown


@pytest.mark.parametrize("width", [40, 80, None])
def test_a_hostile_analysis_stays_text(width: int | None) -> None:
    result = an_analysis()
    result.body["pros"] = [{"text": HOSTILE, "sources": [HOSTILE]}]
    result.body["scores"][0] |= {"criterion": HOSTILE, "why": HOSTILE}
    shown = sheet(replace(result, title=HOSTILE), width)
    assert "[/x]" in shown
    assert [c for c in shown if c != "\n" and not c.isprintable()] == []


def test_a_link_of_a_brief_can_be_followed_nowhere() -> None:
    lines = results.result_sheet(a_brief("# T\n\n[x](https://evil.example)\n"), 80, TimeStyle.UTC)
    styles = [str(span.style) for line in lines for span in line.spans]
    assert [style for style in styles if "link" in style and "evil" in style] == []
