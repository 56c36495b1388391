"""What was accepted is told to be, whatever becomes of the store thereafter."""

from pathlib import Path
from typing import NoReturn

import pytest

from plinthctl.domain.queries import JobQuery
from plinthctl.errors import ExitCode, StoreUnavailable
from plinthctl.store import Store
from tests.cli.conftest import Call

ACME = ("-i", "company_name=Acme Corp", "-i", "company_url=https://acme.com")
SUBMIT = ("submit", "competitor_analysis", *ACME)


def no_answer(*_: object, **__: object) -> NoReturn:
    raise StoreUnavailable(
        "cannot reach the store", why="it burns", fix="put it out; nothing was changed"
    )


@pytest.fixture(autouse=True)
def _a_store_that_answers_submits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for question in ("job", "detail", "details_by_ids", "workers", "news"):
        monkeypatch.setattr(Store, question, no_answer)


def in_store(store: Store) -> str:
    (job,) = store.jobs(JobQuery())
    return job.id


def test_its_id_is_printed_with_exit_0(call: Call, store: Store) -> None:
    said = call(*SUBMIT)
    assert (said.code, said.err) == (0, "")
    assert said.out.strip() == in_store(store)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("-o", "json"), id="the whole job is to be shown"),
        pytest.param(("--wait", "--timeout", "100ms"), id="its end is to be waited for"),
    ],
)
def test_an_error_afterwards_names_it(call: Call, store: Store, options: tuple[str, ...]) -> None:
    said = call(*SUBMIT, *options)
    job_id = in_store(store)
    assert (said.code, said.out) == (ExitCode.UNAVAILABLE, "")
    assert f"{job_id} is accepted, and then the store did not answer any more" in said.err
    assert "cannot reach the store: it burns" in said.err
    assert f"plinthctl show {job_id}" in said.err
    assert "nothing was changed" not in said.err


def test_many_are_accepted_with_exit_0(call: Call, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "jobs.ndjson"
    file.write_text('{"company_name": "Acme", "company_url": "https://acme.com"}\n' * 2)
    said = call("submit", "competitor_analysis", "-f", str(file))
    assert said.code == 0
    assert set(said.out.split()) == {job.id for job in store.jobs(JobQuery())}
