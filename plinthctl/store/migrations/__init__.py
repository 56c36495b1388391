"""Ordered schema migrations, run by Alembic: one file a version, never changed
once it has been released."""
