"""The program as the command line's tests call it."""

from tests.cli.conftest import call, piped

__all__ = ["call", "piped"]
