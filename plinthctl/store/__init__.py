"""The only room that speaks SQL: what is true of jobs, on SQLite and PostgreSQL."""

from plinthctl.store.opening import (
    backup_store,
    check_backup,
    examine_store,
    open_schema,
    open_store,
    open_store_at,
    try_to_write,
    upgrade_sql,
    upgrade_store,
)
from plinthctl.store.schema import SchemaState
from plinthctl.store.store import Store

__all__ = [
    "SchemaState",
    "Store",
    "backup_store",
    "check_backup",
    "examine_store",
    "open_schema",
    "open_store",
    "open_store_at",
    "try_to_write",
    "upgrade_sql",
    "upgrade_store",
]
