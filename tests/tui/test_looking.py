"""What the dashboard reads of a real store, and what it asks of it."""

import os
import queue
from collections.abc import Callable, Iterator

import pytest
from textual.message import Message

from plinthctl.domain.ids import IdPrefix, new_id
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import Sort
from plinthctl.domain.restart import Start
from plinthctl.domain.runs import NewJob
from plinthctl.errors import LimitReached, ReadOnly
from plinthctl.settings import load_settings
from plinthctl.wiring import Services
from tui.actions import Action, Actions, Cancel, HoldBack, Reap, Retry, SubmitJob
from tui.frame import Asked, Wanted
from tui.looking import JOBS_AT_MOST, Looker
from tui.messages import Done, Outcome, Refused
from tui.outcomes import told

PATIENCE_S = 20.0
Put = Callable[..., str]


@pytest.fixture
def services() -> Iterator[Services]:
    with Services(load_settings(None, os.environ, {}).settings) as found:
        yield found


def test_a_look_has_what_is_wanted(services: Services, a_pending_job: Put) -> None:
    ids = [a_pending_job(company=name) for name in ("Acme", "Pear", "Plum")]
    services.steer.cancel(ids[0])
    asked = Asked("status:pending", Sort.AGE)
    frame = Looker(services).look(Wanted(jobs=asked, detail=ids[2]))
    assert frame.page is not None
    assert [job.id for job in frame.page.jobs] == ids[1:]
    assert (frame.page.asked, frame.page.total, frame.page.everything) == (asked, 2, 3)
    assert frame.page.line == {ids[1]: 1, ids[2]: 2}
    assert frame.detail is not None
    assert frame.detail.input["company_name"] == "Plum"
    assert frame.bell.error is None
    assert {job.id for job in frame.snapshot.active} == set(ids[1:])


def test_a_job_that_is_gone_is_no_trouble(services: Services) -> None:
    assert Looker(services).look(Wanted(detail="job_gone")).detail is None


def test_a_screen_has_200_jobs_at_most(services: Services, a_pending_job: Put) -> None:
    for _ in range(JOBS_AT_MOST + 5):
        a_pending_job()
    page = Looker(services).look(Wanted(jobs=Asked())).page
    assert page is not None
    assert (len(page.jobs), page.total) == (JOBS_AT_MOST, JOBS_AT_MOST + 5)


@pytest.fixture
def ask(services: Services) -> Iterator[Callable[[Action], Done | Refused]]:
    """Do something as the screen asks for it; what is told then."""
    heard: queue.Queue[Message] = queue.Queue()
    actions = Actions(services, heard.put)

    def do(action: Action) -> Done | Refused:
        actions.ask(action)
        message = heard.get(timeout=PATIENCE_S)
        assert isinstance(message, Done | Refused)
        assert message.action == action
        return message

    yield do
    actions.stop()


Ask = Callable[[Action], Done | Refused]


def outcome(message: Done | Refused) -> Outcome:
    assert isinstance(message, Done), message.error
    return message.outcome


def test_jobs_are_cancelled_and_retried(ask: Ask, services: Services, a_pending_job: Put) -> None:
    ids = (a_pending_job(), a_pending_job())
    assert told(outcome(ask(Cancel(ids)))) == "2 cancelled"
    assert told(outcome(ask(Cancel(ids[:1])))).startswith(f"{ids[0][-8:]} left as it is: ")
    done = outcome(ask(Retry(ids[:1], Start(fresh=True))))
    assert told(done).startswith(f"{ids[0][-8:]} queued again, resumes at scrape-website")
    assert services.browse.job(ids[0]).status is JobStatus.PENDING


def test_a_job_is_submitted_and_refused_where_no_place_is_left(ask: Ask) -> None:
    given = {"company_name": "Acme", "company_url": "https://acme.com"}

    def job(number: int) -> NewJob:
        job_id = new_id(IdPrefix.JOB, 1_763_900_000_000 + number, number.to_bytes(10))
        return NewJob(job_id, "competitor_analysis", 1, "acme", "ana", None, given)

    first = outcome(ask(SubmitJob(job(0)))).job
    assert first is not None
    assert first.org == "acme"
    for number in (1, 2):
        ask(SubmitJob(job(number)))
    refused = ask(SubmitJob(job(3)))
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, LimitReached)


def test_a_type_is_held_back_and_let_go(ask: Ask, services: Services) -> None:
    assert outcome(ask(HoldBack("market_research"))).said == "market_research is held back"
    assert [pause.scope for pause in services.pausing.standing()] == ["market_research"]
    assert outcome(ask(HoldBack("market_research", go=True))).said == "market_research goes on"
    assert services.pausing.standing() == ()


def test_it_reaps(ask: Ask) -> None:
    assert outcome(ask(Reap())).said == "reaped: nothing to do"


def test_read_only_refuses(monkeypatch: pytest.MonkeyPatch, a_pending_job: Put) -> None:
    job_id, heard = a_pending_job(), queue.Queue[Message]()
    monkeypatch.setenv("PLINTHCTL_READ_ONLY", "true")
    with Services(load_settings(None, os.environ, {}).settings) as services:
        actions = Actions(services, heard.put)
        actions.ask(Cancel((job_id,)))
        message = heard.get(timeout=PATIENCE_S)
        actions.stop()
    assert isinstance(message, Refused)
    assert isinstance(message.error, ReadOnly)
