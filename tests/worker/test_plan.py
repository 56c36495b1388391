"""What a run does next, from what has happened."""

from datetime import datetime

import pytest

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.job import JobEvent
from plinthctl.domain.quality import Judgement, Quality
from plinthctl.domain.runs import Advance, Complete, Fail, PutBack, Shown
from plinthctl.domain.steps import StepState, StepStatus
from tests.worker.states import (
    COST,
    DEGRADED,
    DONE,
    GATHERING,
    NEWS,
    PROFILE,
    REVIEWS,
    RUNNING,
    SAVE,
    SCRAPE,
    STEPS,
    at,
    claimed,
    done,
    failed,
    failure,
    finished,
    in_s,
    state,
    waiting,
)
from worker import plan, words
from worker.context import Finished, Warned
from worker.plan import Ended, Move, RunState

C = FailureClass
ALL_RUN = dict.fromkeys(GATHERING, RUNNING)
GATHERED = dict.fromkeys(GATHERING, DONE)
BEFORE_SAVING = {**GATHERED, PROFILE: DONE, SAVE: RUNNING}


def advance_of(move: Move) -> Advance:
    assert isinstance(move.change, Advance)
    assert not move.over
    return move.change


def put_back_of(move: Move) -> PutBack:
    assert isinstance(move.change, PutBack)
    assert move.over
    assert move.starts == ()
    return move.change


def fail_of(move: Move) -> Fail:
    assert isinstance(move.change, Fail)
    assert move.over
    return move.change


# -- the first move --------------------------------------------------------------------


def test_a_claim_has_stored_its_first_starts_so_they_only_have_to_run() -> None:
    move = plan.opening(claimed(ALL_RUN, GATHERING), STEPS, at())
    assert (move.change, move.starts, move.over) == (None, GATHERING, False)


@pytest.mark.parametrize("may_start", [True, False], ids=["sound", "may start nothing"])
def test_a_job_whose_only_step_still_waits_goes_back_until_then(may_start: bool) -> None:
    board = {**GATHERED, PROFILE: waiting(30)}
    change = put_back_of(plan.opening(claimed(board), STEPS, at(may_start=may_start)))
    assert (change.event, change.available_at) == (JobEvent.WAIT, in_s(30))
    assert change.token == 7


def test_steps_that_a_lost_run_left_running_are_started_anew() -> None:
    board = {SCRAPE: DONE, NEWS: RUNNING, REVIEWS: StepState(StepStatus.RUNNING, tries=2)}
    move = plan.opening(claimed(board), STEPS, at())
    assert advance_of(move).starts == move.starts == (NEWS, REVIEWS)
    assert [move.state.tries(step) for step in (NEWS, REVIEWS)] == [0, 2]


def test_a_run_knows_what_earlier_runs_have_stored() -> None:
    known = {"outputs": {SCRAPE: "page"}, "reasons": {NEWS: "refused"}, "progress": 55}
    move = plan.opening(claimed({SCRAPE: DONE}, (REVIEWS,), **known), STEPS, at())
    assert move.state.outputs == {SCRAPE: "page"}
    assert move.state.reasons == {NEWS: "refused"}
    assert move.state.progress == 55


# -- a step that ends well -------------------------------------------------------------


def test_a_result_is_stored_at_once_while_siblings_run() -> None:
    move = plan.after(state(ALL_RUN), done(SCRAPE, {"page": 1}), at())
    change = advance_of(move)
    assert change.ended is not None
    assert (change.ended.status, change.ended.output) == (StepStatus.DONE, {"page": 1})
    assert (change.ended.tried.number, change.ended.tried.usage) == (1, COST)
    assert change.starts == move.starts == ()
    assert move.state.outputs == {SCRAPE: {"page": 1}}


def test_the_last_need_to_be_met_starts_the_next_step_in_the_same_change() -> None:
    board = {SCRAPE: DONE, NEWS: DEGRADED, REVIEWS: RUNNING}
    move = plan.after(state(board), done(REVIEWS), at())
    assert advance_of(move).starts == move.starts == (PROFILE,)
    assert advance_of(move).shown == Shown(70, PROFILE, "Analyzing data…", 1)


def test_who_may_start_nothing_stores_the_end_all_the_same() -> None:
    board = {SCRAPE: DONE, NEWS: DONE, REVIEWS: RUNNING}
    move = plan.after(state(board), done(REVIEWS), at(may_start=False))
    assert advance_of(move).ended is not None
    assert move.starts == ()
    assert move.state.board[REVIEWS].status is StepStatus.DONE
    later = plan.carry_on(move.state, at(1))
    assert advance_of(later).starts == (PROFILE,)


