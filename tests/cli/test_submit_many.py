"""Many inputs, one a line: all are checked, each is accepted or refused by itself."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from plinthctl.domain.admission import Outcome
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.domain.runs import NewJob
from plinthctl.errors import OutcomeUnknown, StoreUnavailable
from plinthctl.services.submit import Submit
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.screen import Screen
from tests.nursery import PROGRAM

GOLDEN = Path(__file__).parent / "golden"
SUBMIT = ("submit", "competitor_analysis", "--user", "ana")
Lines = Callable[..., str]


def company(n: int) -> dict[str, Any]:
    return {"company_name": f"Company {n}", "company_url": f"https://c{n}.example"}


def ndjson(*inputs: Any) -> str:
    return "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in inputs)


def companies(count: int) -> str:
    return ndjson(*map(company, range(1, count + 1)))


@pytest.fixture
def file(tmp_path: Path) -> Lines:
    """Write lines to a file; its name."""

    def write(text: str) -> str:
        path = tmp_path / "jobs.ndjson"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLINTHCTL_LIMITS_ORG", "1000")
    monkeypatch.setenv("PLINTHCTL_LIMITS_USER", "1000")


def names(store: Store) -> list[str]:
    """The companies of all jobs, in the order in which they will be claimed."""
    details = [store.detail(job.id) for job in store.jobs(JobQuery(limit=None))]
    return [one.input["company_name"] for one in reversed(details) if one]


@pytest.mark.usefixtures("roomy")
def test_each_line_is_a_job_in_the_order_of_lines(piped: Call, store: Store) -> None:
    said = piped(*SUBMIT, "-f", "-", stdin=companies(250))  # type: ignore[arg-type]
    assert said.code == 0, said.err
    assert "✓ all 250 jobs accepted" in said.err
    assert said.out.split() == [job.id for job in reversed(store.jobs(JobQuery(limit=None)))]
    assert names(store) == [company(n)["company_name"] for n in range(1, 251)]


def test_those_without_a_place_are_refused_and_stop_nobody(
    call: Call, file: Lines, store: Store
) -> None:
    said = call(*SUBMIT, "-f", file(companies(5)))
    assert said.code == 5
    assert len(said.out.split()) == 3
    assert said.err.splitlines()[:2] == [
        "▲ 3 of 5 jobs accepted, 2 refused",
        "  lines 4-5: user ana already has 3 of 3 active jobs (limit per user)",
    ]
    assert "the jobs expire at" in said.err
    assert names(store) == ["Company 1", "Company 2", "Company 3"]


def test_flags_go_into_every_line(call: Call, file: Lines, store: Store) -> None:
    inputs = ndjson({"company_name": "A"}, {"company_name": "B", "company_url": "no address"})
    said = call(*SUBMIT, "-f", file(inputs), "-i", "company_url=https://acme.com", "--in", "1h")
    assert said.code == 0, said.err
    for job_id in said.out.split():
        detail = store.detail(job_id)
        assert detail is not None
        assert detail.input["company_url"] == "https://acme.com"
        assert detail.job.phase == "scheduled"
    assert re.search(r"those accepted start at \d\d:\d\d", said.err)


def test_one_line_that_does_not_fit_stops_all(call: Call, file: Lines, store: Store) -> None:
    wrong = ndjson(company(1), '{"company_name": ', "", {"company_name": "C"}, company(5), "[1]")
    said = call(*SUBMIT, "-f", file(wrong))
    assert (said.code, said.out) == (2, "")
    assert "lines 2, 4, 6 cannot be submitted; nothing was" in said.err
    assert "line 2: the input is not JSON: Expecting value: column 17" in said.err
    assert "line 4: competitor_analysis needs company_url" in said.err
    assert "line 6: the input must be a JSON object" in said.err
    assert store.jobs(JobQuery()) == ()


def test_lines_that_do_not_fit_are_told_to_scripts(call: Call, file: Lines) -> None:
    said = call(*SUBMIT, "-f", file(ndjson(company(1), {"x": 1})), "-o", "json")
    assert (said.code, said.out) == (2, "")
    (line,) = json.loads(said.err)["error"]["details"]["lines"]
    assert line["line"] == 2
    assert "competitor_analysis needs" in line["message"]


def test_of_very_many_wrong_lines_the_first_are_named(call: Call, file: Lines) -> None:
    said = call(*SUBMIT, "-f", file(ndjson(*["{}"] * 1000)), "-o", "json")
    error = json.loads(said.err)["error"]
    assert "lines 1-20 (and perhaps more) cannot be submitted" in error["message"]
    assert len(error["details"]["lines"]) == 20


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("--key", "k"), "--key is for one job", id="a key is one job's"),
        pytest.param(("--org", ""), "org: is empty", id="an empty organisation"),
        pytest.param(("--in", "40d"), "more than 30 days ahead", id="a start that is too far"),
    ],
)
def test_what_goes_for_no_line(call: Call, file: Lines, words: tuple[str, ...], told: str) -> None:
    said = call(*SUBMIT, "-f", file(companies(2)), *words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "line 1" not in said.err


@pytest.mark.parametrize("shape", ["id", "json", "ndjson"])
def test_read_only_submits_nothing(
    call: Call, file: Lines, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    said = call(*SUBMIT, "-f", file(companies(2)), "-o", shape)
    assert (said.code, said.out) == (5, "")
    assert "read_only is set" in said.err
    assert call(*SUBMIT, "-f", file(companies(2)), "--dry-run", "-o", shape).code == 0


# Shapes


def settled(text: str) -> str:
    """The same with what is new each time replaced."""
    text = re.sub(r"job_[0-9A-Z]{26}", "job_ID", text)
    text = re.sub(r"\b(watch|cancel) [0-9A-Z]{8}\b", r"\1 ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r'"(waited_s|free_in_s)": [\d.]+', r'"\1": 0.0', text)
    return re.sub(r"free in \d+ s", "free in 90 s", text)


@pytest.mark.parametrize(
    ("words", "golden"),
    [
        pytest.param((), "submit_many.json", id="accepted and refused"),
        pytest.param(("--dry-run",), "submit_many_rehearsed.json", id="rehearsed"),
    ],
)
def test_an_array_has_an_element_a_line(
    call: Call, file: Lines, words: tuple[str, ...], golden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTHCTL_LIMITS_USER", "1")
    said = call(*SUBMIT, *words, "-f", file(companies(2)), "-o", "json")
    assert said.code == 5
    assert json.dumps(json.loads(said.out), indent=2) + "\n" == said.out
    assert settled(said.out) == (GOLDEN / golden).read_text()


def test_a_line_is_answered_by_a_line(call: Call, file: Lines) -> None:
    inputs = ndjson(company(1), "", company(3), company(4), company(5))
    said = call(*SUBMIT, "-f", file(inputs), "-o", "ndjson")
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [one["line"] for one in told] == [1, 3, 4, 5]
    assert [one["input"]["company_name"] for one in told[:3]] == [
        "Company 1",
        "Company 3",
        "Company 4",
    ]
    assert told[3]["error"]["code"] == "limit_reached"
    assert told[3]["error"]["exit_code"] == 5


def test_on_a_terminal_the_sum_is_told_and_no_id(file: Lines) -> None:
    with Screen(*SUBMIT, "-f", file(companies(2)), "--color", "never") as screen:
        assert screen.end() == 0
    assert screen.text.splitlines()[:2] == [
        "✓ all 2 jobs accepted",
        "  view: plinthctl list --active",
    ]
    assert "job_" not in screen.text


def test_silence_leaves_the_ids(call: Call, file: Lines) -> None:
    said = call(*SUBMIT, "-f", file(companies(5)), "-q")
    assert (said.code, len(said.out.split()), said.err) == (5, 3, "")


def test_a_rehearsal_counts_across_batches_and_stores_nothing(
    call: Call, file: Lines, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plinthctl.cli.submit_many.BATCH", 2)
    said = call(*SUBMIT, "-f", file(companies(5)), "--dry-run")
    assert (said.code, said.out) == (5, "")
    assert said.err.splitlines()[:2] == [
        "▲ 3 of 5 jobs would be accepted, 2 refused",
        "  lines 4-5: user ana would already have 3 of 3 active jobs (limit per user)",
    ]
    assert call(*SUBMIT, "-f", file(companies(3)), "--dry-run").code == 0
    assert store.jobs(JobQuery()) == ()


def test_a_hostile_line_reaches_no_terminal(call: Call, file: Lines) -> None:
    hostile = {"company_name": "x", "[/x] \x1b]0;z\x07 \u202e": 1}
    said = call(*SUBMIT, "-f", file(ndjson(company(1), hostile)))
    assert said.code == 2
    assert [c for c in said.err if c != "\n" and not c.isprintable()] == []


# Trouble on the way


def failing(after: int, error: StoreUnavailable) -> Callable[..., tuple[Outcome, ...]]:
    """A store that goes away after so many batches."""
    whole, asked = Submit.admit_all, iter(range(1000))

    def admit_all(self: Submit, batch: Sequence[NewJob]) -> tuple[Outcome, ...]:
        if next(asked) >= after:
            raise error
        return whole(self, batch)

    return admit_all


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(StoreUnavailable("it is away"), "none after", id="the store is away"),
        pytest.param(OutcomeUnknown("no answer"), "perhaps some after", id="an answer is lost"),
    ],
)
@pytest.mark.parametrize("shape", ["id", "json", "ndjson"])
def test_a_store_that_goes_away_leaves_what_was_accepted(
    call: Call,
    file: Lines,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    error: StoreUnavailable,
    words: str,
    shape: str,
) -> None:
    monkeypatch.setattr("plinthctl.cli.submit_many.BATCH", 2)
    monkeypatch.setattr(Submit, "admit_all", failing(2, error))
    said = call(*SUBMIT, "-f", file(companies(7)), "-o", shape)
    assert said.code == 6
    assert f"stopped at line 5: 4 jobs were submitted before, {words}" in said.err
    stored = {job.id for job in store.jobs(JobQuery())}
    assert set(re.findall(r"job_[0-9A-Z]{26}", said.out)) == stored
    if shape == "json":
        assert len(json.loads(said.out)) == 4


def test_a_store_that_was_never_there_leaves_nothing_on_stdout(
    call: Call, file: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Submit, "admit_all", failing(0, StoreUnavailable("it is away")))
    said = call(*SUBMIT, "-f", file(companies(2)), "-o", "json")
    assert (said.code, said.out) == (6, "")
    assert json.loads(said.err)["error"]["details"] == {"line": 1, "submitted": 0}


def test_a_full_disk_names_what_is_stored_all_the_same(file: Lines, store: Store) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *SUBMIT, "-f", file(companies(2))],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "2 jobs are stored all the same" in done.stderr
    assert len(store.jobs(JobQuery())) == 2


# Waiting


def test_all_are_fed_through_the_places_and_followed_to_their_ends(
    piped: Call, store: Store
) -> None:
    fast = {"PLINTHCTL_SIMULATOR_SPEED": "50"}
    inputs = ndjson(*map(company, range(1, 5)), {**company(5), "company_url": "https://x.invalid"})
    words = ("--wait-for-slot", "--wait", "-o", "ndjson")
    said = piped(*SUBMIT, "-f", "-", *words, stdin=inputs, env=fast)  # type: ignore[arg-type]
    assert said.code == 8, said.err
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [one["line"] for one in told] == [1, 2, 3, 4, 5]
    assert [one["status"] for one in told] == ["completed"] * 4 + ["failed"]
    assert "✓ all 5 jobs accepted" in said.err
    assert said.err.count("Competitor profile ready") == 4
    assert len(store.jobs(JobQuery())) == 5


def test_followed_jobs_that_go_on_exit_124(
    call: Call, file: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plinthctl.services.standby.is_served", lambda *_: True)
    wait = ("--wait", "--timeout", "100ms", "-o", "json")
    said = call(*SUBMIT, "-f", file(companies(5)), *wait)
    assert said.code == 124
    told = json.loads(said.out)
    assert [one["line"] for one in told] == [4, 5, 1, 2, 3]  # the refused were told at once
    assert said.err.count("the job goes on") == 3


def test_time_without_places_refuses_the_rest(
    call: Call, file: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plinthctl.cli.submit_many.BATCH", 2)
    words = ("--wait-for-slot", "--timeout", "100ms")
    said = call(*SUBMIT, "-f", file(companies(7)), *words)
    assert said.code == 5
    assert len(said.out.split()) == 3
    assert "waiting for a place: user ana already has 3 of 3" in said.err
    assert said.err.count("waiting for a place") == 1
    assert "▲ 3 of 7 jobs accepted, 4 refused" in said.err


def test_ctrl_c_says_where_it_stopped(file: Lines, store: Store) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *SUBMIT, "-f", file(companies(9)), "--wait-for-slot"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    net = threading.Timer(60, process.kill)
    net.start()
    assert process.stderr is not None
    assert process.stderr.readline().startswith("waiting for a place")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    net.cancel()
    assert process.returncode == 130
    assert "Stopped at line 4 of " in err
    assert "3 jobs were submitted before, none after" in err
    assert out.split() == [job.id for job in reversed(store.jobs(JobQuery()))]


@pytest.mark.parametrize("cancels", [False, True], ids=["detaches", "cancels where asked"])
def test_ctrl_c_while_they_are_followed(
    call: Call, file: Lines, store: Store, monkeypatch: pytest.MonkeyPatch, cancels: bool
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plinthctl.services.standby.is_served", lambda *_: True)
    monkeypatch.setattr("plinthctl.cli.waiting.follow", interrupt)
    words = ("--wait", *(["--cancel-on-interrupt"] if cancels else []))
    said = call(*SUBMIT, "-f", file(companies(2)), *words)
    assert said.code == 130
    assert ("Cancelled 2 jobs" if cancels else "Detached; the jobs keep running.") in said.err
    expected = JobStatus.CANCELLED if cancels else JobStatus.PENDING
    assert [job.status for job in store.jobs(JobQuery())] == [expected] * 2
