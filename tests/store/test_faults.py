"""Errors of a driver that no server's code comes with."""

import pytest
from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError

from plinthctl.errors import ExitCode
from plinthctl.store.faults import in_our_words

URL = "postgresql://ana:***@db.example/plinth"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("failed to resolve host 'db.example': Name unknown", id="no such host"),
        pytest.param("connection timeout expired", id="nobody answers"),
    ],
)
def test_a_server_that_is_not_found_is_unreachable(text: str) -> None:
    error = in_our_words(DBAPIError("SELECT 1", {}, OperationalError(text)), URL)
    assert error is not None
    assert error.exit_code is ExitCode.UNAVAILABLE
    assert (error.message, error.why) == (f"cannot reach the store at {URL}", text)


def test_what_nobody_foresaw_stays_what_it_is() -> None:
    assert in_our_words(DBAPIError("SELECT 1", {}, OperationalError("by nobody")), URL) is None
