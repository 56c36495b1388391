"""A PostgreSQL whose server answers, but does not let everybody do everything."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import make_url, text

from plinthctl.domain.queries import JobQuery
from plinthctl.errors import ExitCode, StoreUnavailable
from plinthctl.store import open_store, upgrade_store
from plinthctl.store.opening import open_database
from tests.store.acts import admitted
from tests.stores import Postgres

MAY_READ = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
READS_ONLY = f"{MAY_READ}; ALTER ROLE {{role}} SET default_transaction_read_only = on"


def url_of_another(url: str, rights: str) -> str:
    """The address of the same database for a role that has these rights in it."""
    role = f"r{uuid.uuid4().hex}"
    database = open_database(url)
    statements = text(f"CREATE ROLE {role} LOGIN; {rights.format(role=role)}")
    database.write(lambda tx: tx.execute(statements))
    database.close()
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def look(url: str) -> int:
    store = open_store(url)
    try:
        return store.count(JobQuery())
    finally:
        store.close()


def submit(url: str) -> None:
    store = open_store(url)
    try:
        admitted(store)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("rights", "act", "told", "fix"),
    [
        pytest.param("", look, "does not let this role", "GRANT", id="no right to read"),
        pytest.param(MAY_READ, submit, "does not let this role", "GRANT", id="no right to write"),
        pytest.param(READS_ONLY, submit, "may not be written to", "primary", id="reading only"),
    ],
)
def test_a_role_is_told_what_it_may_not_do(
    postgres: Postgres, rights: str, act: Callable[[str], object], told: str, fix: str
) -> None:
    with pytest.raises(StoreUnavailable, match=told) as refused:
        act(url_of_another(postgres.new_store(), rights))
    assert refused.value.exit_code is ExitCode.UNAVAILABLE
    assert fix in (refused.value.fix or "")
    assert "file" not in (refused.value.fix or "")


def test_a_role_that_may_read_reads(postgres: Postgres) -> None:
    assert look(url_of_another(postgres.new_store(), MAY_READ)) == 0


def test_a_role_that_may_create_nothing_upgrades_nothing(postgres: Postgres) -> None:
    empty = postgres.new_database()
    rights = "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    with pytest.raises(StoreUnavailable, match="does not let this role") as refused:
        upgrade_store(url_of_another(empty, rights))
    assert refused.value.exit_code is ExitCode.UNAVAILABLE
    assert "permission denied for schema public" in (refused.value.why or "")
