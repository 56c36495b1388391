"""What the bell needs: a name for the store, and how each worker finds its work."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    names = op.create_table(
        "store_names",
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("store_names_pkey")),
    )
    op.bulk_insert(names, [{"name": secrets.token_hex(8)}], multiinsert=False)
    op.add_column("workers", sa.Column("mode", sa.String(), nullable=True))
    op.add_column("workers", sa.Column("mode_why", sa.Text(), nullable=True))
