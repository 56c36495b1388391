"""What the two outputs can show: colour, redrawing, width. Decided once, here."""

import os
import shutil
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

from plinthctl.cli.options import Color

if TYPE_CHECKING:
    from rich.console import Console

    from plinthctl.domain.checkup import Screen

NARROWEST: Final = 40


def wants_color(when: Color, environ: Mapping[str, str], *, tty: bool) -> bool:
    """Whether to colour: the flag, then NO_COLOR, then FORCE_COLOR, then the terminal.

    An empty variable counts as unset (no-color.org).
    """
    if when is not Color.AUTO:
        return when is Color.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (tty and environ.get("TERM") != "dumb")


class Terminal:
    """stdout and stderr as this call finds them."""

    def __init__(self, when: Color = Color.AUTO, environ: Mapping[str, str] | None = None) -> None:
        self._when = when
        self._environ = os.environ if environ is None else environ

    @property
    def out_is_tty(self) -> bool:
        """Whether a person reads stdout."""
        return sys.stdout.isatty()

    @property
    def redraws(self) -> bool:
        """Whether a line on stderr may be drawn again and again."""
        still = self._environ.get("TERM") == "dumb" or bool(self._environ.get("CI"))
        return sys.stderr.isatty() and not still

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def out_width(self) -> int | None:
        """Cells of a line on stdout; None: nothing is cut or wrapped."""
        return max(NARROWEST, shutil.get_terminal_size().columns) if self.out_is_tty else None

    @property
    def err_width(self) -> int | None:
        """Cells of a line on stderr; None: nothing is cut or wrapped."""
        width = max(NARROWEST, shutil.get_terminal_size().columns)
        return width if sys.stderr.isatty() else None

    @property
    def screen(self) -> "Screen | None":
        """stdout as a person sees it; None: it is no terminal."""
        from plinthctl.domain.checkup import Screen

        if not self.out_is_tty:
            return None
        size = shutil.get_terminal_size()
        dumb = self._environ.get("TERM") == "dumb"
        return Screen(size.columns, size.lines, sys.stdout.encoding, self.out.color_system, dumb)

    @cached_property
    def out(self) -> "Console":
        """stdout with styles."""
        return self._console(sys.stdout)

    @cached_property
    def err(self) -> "Console":
        """stderr with styles."""
        return self._console(sys.stderr)

    def _console(self, file: IO[str]) -> "Console":
        from rich.console import Console

        class Honest(Console):
            def on_broken_pipe(self) -> None:
                # Rich would exit 1; the command line has one place for exit codes.
                raise BrokenPipeError

        color = wants_color(self._when, self._environ, tty=file.isatty())
        dumb_tty = "standard" if color else None
        system = "auto" if color and file.isatty() else dumb_tty
        return Honest(
            file=file,
            color_system=system,  # type: ignore[arg-type]
            no_color=not color,
            force_terminal=file.isatty() or color,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
