"""How much results are worth, what hours of them came to, and a way to what an
organisation spent of late."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

WHOLE = sa.text("step = ''")
COUNTS = ["created", "completed", "failed", "expired", "invalid", "cancelled"]


def upgrade() -> None:
    op.add_column("jobs", sa.Column("quality", sa.String(), nullable=True))
    op.add_column("jobs", sa.Column("quality_reason", sa.Text(), nullable=True))
    op.add_column("job_ends", sa.Column("quality", sa.String(), nullable=True))
    op.create_index("job_ends_by_org", "job_ends", ["org", "ended_at", "cost_usd"])
    op.add_column("rollups", sa.Column("thin", sa.Integer(), nullable=True))
    op.add_column("rollups", sa.Column("hollow", sa.Integer(), nullable=True))
    op.drop_index("rollups_counts", table_name="rollups")
    op.create_index(
        "rollups_counts",
        "rollups",
        ["type", *COUNTS, "cost_usd", "thin", "hollow"],
        unique=False,
        sqlite_where=WHOLE,
        postgresql_where=WHOLE,
    )
