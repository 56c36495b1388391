"""What a job's results are worth stays with its end, and is counted from there."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from plinthctl.domain.quality import Judgement, Quality
from plinthctl.store import Store
from plinthctl.store.tables import job_ends
from tests.store.acts import NOON, TYPE, Clock, complete, running, table_rows


def test_what_results_are_worth_is_kept_with_the_jobs_end(timed: Store, clock: Clock) -> None:
    job = running(timed, org="acme")
    hollow = Judgement(Quality.HOLLOW, "the summary is empty")
    timed.apply(replace(complete(job), judgement=hollow))
    found = timed.job(job.id)
    assert found is not None
    assert (found.quality, found.quality_reason) == (Quality.HOLLOW, "the summary is empty")
    (end,) = table_rows(timed, job_ends, job_id=job.id)
    assert end["quality"] == "hollow"
    (counted,) = timed.ends(clock.now - timedelta(hours=1))
    assert counted.quality is Quality.HOLLOW
    assert timed.totals()[TYPE].qualities == Counter({Quality.HOLLOW: 1})
    clock.move(hours=2)
    timed.roll_up(NOON)
    assert timed.totals()[TYPE].qualities == Counter({Quality.HOLLOW: 1})
    ends, _, rolled = timed.numbers(clock.now - timedelta(hours=24))
    assert (len(ends), [one.qualities[Quality.HOLLOW] for one in rolled if not one.step]) == (
        0,
        [1],
    )
