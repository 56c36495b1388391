"""Look after the store: its schema, and copies of it."""

from dataclasses import dataclass
from pathlib import Path
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

    def check_backup(self, path: Path) -> None:
        """Insist that a copy can be made by us. Raises `UsageError` or `NotFound`."""
        from plinthctl.store import check_backup

        check_backup(self.url, path)

    def backup(self, draft: Path) -> "SchemaState":
        """Copy the store into an empty file; the schema that the copy has.

        Others may write meanwhile. Raises `StoreUnavailable`.
        """
        from plinthctl.store import backup_store

        return backup_store(self.url, draft)
