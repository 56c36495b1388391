"""A glance sees what the store says, without loading what the store is made of."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plinthctl.domain.archive import DecisionQuery, ResultQuery
from plinthctl.domain.queries import JobQuery
from plinthctl.store import Store, open_store
from plinthctl.store.glance import Glance
from tests.cli.every_command import populate

PROBE = """
import sys
from plinthctl.store.glance import Glance
Glance(sys.argv[1]).jobs(1)
print(*{"sqlalchemy", "alembic"} & set(sys.modules))
"""


@pytest.fixture
def told(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    populate(opened)
    yield opened
    opened.close()


def test_it_sees_what_the_store_says(told: Store, store_url: str) -> None:
    glance, jobs = Glance(store_url), told.jobs(JobQuery(limit=5))
    assert list(glance.jobs(5)) == [(job.id, job.type, str(job.status)) for job in jobs]
    assert list(glance.owners(5)) == [(job.org, job.user) for job in jobs]
    decisions = told.decisions(DecisionQuery(limit=5))
    assert list(glance.decisions(5)) == [(one.id, one.title) for one in decisions]
    results = told.result_heads(ResultQuery(limit=3))
    assert len(results) == 3
    assert list(glance.results(3)) == [(one.id, f"{one.kind} {one.title}") for one in results]


def test_it_makes_no_store(tmp_path: Path) -> None:
    absent = tmp_path / "absent.db"
    with pytest.raises(Exception, match="unable to open"):
        Glance(f"sqlite:///{absent}").jobs(1)
    assert not absent.exists()


def test_it_loads_a_driver_and_no_more(store_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, store_url], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
