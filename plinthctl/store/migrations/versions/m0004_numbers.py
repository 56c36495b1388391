"""What numbers are read from: roll-ups of each hour, a sample of each minute, and ways
to the jobs of a window, to those that were given back, and to what a type completed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

RECOVERED = sa.text("kind = 'recovered'")
COMPLETED = sa.text("status = 'completed'")
WHOLE = sa.text("step = ''")
COUNTS = ["created", "completed", "failed", "expired", "invalid", "cancelled"]


def upgrade() -> None:
    op.create_table(
        "rollups",
        sa.Column("hour_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("expired", sa.Integer(), nullable=False),
        sa.Column("invalid", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.Column("duration", sa.JSON(), nullable=False),
        sa.Column("wait", sa.JSON(), nullable=True),
        sa.Column("completion", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("hour_at", "type", "step", name=op.f("rollups_pkey")),
    )
    op.create_index(
        "rollups_counts",
        "rollups",
        ["type", *COUNTS, "cost_usd"],
        unique=False,
        sqlite_where=WHOLE,
        postgresql_where=WHOLE,
    )
    op.create_table(
        "normals",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("hour_at", sa.BigInteger(), nullable=False),
        sa.Column("p95_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("type", "step", name=op.f("normals_pkey")),
    )
    op.create_table(
        "samples",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("samples_pkey")),
    )
    op.create_index(
        "job_ends_completed",
        "job_ends",
        ["type", "ended_at"],
        unique=False,
        sqlite_where=COMPLETED,
        postgresql_where=COMPLETED,
    )
    op.create_index("jobs_created", "jobs", ["created_at", "type"], unique=False)
    op.create_index(
        "job_events_recovered",
        "job_events",
        ["at"],
        unique=False,
        sqlite_where=RECOVERED,
        postgresql_where=RECOVERED,
    )
