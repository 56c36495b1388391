"""What a command works with: its shared options, its services, its two outputs."""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from plinthctl.cli.options import Output, Shared
from plinthctl.cli.terminal import Terminal
from plinthctl.domain.text import safe_text
from plinthctl.errors import UsageError
from plinthctl.render.times import TimeStyle

if TYPE_CHECKING:
    from rich.text import Text

    from plinthctl.settings import Loaded, Settings
    from plinthctl.wiring import Services


class Shell:
    """One call of one command. stdout is data; stderr is talk, and silent with ``-q``."""

    def __init__(self, shared: Shared, environ: Mapping[str, str] | None = None) -> None:
        self.shared = shared
        self.environ = os.environ if environ is None else environ
        self.terminal = Terminal(shared.color, self.environ)
        self._began = time.monotonic()
        if shared.verbose:
            from worker import logs

            logs.set_up("text", "debug", logs.Redaction(()))

    @cached_property
    def loaded(self) -> "Loaded":
        """The configuration, and where it came from. Raises `BadConfiguration`."""
        from plinthctl.settings import load_settings

        # The flag can forbid changes; it cannot allow what the configuration forbids.
        flags = {"read_only": True if self.shared.read_only else None}
        return load_settings(self.shared.config, self.environ, flags)

    @property
    def settings(self) -> "Settings":
        """The configuration. Raises `BadConfiguration`."""
        return self.loaded.settings

    @cached_property
    def services(self) -> "Services":
        """Everything that can be done; the store is opened when it is first used."""
        from plinthctl.wiring import Services

        return Services(self.settings)

    @property
    def output(self) -> Output:
        """The shape that was asked for; a table for people otherwise."""
        return self.shared.output or Output.TABLE

    @property
    def times(self) -> TimeStyle:
        """How times are written: ages on a terminal, UTC in a pipe."""
        usual = TimeStyle.RELATIVE if self.terminal.out_is_tty else TimeStyle.UTC
        return self.shared.time or usual

    @property
    def config_path(self) -> Path | None:
        """The file that ``--config`` names."""
        return self.shared.config

    def one_of(self, *shapes: Output) -> Output:
        """The output shape, which must be one of these.

        Raises:
            UsageError: this command does not know the shape.
        """
        if self.output in shapes:
            return self.output
        known = ", ".join(shapes)
        raise UsageError(f"-o {self.output} makes no sense here", fix=f"one of: {known}")

    def data(self, text: str) -> None:
        """One line, or several, of plain data on stdout."""
        sys.stdout.write(safe_text(text) + "\n")

    def json(self, value: Any) -> None:
        """One JSON value on stdout; on one line with ``-o ndjson``."""
        from plinthctl.render.jsons import dumps

        self.data(dumps(value, indent=None if self.output is Output.NDJSON else 2))

    def objects(self, values: Iterable[Any]) -> None:
        """Many JSON values on stdout as they come: an array, or a line each."""
        from plinthctl.render.jsons import pieces

        self.stream(pieces(values, lines=self.output is Output.NDJSON))

    def stream(self, pieces: Iterable[str]) -> None:
        """Plain data on stdout, piece by piece."""
        for piece in pieces:
            sys.stdout.write(safe_text(piece))

    def show(self, lines: Iterable["Text"]) -> None:
        """Styled lines on stdout."""
        from plinthctl.render.sheet import shown

        for line in lines:
            self.terminal.out.print(shown(line), soft_wrap=True)

    def say(self, *lines: "Text | str") -> None:
        """Talk on stderr."""
        if self.shared.quiet:
            return
        from plinthctl.render.sheet import shown, words

        for line in lines:
            self.terminal.err.print(shown(words(line)), soft_wrap=True)

    def warn(self, message: str, fix: str | None = None) -> None:
        """A warning on stderr, with what to do about it."""
        from plinthctl.render.sheet import words

        self.say(words(("warning: ", "bold yellow"), message))
        if fix:
            self.say(words(("  fix: ", "bold"), fix))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        services = self.__dict__.pop("services", None)
        if services is not None:
            self._say_more(services)
            services.close()
        if self.shared.verbose:
            from worker import logs

            logs.take_down()

    def _say_more(self, services: "Services") -> None:
        if self.shared.verbose and "store" in vars(services):
            took_s = time.monotonic() - self._began
            self.say(f"store {services.store.safe_url}; {took_s:.2f} s in all")
