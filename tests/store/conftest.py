"""A store on each database whose time the test moves."""

from collections.abc import Iterator

import pytest

from plinthctl.store import Store
from plinthctl.store.opening import open_database
from tests.store.acts import Clock, Timed


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store_url: str, clock: Clock) -> Iterator[Store]:
    """A store on each database, at noon until ``clock`` is moved."""
    opened = Store(Timed(open_database(store_url), clock))
    yield opened
    opened.close()