def test_nothing_to_start_and_nothing_ended_is_nothing_to_store() -> None:
    move = plan.carry_on(state({SCRAPE: RUNNING, NEWS: DONE, REVIEWS: waiting(9)}), at())
    assert (move.change, move.starts, move.over) == (None, (), False)


def test_progress_never_falls_below_what_was_shown() -> None:
    move = plan.after(state(ALL_RUN, progress=95), done(SCRAPE), at())
    assert advance_of(move).shown.progress == 95


# -- a step that fails -----------------------------------------------------------------


def test_a_retryable_failure_disturbs_no_sibling() -> None:
    move = plan.after(state(ALL_RUN), failed(SCRAPE, C.PROVIDER_UNAVAILABLE), at())
    ended = advance_of(move).ended
    assert ended is not None
    assert (ended.status, ended.retry_at) == (StepStatus.WAITING, in_s(1))
    assert [move.state.board[step] for step in (NEWS, REVIEWS)] == [RUNNING, RUNNING]


def test_a_wait_that_is_over_starts_the_step_beside_its_siblings() -> None:
    board = {SCRAPE: waiting(1), NEWS: RUNNING, REVIEWS: RUNNING}
    move = plan.carry_on(state(board), at(1))
    assert advance_of(move).starts == (SCRAPE,)
    assert move.state.tries(SCRAPE) == 1


@pytest.mark.parametrize(
    ("board", "due"),
    [
        pytest.param({NEWS: DONE, REVIEWS: DONE}, in_s(1), id="its own wait of 1 s"),
        pytest.param({NEWS: waiting(0.5), REVIEWS: DONE}, in_s(0.5), id="a sibling's, if sooner"),
        pytest.param({NEWS: waiting(60), REVIEWS: DONE}, in_s(1), id="not a sibling's later one"),
    ],
)
def test_with_nothing_in_flight_the_job_is_due_when_its_first_step_is(
    board: dict[str, StepState], due: datetime
) -> None:
    run = state({**board, SCRAPE: RUNNING})
    change = put_back_of(plan.after(run, failed(SCRAPE, C.PROVIDER_UNAVAILABLE), at()))
    assert (change.event, change.available_at) == (JobEvent.WAIT, due)
    assert change.ended is not None
    assert change.ended.retry_at == in_s(1)


def test_a_sibling_that_ends_last_gives_the_job_back_with_its_result() -> None:
    run = state({SCRAPE: waiting(20), NEWS: DONE, REVIEWS: RUNNING})
    change = put_back_of(plan.after(run, done(REVIEWS, ["good"]), at()))
    assert change.ended is not None
    assert (change.ended.output, change.available_at) == (["good"], in_s(20))


def test_a_waiting_job_says_why_and_for_how_long() -> None:
    run = state({SCRAPE: RUNNING, NEWS: DONE, REVIEWS: DONE})
    end = failed(SCRAPE, C.RATE_LIMITED, provider="firecrawl", retry_after_s=12)
    shown = put_back_of(plan.after(run, end, at())).shown
    message = "Firecrawl is limiting requests, next try in 12 s"
    assert (shown.step, shown.message, shown.attempt) == (SCRAPE, message, 2)


def test_a_final_failure_of_an_essential_step_ends_the_job() -> None:
    change = fail_of(plan.after(state(ALL_RUN), failed(SCRAPE, C.AUTH_FAILURE), at()))
    assert (change.step, change.token, change.tried.number) == (SCRAPE, 7, 1)
    assert change.error.startswith("Exa refused our credentials")
    assert (change.detail["class"], change.detail["step"]) == ("auth_failure", SCRAPE)
    assert change.tried.usage == COST


def test_the_fourth_failed_try_is_the_last() -> None:
    board = {**ALL_RUN, SCRAPE: StepState(StepStatus.RUNNING, tries=3)}
    run = state(board, failed={SCRAPE: (C.NETWORK_TIMEOUT,) * 3})
    change = fail_of(plan.after(run, failed(SCRAPE, C.NETWORK_TIMEOUT), at()))
    assert change.error == "Failed after 3 retries: Exa did not answer in time."
    assert (change.tried.number, change.detail["attempt"]) == (4, 4)


