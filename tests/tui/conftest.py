"""The program as the command line's tests call it."""

from tests.cli.conftest import a_pending_job, call, piped, store

__all__ = ["a_pending_job", "call", "piped", "store"]
