"""A process that opens and closes a store in a loop until its standard input ends.

    python -m tests.chaos.visitor URL LEDGER

Opening and closing is when SQLite makes, recovers and removes its log.
"""

import select
import sys
from pathlib import Path

from plinthctl.domain.limits import Limits
from plinthctl.domain.queries import JobQuery
from plinthctl.errors import StoreUnavailable
from plinthctl.store import open_store
from tests.chaos.ledger import Ledger, Said, said_of
from tests.stores import a_job


def visit(url: str, ledger: Ledger) -> None:
    job = a_job()
    store = open_store(url)
    store.count(JobQuery())
    ledger.say(Said.ABOUT, "job", job.id)
    try:
        store.admit(job, Limits(), "visitor", {})
    except StoreUnavailable as error:
        ledger.say(said_of(error), "job", job.id)
    else:
        ledger.say(Said.ACKED, "job", job.id)
    finally:
        store.close()


if __name__ == "__main__":
    _, address, path = sys.argv
    notes = Ledger(Path(path))
    while not select.select([0], [], [], 0)[0]:
        visit(address, notes)
