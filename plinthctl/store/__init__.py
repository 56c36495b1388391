"""The only room that speaks SQL: what is true of jobs, on SQLite and PostgreSQL.

What stands here is loaded when it is first asked for: a glance at a store needs no more
than a driver.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_ELSEWHERE: Final = {"SchemaState": "schema", "Store": "store"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'opening')}"), name)
