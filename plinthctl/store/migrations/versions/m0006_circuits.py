"""Circuits of providers, and the jobs that are parked behind them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "circuits",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("probe_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("probe_job", sa.String(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('closed', 'open', 'half_open')", name=op.f("circuits_state_check")
        ),
        sa.PrimaryKeyConstraint("provider", "key", name=op.f("circuits_pkey")),
    )
    op.add_column("jobs", sa.Column("parked", sa.String(), nullable=True))
    is_parked = sa.text("parked IS NOT NULL")
    op.create_index(
        "jobs_parked",
        "jobs",
        ["parked"],
        sqlite_where=is_parked,
        postgresql_where=is_parked,
    )
