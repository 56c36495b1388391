"""Look after the store's schema."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.errors import ReadOnly

if TYPE_CHECKING:
    from plinthctl.store import SchemaState


@dataclass(frozen=True, slots=True)
class Database:
    """The store at ``url``, whatever its schema is."""

    url: str
    read_only: bool = False

    def status(self) -> "SchemaState":
        """Where the schema is and where it must be. Raises `StoreUnavailable`."""
        from plinthctl.store import open_schema

        return open_schema(self.url)

    def upgrade(self) -> "SchemaState":
        """Apply what is pending.

        Raises:
            ReadOnly: the configuration forbids changes.
            StoreUnavailable, SchemaMismatch: it cannot be done.
        """
        from plinthctl.store import upgrade_store

        if self.read_only:
            raise ReadOnly.refusing("the schema is not upgraded")
        return upgrade_store(self.url)

    def plan(self) -> str:
        """The SQL that `upgrade` would run; nothing is changed."""
        from plinthctl.store import upgrade_sql

        return upgrade_sql(self.url)
