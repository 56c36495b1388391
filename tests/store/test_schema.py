"""The schema and the way to it, on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from plinthctl.errors import ExitCode, SchemaMismatch
from plinthctl.store import Store, open_schema, open_store, upgrade_sql, upgrade_store
from plinthctl.store.database import Database
from plinthctl.store.opening import open_database
from plinthctl.store.schema import NEEDED
from plinthctl.store.tables import metadata
from tests.store.acts import admitted
from tests.store.racers import racers
from tests.store.sqlite_acts import another_process

NewUrl = Callable[[], str]
MASTER = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'alembic_version'"
CATALOGUE = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename != 'alembic_version'
    UNION ALL SELECT relname || ' ' || reloptions::text FROM pg_class WHERE reloptions IS NOT NULL
    UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conname !~ 'alembic' AND connamespace = 'public'::regnamespace
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """URLs of databases without a schema."""
    if request.param == "postgresql":
        new: NewUrl = request.getfixturevalue("postgres").new_database
        return new
    numbers = iter(range(9))
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


@pytest.fixture
def empty_url(new_url: NewUrl) -> str:
    return new_url()


def within(url: str, work: Callable[[Any], Any]) -> Any:
    """What ``work`` makes of a connection, inside a written transaction."""
    database: Database = open_database(url)
    try:
        return database.write(lambda tx: work(tx.connection))
    finally:
        database.close()


def tables(url: str) -> set[str]:
    return set(within(url, lambda connection: inspect(connection).get_table_names()))


def set_version(url: str, version: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :v")
    within(url, lambda connection: connection.execute(statement, {"v": version}))


# That index is compared in the next test.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based")
def test_the_migrations_make_what_the_tables_say(empty_url: str) -> None:
    upgrade_store(empty_url)

    def differences(connection: Any) -> Any:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert within(empty_url, differences) == []


def test_indexes_and_options_are_the_tables_own(new_url: NewUrl) -> None:
    migrated, made = new_url(), new_url()
    upgrade_store(migrated)
    within(made, metadata.create_all)
    assert definitions(migrated) == definitions(made)


def definitions(url: str) -> list[str]:
    question = MASTER + " AND type = 'index'" if url.startswith("sqlite") else CATALOGUE
    rows = within(url, lambda connection: connection.execute(text(question)).scalars().all())
    return sorted(" ".join(row.split()) for row in rows)


def test_an_upgrade_tells_where_it_has_arrived(empty_url: str) -> None:
    before = open_schema(empty_url)
    assert (before.current, before.needed, before.fits) == (None, NEEDED, False)
    assert len(before.pending) == NEEDED
    after = upgrade_store(empty_url)
    assert (after.current, after.pending, after.fits) == (NEEDED, (), True)
    assert open_schema(empty_url) == after


def test_an_upgrade_of_what_fits_changes_nothing(store_url: str) -> None:
    store = open_store(store_url)
    job = admitted(store)
    store.close()
    upgrade_store(store_url)
    store = open_store(store_url)
    assert store.job(job) is not None
    store.close()


def test_a_postgresql_without_a_schema_is_told_to_upgrade(
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises(SchemaMismatch, match="no schema yet") as refused:
        open_store(request.getfixturevalue("postgres").new_database())
    assert refused.value.fix == "plinthctl db upgrade"


@pytest.mark.parametrize(
    ("version", "fix"),
    [
        pytest.param("0001", "plinthctl db upgrade", id="behind"),
        pytest.param("9999", "install the plinthctl that upgraded it, or newer", id="ahead"),
    ],
)
def test_a_schema_that_is_not_ours_is_refused_with_its_fix(
    new_url: NewUrl, version: str, fix: str
) -> None:
    url = new_url()
    upgrade_store(url)
    set_version(url, version)
    with pytest.raises(SchemaMismatch, match=f"schema is {int(version)}") as refused:
        open_store(url)
    assert refused.value.fix == fix
    assert refused.value.details == {"current": int(version), "needed": NEEDED}


def test_a_schema_that_is_ahead_is_not_touched(empty_url: str) -> None:
    upgrade_store(empty_url)
    set_version(empty_url, "9999")
    for touch in (upgrade_store, upgrade_sql):
        with pytest.raises(SchemaMismatch, match="schema is 9999") as refused:
            touch(empty_url)
        assert refused.value.fix == "install the plinthctl that upgraded it, or newer"
    assert open_schema(empty_url).current == 9999


@pytest.mark.parametrize(
    ("done", "why"),
    [
        pytest.param(
            "UPDATE alembic_version SET version_num = 'a1b2'", '"a1b2"', id="another program's"
        ),
        pytest.param("UPDATE alembic_version SET version_num = '0000'", '"0000"', id="zero"),
        pytest.param("INSERT INTO alembic_version VALUES ('0001')", "0001", id="two at once"),
        pytest.param("DELETE FROM alembic_version", "no schema version", id="tables and none"),
        pytest.param("DROP TABLE alembic_version", "no schema version", id="tables of our names"),
    ],
)
def test_what_is_no_store_is_left_alone(new_url: NewUrl, done: str, why: str) -> None:
    url = new_url()
    upgrade_store(url)
    within(url, lambda connection: connection.execute(text(done)))
    before = tables(url)
    for touch in (open_store, open_schema, upgrade_sql, upgrade_store):
        with pytest.raises(SchemaMismatch, match="is not a store of plinthctl") as refused:
            touch(url)
        assert why in (refused.value.why or "")
        assert refused.value.exit_code is ExitCode.MISCONFIGURED
    assert tables(url) == before


def test_the_sql_of_an_upgrade_is_shown_and_not_run(empty_url: str) -> None:
    assert "CREATE TABLE jobs" in upgrade_sql(empty_url)
    assert open_schema(empty_url).current is None
    upgrade_store(empty_url)
    assert upgrade_sql(empty_url) == ""


def upgrade(_: Store, url: str) -> int | None:
    return upgrade_store(url).current


@pytest.fixture
def processes(sqlite_url: str) -> Iterator[Any]:
    with racers(sqlite_url, 4) as ready:
        yield ready


def test_four_upgrades_at_once_make_one_schema(processes: Any, empty_url: str) -> None:
    assert processes.race(upgrade, [empty_url] * 4) == [NEEDED] * 4
    open_store(empty_url).close()


STOP_HALF_WAY = """
import sys
from sqlalchemy import Engine, event
from plinthctl.store import upgrade_store

made = []

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, parameters, context, many):
    made.extend(["CREATE TABLE" in statement] * ("CREATE TABLE" in statement))
    if len(made) == 9:
        print("ready", flush=True)
        sys.stdin.read()

upgrade_store(sys.argv[1])
"""


def test_an_upgrade_that_is_killed_half_way_leaves_nothing_half(empty_url: str) -> None:
    with another_process(STOP_HALF_WAY, empty_url) as upgrading:
        upgrading.kill()
        upgrading.wait()
        assert tables(empty_url) == set()
    assert upgrade_store(empty_url).fits
    assert "jobs" in tables(empty_url)


def test_a_store_keeps_the_name_that_no_other_has(new_url: NewUrl) -> None:
    urls = [new_url(), new_url()]
    for url in urls:
        upgrade_store(url)
    first, second, again = (_name(url) for url in (*urls, urls[0]))
    assert first == again != second
    assert len(first) == 16
    assert first.isalnum()


def _name(url: str) -> str:
    store = open_store(url)
    try:
        assert store.name == store.name
        return store.name
    finally:
        store.close()