@pytest.mark.parametrize(
    ("end", "earlier"),
    [
        pytest.param(failed(NEWS, C.CONTENT_REFUSED), (), id="refused: at once"),
        pytest.param(failed(NEWS, C.PARSE_ERROR), (C.PARSE_ERROR,), id="unreadable: twice"),
        pytest.param(
            failed(NEWS, C.AUTH_FAILURE, may_degrade=True), (), id="no key: the provider may"
        ),
    ],
)
def test_a_degradable_step_that_is_used_up_ends_without_its_data(
    end: Ended, earlier: tuple[FailureClass, ...]
) -> None:
    run = state({SCRAPE: DONE, NEWS: RUNNING, REVIEWS: DONE}, failed={NEWS: earlier})
    move = plan.after(run, end, at())
    ended = advance_of(move).ended
    assert ended is not None
    assert (ended.status, ended.output) == (StepStatus.DEGRADED, None)
    assert ended.reason == move.state.reasons[NEWS]
    assert move.state.outputs == {NEWS: None}
    assert move.starts == (PROFILE,)


def test_what_failed_is_known_to_the_next_try() -> None:
    end = failed(SCRAPE, C.PARSE_ERROR, detail="no closing brace")
    first = plan.after(state(ALL_RUN), end, at())
    assert first.state.failed == {SCRAPE: (C.PARSE_ERROR,)}
    assert first.state.last_failure[SCRAPE].detail == "no closing brace"
    again = plan.carry_on(first.state, at(1)).state
    assert fail_of(plan.after(again, failed(SCRAPE, C.PARSE_ERROR), at())).tried.number == 2


# -- the end ---------------------------------------------------------------------------


def test_the_last_step_completes_the_job_with_its_output() -> None:
    move = plan.after(state(BEFORE_SAVING), finished({"id": "profile_1"}), at())
    assert isinstance(move.change, Complete)
    assert move.over
    assert (move.change.output, move.change.ended.step) == ({"id": "profile_1"}, SAVE)


def test_a_job_that_completes_with_gaps_warns_of_each_in_the_order_of_its_steps() -> None:
    run = state(BEFORE_SAVING, reasons={REVIEWS: "no key", NEWS: "refused"})
    move = plan.after(run, finished({"id": "profile_1"}), at())
    assert isinstance(move.change, Complete)
    gaps = [{"step": NEWS, "reason": "refused"}, {"step": REVIEWS, "reason": "no key"}]
    assert move.change.output == {"id": "profile_1", "warnings": gaps}


def test_what_the_last_step_warns_of_stands_among_the_gaps() -> None:
    run = state(BEFORE_SAVING, reasons={NEWS: "refused"})
    end = Finished({"id": "profile_1"}, warnings=(Warned(SAVE, "cut"), Warned(SCRAPE, "slow")))
    move = plan.after(run, done(SAVE, end), at())
    assert isinstance(move.change, Complete)
    assert [(one["step"], one["reason"]) for one in move.change.output["warnings"]] == [
        (SCRAPE, "slow"),
        (NEWS, "refused"),
        (SAVE, "cut"),
    ]


def test_what_a_job_has_brought_is_judged_with_its_end() -> None:
    move = plan.after(state(BEFORE_SAVING), finished({}), at())
    assert isinstance(move.change, Complete)
    assert move.change.judgement == Judgement(
        Quality.HOLLOW, "there is no profile that could be read"
    )


@pytest.mark.parametrize(
    ("run", "end"),
    [
        pytest.param(state(ALL_RUN), done(SCRAPE, Finished({})), id="finishes before the others"),
        pytest.param(state(BEFORE_SAVING), done(SAVE, "text"), id="never finishes"),
    ],
)
def test_a_pipeline_that_ends_too_early_or_never_is_a_failure(run: RunState, end: Ended) -> None:
    ended = plan.after(run, end, at()).change
    assert isinstance(ended, Advance | PutBack)
    assert ended.ended is not None
    assert ended.ended.tried.failure is not None
    assert ended.ended.tried.failure.failure_class is C.UNKNOWN


def test_giving_a_job_back_charges_no_try_and_keeps_its_progress() -> None:
    board = {SCRAPE: StepState(StepStatus.RUNNING, tries=2), NEWS: DONE, REVIEWS: DONE}
    change = plan.give_back(state(board, progress=50))
    assert (change.event, change.ended, change.available_at) == (JobEvent.RELEASE, None, None)
    assert change.shown == Shown(50, None, words.QUEUED_AGAIN, 3)


def test_a_fault_of_our_own_fails_the_job_and_names_the_step() -> None:
    board = {**GATHERED, PROFILE: StepState(StepStatus.RUNNING, tries=1)}
    error = KeyError("lost")
    move = plan.broken(state(board), error, "KeyError: 'lost'", at())
    change = move.change
    assert isinstance(change, Fail)
    assert (move.over, move.cause, move.report) == (True, error, None)
    assert (change.step, change.tried.number) == (PROFILE, 2)
    assert change.detail["detail"] == "KeyError: 'lost'"
    assert change.error == failure(C.UNKNOWN).message
