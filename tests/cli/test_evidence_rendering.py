"""How evidence looks: an item alone, and a job's items together."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.text import Text

from plinthctl.domain.views import ResultView
from plinthctl.render import results
from plinthctl.render.times import TimeStyle
from tests.cli import samples
from tests.cli.test_archive_rendering import HOSTILE

GOLDEN = Path(__file__).parent / "golden"


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def golden(name: str) -> str:
    return (GOLDEN / name).read_text().rstrip("\n")


def weighed(number: int, stance: str | None, **changes: object) -> ResultView:
    item = samples.an_evidence_item(number)
    body = {**item.body, "stance": stance, **changes}
    return replace(item, body=body, title=body["finding"])


def sheets(found: list[ResultView], width: int | None = 80) -> list[str]:
    return [plain(sheet) for sheet in results.result_sheets(found, width, TimeStyle.UTC)]


ITEMS = [weighed(1, "for"), weighed(2, "against"), weighed(10, "neutral"), weighed(3, None)]


def test_an_item_alone_has_its_quote_and_its_source() -> None:
    [sheet] = sheets(ITEMS[:1])
    assert sheet == golden("evidence_item_80.txt")
    assert sheet == plain(results.result_sheet(ITEMS[0], 80, TimeStyle.UTC))


def test_a_jobs_items_are_one_sheet_with_their_sources_once() -> None:
    [sheet] = sheets([*ITEMS, weighed(2, "for", quote="It is said that frost costs 2 %.")])
    assert sheet == golden("evidence_80.txt")
    assert max(map(len, sheet.splitlines())) <= 80


def test_in_a_pipe_an_item_is_named_whole_and_nothing_is_broken() -> None:
    [sheet] = sheets(ITEMS, None)
    lines = sheet.splitlines()
    assert sum(item.id in line for line in lines for item in ITEMS) == 4
    assert (
        "  “Growers lose 1 % of the harvest to frost, say the official figures.” [S1]" in lines[5]
    )
    assert len(lines) == 3 + 4 * len(ITEMS) + 2 + len(ITEMS)


def test_what_they_cost_is_the_sum_and_unknown_where_a_part_is() -> None:
    assert "400 tokens in, 80 out · $0.0080" in sheets(ITEMS)[0]
    [sheet] = sheets([*ITEMS, replace(ITEMS[0], cost_usd=None, input_tokens=None)])
    assert "cost unknown" in sheet
    assert "tokens" not in sheet


def test_other_results_have_sheets_of_their_own() -> None:
    told = sheets([samples.a_profile(), *ITEMS])
    assert [sheet.partition("\n")[0] for sheet in told] == ["4 evidence items", "Acme Corp"]
    assert sheets([]) == []


def test_an_item_of_another_version_is_json_beside_the_others() -> None:
    odd = replace(ITEMS[0], id=samples.a_profile().id, body={"brand": "new"})
    together, alone = sheets([ITEMS[1], odd, ITEMS[2]])
    assert together.startswith("2 evidence items")
    assert '"brand": "new"' in alone


def test_a_finding_whose_title_was_cut_is_told_whole() -> None:
    cut = replace(ITEMS[0], title="Frost costs…")
    assert ITEMS[0].body["finding"] in sheets([cut])[0]


@pytest.mark.parametrize("width", [40, 80, None])
@pytest.mark.parametrize("count", [1, 2])
def test_hostile_evidence_stays_text(width: int | None, count: int) -> None:
    item = weighed(1, "for", finding=HOSTILE, quote=HOSTILE, source=HOSTILE)
    source = {"id": HOSTILE, "title": HOSTILE, "url": HOSTILE, "published": HOSTILE}
    text = "\n".join(sheets([replace(item, sources=(source,))] * count, width))
    assert "[/x]" in text
    assert [c for c in text if c != "\n" and not c.isprintable()] == []
