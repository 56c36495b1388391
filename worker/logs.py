"""What a worker tells: one short line an event on a terminal, JSON lines off it.

Hostile text is made safe here, once, and so are the secrets that a message of
someone else's may carry.
"""

import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from plinthctl.domain.text import REDACTED, json_text, safe_text, without_credentials

SHORTEST_SECRET: Final = 4  # redacting shorter ones would blank out ordinary words
_COLOUR: Final = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31"}
_OURS: Final = "plinthctl"  # all our loggers are below it


class Redaction:
    """Blanks out the secrets it knows, and credentials in addresses."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        without = self._known.sub(REDACTED, text) if self._known else text
        return without_credentials(without)


class EventLog:
    """Named events with their facts, over the standard library's logging."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def info(self, text: str, *, event: str, **facts: Any) -> None:
        """Something happened as it should."""
        self._tell(logging.INFO, text, event, facts)

    def warning(self, text: str, *, event: str, **facts: Any) -> None:
        """Something an operator may want to look at; the worker goes on."""
        self._tell(logging.WARNING, text, event, facts)

    def broken(self, text: str, error: BaseException, *, event: str, **facts: Any) -> None:
        """Something that must not happen; at debug level with its trace."""
        facts["error"] = f"{type(error).__name__}: {error}"
        self._tell(logging.ERROR, f"{text}: {facts['error']}", event, facts)
        self._logger.debug("trace of %s", event, exc_info=error)

    def _tell(self, level: int, text: str, event: str, facts: dict[str, Any]) -> None:
        self._logger.log(level, "%s", text, extra={"event": event, "facts": facts})


log: Final = EventLog(logging.getLogger("plinthctl.worker"))


class Lines(logging.Formatter):
    """``12:02:31 7Q2K9M4T scrape-website done in 3.1 s``, coloured where asked."""

    def __init__(self, redact: Redaction, *, colour: bool) -> None:
        super().__init__()
        self._redact = redact
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        text = self._safe(record.getMessage())
        trace = f"\n{self._safe(self.formatException(record.exc_info))}" if record.exc_info else ""
        return f"{self._paint(time, '2')} {self._paint(text, _COLOUR.get(record.levelno))}{trace}"

    def _safe(self, text: str) -> str:
        return safe_text(self._redact(text))

    def _paint(self, text: str, code: str | None) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text


class JsonLines(logging.Formatter):
    """One object a line: ``at``, ``level``, ``event``, ``message`` and the facts."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json_text(_redacted(told, self._redact), default=str)


def set_up(form: str, level: str, redact: Redaction, stream: TextIO | None = None) -> None:
    """Send this process's log to ``stream`` (stderr) as ``text``, ``json`` or by ``auto``.

    The level is that of what we tell; of libraries only warnings are.
    """
    out = stream or sys.stderr
    on_terminal = out.isatty()
    handler = logging.StreamHandler(out)
    as_text = form == "text" or (form == "auto" and on_terminal)
    handler.setFormatter(Lines(redact, colour=on_terminal) if as_text else JsonLines(redact))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(level.upper())


def take_down() -> None:
    """Tell nothing more; for a process that goes on without a log."""
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)
    logging.getLogger(_OURS).setLevel(logging.NOTSET)


def _redacted(value: Any, redact: Redaction) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _redacted(one, redact) for key, one in value.items()}
        case list() | tuple():
            return [_redacted(one, redact) for one in value]
        case _:
            return value
