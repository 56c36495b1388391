"""The guards that keep jobs safe, each with what takes it away and the test that notices.

A change is a piece of source that stands there exactly once, and what stands there instead.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard taken away.

    Attributes:
        guard: What it guards, in words.
        file: Where, from the root.
        anchor: The source of it, which stands in the file exactly once.
        instead: What stands there without it.
        test: The test that must fail then, as pytest names it.
    """

    name: str
    guard: str
    file: str
    anchor: str
    instead: str
    test: str

    def applied(self, source: str) -> str:
        """The source without the guard.

        Raises:
            ValueError: the anchor does not stand in it exactly once.
        """
        if (found := source.count(self.anchor)) != 1:
            raise ValueError(f"{self.name}: its anchor stands {found} times in {self.file}")
        return source.replace(self.anchor, self.instead)


MUTANTS: Final = (
    Mutant(
        "pipelines-late",
        "a worker that can open no file fails no job over its own pipeline",
        "worker/supervisor.py",
        "        self._load_pipelines()\n",
        "",
        "tests/chaos/test_descriptors_gone.py"
        "::test_its_jobs_wait_and_complete_when_there_are_descriptors_again",
    ),
    Mutant(
        "llm-loaded-once",
        "an LLM whose SDK could not be loaded is loaded at the next call",
        "worker/providers/llm.py",
        "(self._chat is None or _has_failed(self._chat))",
        "self._chat is None",
        "tests/providers/test_lifetime.py::test_what_could_not_be_loaded_is_loaded_at_the_next_call",
    ),
    Mutant(
        "group-unread",
        "a group whose jobs nobody has looked for is no job, and never every job",
        "plinthctl/store/matching.py",
        "    if query.groups:  # and nothing, where nobody has looked for their jobs",
        "    if query.groups and query.ids:",
        "tests/store/test_troubles.py::test_a_group_whose_jobs_nobody_has_looked_for_is_empty",
    ),
    Mutant(
        "group-first-try",
        "a job that tries again is in the group of this round's tries alone",
        "plinthctl/store/troubles.py",
        "step_tries.c.round == jobs.c.round, step_tries",
        "step_tries.c.round <= jobs.c.round, step_tries",
        "tests/store/test_troubles.py::test_tries_before_a_retry_by_hand_count_no_more",
    ),
    Mutant(
        "token",
        "a write with an old claim token changes nothing",
        "plinthctl/store/rows.py",
        "jobs.c.claim_token == token, IS_RUNNING)",
        "jobs.c.claim_token >= token - token, IS_RUNNING)",
        "tests/store/test_runs.py::test_a_change_with_an_old_token_changes_nothing",
    ),
    Mutant(
        "token-raised",
        "who takes a job away raises its token, so that its old worker has lost",
        "plinthctl/store/sweep.py",
        'taken_away = {"claim_token": jobs.c.claim_token + 1, "losses": row.losses + 1}',
        'taken_away = {"losses": row.losses + 1}',
        "tests/store/test_sweep.py::test_a_recovery_raises_the_token_so_that_the_old_worker_has_lost",
    ),
    Mutant(
        "immediate",
        "a writer of SQLite has the lock before it reads",
        "plinthctl/store/sqlite.py",
        '"BEGIN IMMEDIATE" if writes',
        '"BEGIN" if writes',
        "tests/store/test_sqlite_file.py::test_a_writer_has_the_lock_before_it_reads",
    ),
    Mutant(
        "turnstile",
        "writers of SQLite take turns",
        "plinthctl/store/writer.py",
        "with self._between_groups, self._turnstile:",
        "with self._between_groups:",
        "tests/store/test_sqlite_trouble.py::test_a_stopped_writer_is_named_to_those_who_wait",
    ),
    Mutant(
        "advisory-locks",
        "on PostgreSQL nobody else counts while a place is given away",
        "plinthctl/store/admission.py",
        "    if tx.on_postgresql:\n        lock(tx, wanted)\n    sweep.make_room",
        "    sweep.make_room",
        "tests/store/test_race.py::test_twenty_users_of_one_organisation_get_five_places",
    ),
    Mutant(
        "one-transaction",
        "a job and its results end in one transaction",
        "plinthctl/store/runs.py",
        "    results.insert(tx, row, wanted.results)\n",
        "    try:\n        results.insert(tx, row, wanted.results)\n"
        "    except Exception:\n        pass\n",
        "tests/store/test_ends.py::test_results_are_there_only_with_their_jobs_end",
    ),
    Mutant(
        "answer-after-commit",
        "no answer is given before the COMMIT has returned",
        "plinthctl/store/writer.py",
        "        begun = connection.begin()\n        try:\n"
        "            self._run_all(Tx(connection, self._clock()), group)\n",
        "        begun = connection.begin()\n        try:\n"
        "            self._run_all(Tx(connection, self._clock()), group)\n"
        "            for member in group:\n                member.answer()\n"
        "            group = []\n",
        "tests/store/test_writer.py::test_no_answer_is_given_before_the_commit",
    ),
    Mutant(
        "step-memory",
        "a stored step never runs again",
        "worker/plan.py",
        "        outputs=job.outputs,\n",
        "        outputs={},\n",
        "tests/worker/test_plan.py::test_a_run_knows_what_earlier_runs_have_stored",
    ),
    Mutant(
        "accepted-cancel",
        "a job whose cancel was accepted does not complete",
        "plinthctl/store/runs.py",
        "_NOT_CANCELLED: Final = and_(_HELD, jobs.c.cancel_requested_at.is_(None))",
        "_NOT_CANCELLED: Final = _HELD",
        "tests/store/test_runs.py::test_a_job_asked_to_cancel_ends_cancelled",
    ),
    Mutant(
        "redaction",
        "no secret stands in a log",
        "worker/logs.py",
        "        without = self._known.sub(REDACTED, text) if self._known else text\n",
        "        without = text\n",
        "tests/worker/test_logs.py::test_secrets_are_blanked_out_wherever_they_stand",
    ),
    Mutant(
        "safe-text",
        "no control character reaches a terminal",
        "plinthctl/domain/text.py",
        "yield REPLACEMENT if category in _NOT_SHOWN else character",
        "yield character",
        "tests/domain/test_text.py::test_nothing_that_steers_a_terminal_comes_through",
    ),
    Mutant(
        "wake-up",
        "a submit wakes an idle worker",
        "plinthctl/broker/scripts.py",
        "  woken = woken + redis.call('PUBLISH', ARGV[3] .. worker, ARGV[4])\n",
        "  woken = woken + 1\n",
        "tests/broker/test_waking.py::test_one_submit_wakes_one_idle_worker_and_no_other",
    ),
    Mutant(
        "floor",
        "what was never delivered is taken by the floor",
        "plinthctl/store/claims.py",
        "    jobs.c.claim_token > 0,\n    jobs.c.available_at > jobs.c.created_at,\n",
        "",
        "tests/store/test_claims.py::test_what_nobody_was_told_of_is_not_left",
    ),
    Mutant(
        "retired",
        "a worker that was retired claims nothing",
        "plinthctl/store/claims.py",
        'workers.c.id == bindparam("worker"), workers.c.retired_at.is_(None)',
        'workers.c.id == bindparam("worker")',
        "tests/store/test_claims.py::test_nothing_is_claimed_for_a_worker_that_is_gone",
    ),
    Mutant(
        "sweep",
        "a job whose worker is gone goes back to the queue",
        "plinthctl/store/sweep.py",
        '"status": after(JobStatus.RUNNING, JobEvent.RECOVER),',
        '"status": JobStatus.RUNNING,',
        "tests/store/test_sweep.py::test_after_its_first_loss_a_job_is_due_at_once_beside_others",
    ),
    Mutant(
        "watchdog",
        "for a loop that stands still no beat is sent",
        "worker/beat.py",
        "        if self._pulse.loop_stands_for_s() > LOOP_STALLED_AFTER_S:\n"
        "            return False\n",
        "",
        "tests/worker/test_pulse.py::test_for_a_loop_that_stands_still_no_beat_is_sent",
    ),
    Mutant(
        "judge",
        "whoever was late itself condemns nobody",
        "plinthctl/domain/liveness.py",
        "len(own_beat_gaps_s) >= 2 and max(own_beat_gaps_s[-2:]) <= BEAT_IS_LATE_AFTER_S",
        "True",
        "tests/worker/test_sweeper.py::test_a_judge_whose_own_beats_were_not_on_time_condemns_nobody",
    ),
    Mutant(
        "codec",
        "what lies in the queue is read as JSON and as nothing else",
        "plinthctl/broker/codec.py",
        "envelope = json.loads(raw.decode(), parse_constant=_refused)",
        'envelope = __import__("pickle").loads(raw)',
        "tests/broker/test_codec.py::test_a_pickle_is_not_unpickled",
    ),
    Mutant(
        "public-only",
        "an address that comes from data leads to no service inside",
        "worker/providers/dialling.py",
        "if not self._allow_private and not all(map(is_public, addresses)):",
        "if not addresses:",
        "tests/providers/test_addresses_from_data.py::test_a_listening_service_of_this_machine",
    ),
    Mutant(
        "all-answers",
        "all addresses of a name must be public",
        "worker/providers/dialling.py",
        "not all(map(is_public, addresses))",
        "not any(map(is_public, addresses))",
        "tests/providers/test_addresses_from_data.py"
        "::test_as_a_company_url_it_is_refused_and_nothing_is_sent",
    ),
    Mutant(
        "rebinding",
        "what was checked is what is dialled",
        "worker/providers/dialling.py",
        "        request.url.copy_with(host=address),\n",
        "        request.url,\n",
        "tests/providers/test_addresses_from_data.py"
        "::test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked",
    ),
    Mutant(
        "each-redirect",
        "an address is checked at every redirect",
        "worker/providers/fetching.py",
        "        self.check(url)\n        waits = ",
        "        waits = ",
        "tests/providers/test_addresses_from_data.py"
        "::test_as_a_redirects_target_it_is_refused_and_nothing_is_sent",
    ),
    Mutant(
        "inflation",
        "what was compressed is inflated up to a bound",
        "worker/providers/bounded.py",
        "            _check(inflated, most_bytes)\n",
        "",
        "tests/providers/test_bounds.py::test_what_is_too_much_is_stopped_early_and_classed",
    ),
    Mutant(
        "parked",
        "a claim parks who needs a provider that is left alone",
        "plinthctl/store/claims.py",
        "        if not any(row.troubled for row in rows):\n",
        "        if True:\n",
        "tests/store/test_circuits.py"
        "::test_a_claim_parks_all_who_need_it_and_takes_those_behind_them",
    ),
    Mutant(
        "one-probe",
        "one job at a time asks whether a provider is back",
        "plinthctl/domain/circuits.py",
        "            standing = [_probed(c, now) if c in needed else c for c in standing]\n",
        "",
        "tests/domain/test_circuits.py::test_one_job_probes_and_the_others_wait_for_it",
    ),
    Mutant(
        "probe-uncharged",
        "a probe in vain fails no job",
        "worker/plan.py",
        "if sign is not None and sign.event is CircuitEvent.REFUSED:",
        "if sign is not None and sign.event is CircuitEvent.PROBE:",
        "tests/worker/test_plan_parked.py::test_a_probe_in_vain_charges_no_try_and_fails_nothing",
    ),
    Mutant(
        "parked-ages",
        "a parked job does not expire",
        "plinthctl/store/sweep.py",
        "jobs.c.available_at < moment, NOT_PAUSED, NOT_PARKED)",
        "jobs.c.available_at < moment, NOT_PAUSED)",
        "tests/store/test_circuits.py::test_parked_jobs_do_not_age",
    ),
    Mutant(
        "own-probe",
        "only the probe's own answer closes a circuit",
        "plinthctl/store/circuits.py",
        "    if state is None or not mine:\n",
        "    if state is None:\n",
        "tests/store/test_circuits.py::test_only_the_probe_s_own_answer_closes_it",
    ),
    Mutant(
        "one-incident",
        "an alert is one row, however many evaluate",
        "plinthctl/store/migrations/versions/m0005_alerts.py",
        "        unique=True,\n",
        "",
        "tests/store/test_alert_race.py::test_racing_evaluators_begin_and_end_one_alert",
    ),
    Mutant(
        "told-once",
        "a message that somebody sends is nobody else's for a while",
        "plinthctl/store/outbox.py",
        '"due_at": tx.now + max(lease, again_after(tries)),',
        '"due_at": tx.now,',
        "tests/store/test_alert_race.py::test_racing_senders_take_each_message_once",
    ),
    Mutant(
        "budget",
        "an organisation that has spent what it may in a day is let in no more",
        "plinthctl/store/admission.py",
        "        spent=_spent(tx, {job.org for job in batch}, limits.budgets),\n",
        "",
        "tests/store/test_budgets.py::test_a_budget_that_is_used_up_lets_nobody_in_until_midnight",
    ),
    Mutant(
        "budget-of-retry",
        "nor is a retry of its jobs",
        "plinthctl/store/retrying.py",
        "    _require_budget(tx, row.org, limits.budgets)\n    sweep.make_room",
        "    sweep.make_room",
        "tests/store/test_budgets.py::test_a_retry_is_refused_and_the_job_stays_as_it_was",
    ),
    Mutant(
        "budget-of-today",
        "what was spent yesterday is spent no more",
        "plinthctl/store/spending.py",
        'job_ends.c.org == bindparam("of_org"), job_ends.c.ended_at >= _SINCE',
        'job_ends.c.org == bindparam("of_org")',
        "tests/store/test_budgets.py::test_what_ended_today_is_spent_and_what_is_unknown_is_said",
    ),
    Mutant(
        "judged",
        "what a job has brought is judged with its end",
        "worker/plan.py",
        "    judgement = judged(_made(state, finished))\n",
        "    judgement = None\n",
        "tests/worker/test_plan.py::test_what_a_job_has_brought_is_judged_with_its_end",
    ),
)
