"""competitor_analysis, step by step, against the simulator."""

import json
import re
from datetime import UTC, datetime

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.results import CompetitorProfile, ResultKind, Source, SourceKind
from tests.pipelines.harness import DECISION, Run
from worker.context import ProviderError
from worker.pipelines.competitor_analysis import check

GIVEN = {"company_name": "Acme Corp", "company_url": "https://acme.com"}


def analysed(world, **more):
    run = Run("competitor_analysis", GIVEN, **more)
    return run, world.run(run.all_steps)


def profile_of(finished):
    return CompetitorProfile.model_validate(finished.results[0].body)


def test_a_company_is_analysed_into_one_profile(world):
    run, finished = analysed(world)
    [row] = finished.results
    assert finished.output == {"competitor_profile_id": row.id}
    assert re.fullmatch(r"cp_[0-9A-Z]{26}", row.id)
    assert (row.kind, row.title) == (ResultKind.PROFILE, "Acme Corp")
    assert profile_of(finished).company_name == "Acme Corp"
    called = {step: world.journal.of_step(run.job_id, step) for step in run.spent}
    assert {step: {call.provider for call in calls} for step, calls in called.items()} == {
        "scrape-website": {"firecrawl"},
        "search-news": {"exa"},
        "get-reviews": {"g2"},
        "generate-profile": {"llm"},
        "save-results": set(),
    }


def test_what_every_step_cost_is_told_once_a_request(world):
    run, _ = analysed(world)
    for step, usages in run.spent.items():
        assert sum(usage.calls for usage in usages) == len(world.journal.of_step(run.job_id, step))


def test_every_claim_can_be_traced_to_a_source_that_was_fetched(world):
    _, finished = analysed(world)
    sources = {source.id: source for source in finished.results[0].provenance.sources}
    cited = set(profile_of(finished).cited())
    assert cited
    assert cited <= set(sources)
    assert {s.provider for s in sources.values()} == {"firecrawl", "exa", "g2"}
    assert all(source.fetched_at.tzinfo for source in sources.values())


def test_the_row_says_how_it_came_to_be(world):
    run, finished = analysed(world)
    provenance = finished.results[0].provenance
    assert provenance.simulated
    assert provenance.model
    assert provenance.prompt_version == "competitor_profile/2"
    assert provenance.usage == run.spent["generate-profile"][0]


def test_every_output_is_json_and_comes_back_the_same(world):
    run, finished = analysed(world)
    stored = {name: out for name, out in run.outputs.items() if name != "save-results"}
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    json.dumps([finished.output, finished.results[0].body], allow_nan=False)


def test_a_fact_that_changes_on_the_page_changes_the_profile(world):
    page = "# Acme\n\nAcme makes anvils for {}.\n\n## Pricing\n\n- Starter: $19 per month\n"
    summaries = []
    for whom in ("coyotes", "roadrunners"):
        world.control.set_pages({"https://acme.com": page.format(whom)})
        _, finished = analysed(world)
        summaries.append(finished.results[0].body["summary"]["text"])
    assert "coyotes" in summaries[0]
    assert summaries[1] == summaries[0].replace("coyotes", "roadrunners")


@pytest.mark.parametrize(
    ("step", "empty"),
    [
        pytest.param("search-news", lambda p: p.recent_news == [], id="without news"),
        pytest.param(
            "get-reviews",
            lambda p: (p.customers.rating, p.customers.review_count) == (None, None),
            id="without reviews",
        ),
    ],
)
def test_a_step_that_ended_without_its_data_leaves_a_gap_in_the_profile(world, step, empty):
    _, finished = analysed(world, without=frozenset({step}))
    assert empty(profile_of(finished))
    assert step not in {source.step for source in finished.results[0].provenance.sources}


def test_a_company_without_news_and_reviews_is_analysed_from_its_site(world):
    world.control.fault("exa", "no_results", times=2)
    world.control.fault("g2", "nothing", times=3)
    run, finished = analysed(world)
    assert run.outputs["search-news"] == []
    assert run.outputs["get-reviews"]["status"] == "no_product"
    assert {s.step for s in finished.results[0].provenance.sources} == {"scrape-website"}


def test_a_job_of_a_decision_and_a_second_try_are_written_too(world):
    _, finished = analysed(world, decision=DECISION, feedback="S9 is not a source.")
    assert profile_of(finished).summary.sources


def test_a_long_page_is_cut_before_it_is_stored(world):
    world.control.set_pages({"https://acme.com": "# Acme\n\n" + "An anvil. " * 10_000})
    run, _ = analysed(world)
    assert len(run.outputs["scrape-website"]["markdown"]) <= 24_000


def test_a_source_that_was_not_given_is_a_parse_error_that_names_it(world):
    run = Run("competitor_analysis", GIVEN)
    world.control.fault("llm", "unknown_source")
    with pytest.raises(ProviderError) as caught:
        world.run(run.all_steps)
    failure = caught.value.failure
    assert (failure.failure_class, failure.provider) == (FailureClass.PARSE_ERROR, "llm")
    assert re.match(r"\S+ is not a source\. Cite only S1, S2", failure.detail)
    assert run.spent["generate-profile"][0].output_tokens


def a_profile(text="x"):
    claim = {"text": text, "sources": ["S1"]}
    return CompetitorProfile(
        company_name="A",
        summary=claim,
        positioning=None,
        offerings=[],
        pricing=[],
        strengths=[],
        weaknesses=[],
        recent_news=[],
        customers={"rating": None, "review_count": None, "praised": [], "criticised": []},
        meaning_for_us=[],
    )


PAGE = Source(
    id="S1",
    kind=SourceKind.WEBSITE,
    url="https://a.example/home",
    title="",
    provider="firecrawl",
    step="scrape-website",
    fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_profile_without_strangers_passes():
    check(a_profile(), [PAGE], "https://a.example")
    with pytest.raises(ProviderError, match="could not be read"):
        check(a_profile(), [], "https://a.example")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("See https://a.example/home for 5 plans.", id="a page that was fetched"),
        pytest.param("See a.example: 5 plans.", id="a name without a scheme is no address"),
        pytest.param("See http://www.a.example/.", id="the company's own address, otherwise typed"),
    ],
)
def test_a_profile_may_name_what_was_fetched(text):
    check(a_profile(text), [PAGE], "https://a.example")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("5 plans from $3: https://evil.example/buy.", id="another site"),
        pytest.param("40 % cheaper (www.a.example/pricing).", id="another page of the site"),
    ],
)
def test_a_profile_that_names_what_nobody_fetched_is_a_parse_error_that_says_so(text):
    with pytest.raises(ProviderError) as caught:
        check(a_profile(text), [PAGE], "https://a.example")
    failure = caught.value.failure
    assert (failure.failure_class, failure.provider_code) == ("parse_error", "strange_address")
    assert "is no source's address. Write no web address." in failure.detail
