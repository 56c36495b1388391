"""What TAB offers, and that nothing is heard of it where it can offer nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plinthctl.cli.app import main
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.samples import DECISION_ID, a_decision, a_profile
from tests.store.acts import ADDING

Tab = Callable[[str], list[str]]


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tab:
    """The lines that zsh is offered after what was typed; nothing may be said beside them."""

    def press(line: str) -> list[str]:
        monkeypatch.setenv("_PLINTHCTL_COMPLETE", "complete_zsh")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main([])
        said = capsys.readouterr()
        assert said.err == ""
        offered = said.out.partition("((")[2].partition("))")[0]
        return [one.replace('"', "") for one in offered.splitlines()]

    return press


@pytest.mark.parametrize("command", ["show ", "watch ", "cancel "])
def test_ids_are_offered_with_type_and_status(
    tab: Tab, call: Call, a_pending_job: Callable[..., str], command: str
) -> None:
    first, second = a_pending_job(), a_pending_job()
    call("cancel", first)
    assert tab(f"plinthctl {command}") == [
        "@last:the newest of yours",
        f"{second[-8:]}:competitor_analysis pending",
        f"{first[-8:]}:competitor_analysis cancelled",
    ]
    assert tab(f"plinthctl {command}{second[-8:].lower()}") == [
        f"{second[-8:]}:competitor_analysis pending"
    ]


def test_the_newest_fifty_are_offered(tab: Tab, a_pending_job: Callable[..., str]) -> None:
    ids = [a_pending_job() for _ in range(52)]
    offered = [line.partition(":")[0] for line in tab("plinthctl show ")]
    assert offered == ["@last", *(job_id[-8:] for job_id in ids[:1:-1])]


def test_organisations_and_users_are_those_of_the_newest_jobs(
    tab: Tab, a_pending_job: Callable[..., str]
) -> None:
    for org, user in [("acme", "ana"), ("bücher/2", "bo"), ("acme", "ana")]:
        a_pending_job(org=org, user=user)
    assert tab("plinthctl list --org ") == ["acme", "bücher/2"]
    assert tab("plinthctl list --org b") == ["bücher/2"]
    assert tab("plinthctl list --user ") == ["ana", "bo"]


@pytest.mark.parametrize(
    "name", ["a\x1b[2J", "\u202eb", "a; rm x", "$(rm x)", "`rm x`", "a b", "*", "'", "\\$(x)", "-a"]
)
def test_a_name_that_a_shell_would_read_is_not_offered(
    tab: Tab, a_pending_job: Callable[..., str], name: str
) -> None:
    a_pending_job(org="acme", user="ana")
    a_pending_job(org=name, user=name)
    assert tab("plinthctl list --org ") == ["acme"]
    assert tab("plinthctl list --user ") == ["ana"]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        pytest.param(r"\$(touch x)", "touch x", id="the script for zsh evaluates it"),
        pytest.param(r"\`touch x\`'\"", "touch x", id="and so these"),
        pytest.param("[/foo] [bold]West[/]", "/foo bold West /", id="Rich's markup"),
        pytest.param(":smile: [@click=app.quit]", "smile click app.quit", id="emoji, actions"),
        pytest.param("a\x1b[2J\u202eb\nc", "a 2J b c", id="controls"),
        pytest.param("Größe 2,5 – o.k.", "Größe 2,5 – o.k.", id="what is plain stays"),
    ],
)
def test_a_title_is_told_in_plain_words(tab: Tab, store: Store, title: str, said: str) -> None:
    store.add_decision(decision := replace(a_decision(), title=title), ADDING)
    assert tab("plinthctl decision show ") == [f"{decision.id[-8:]}:{said}"]


def test_results_are_offered_with_kind_and_title(tab: Tab, store: Store) -> None:
    profile, decision = a_profile(decision=DECISION_ID), a_decision(id=DECISION_ID)
    store.add_decision(decision, ADDING, [profile])
    offer = f"{profile.id[-8:]}:competitor_profile Acme Corp"
    assert tab("plinthctl results show ") == [offer]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        pytest.param("--status failed,pe", ["failed,pending"], id="the next status"),
        pytest.param("--type market_research,br", ["market_research,brief_generation"], id="type"),
        pytest.param("--step sc", ["scrape-website"], id="a step"),
        pytest.param("--sort d", ["duration"], id="an order"),
    ],
)
def test_fixed_words_are_offered(tab: Tab, line: str, offered: list[str]) -> None:
    assert tab(f"plinthctl list {line}") == offered


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("PLINTHCTL_DATABASE_URL", "sqlite:////proc/nowhere/x.db", id="no store"),
        pytest.param("PLINTHCTL_DATABASE_URL", "postgresql://127.0.0.1:1/x", id="no server"),
        pytest.param("PLINTHCTL_LIMITS_ORG", "many", id="a wrong configuration"),
    ],
)
def test_what_goes_wrong_offers_nothing(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert tab("plinthctl show ") == []
    assert tab("plinthctl list --org ") == []


def test_a_store_that_does_not_answer_is_not_waited_for(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    from plinthctl.cli import complete
    from plinthctl.store.glance import Glance

    answer = Event()
    monkeypatch.setattr(complete, "LIVE_WAIT_S", 0.05)
    monkeypatch.setattr(Glance, "jobs", lambda *_: answer.wait() and ())
    try:
        assert tab("plinthctl show ") == []
    finally:
        answer.set()


def test_the_configuration_that_was_typed_counts(
    tab: Tab, a_pending_job: Callable[..., str], tmp_path: Path
) -> None:
    a_pending_job()
    other = tmp_path / "other.toml"
    other.write_text(f'[database]\nurl = "sqlite:///{tmp_path / "other.db"}"\n')
    assert tab(f"plinthctl show --config {other} ") == []
    assert len(tab("plinthctl show ")) == 2
