"""Look at an installation from all sides: every check runs, whatever the others found."""

import shlex
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from plinthctl.domain import checkup
from plinthctl.domain.checkup import CHECK_WITHIN_S, Check, Level, Screen
from plinthctl.errors import BadConfiguration, PlinthError, StoreBusy
from plinthctl.services.alerting import ALERTS
from plinthctl.services.reap import REAP
from plinthctl.services.sweep import SWEEP
from plinthctl.services.teller import sinks_of
from plinthctl.settings import Loaded, Mode, Origin

if TYPE_CHECKING:
    from plinthctl.broker.places import Place
    from plinthctl.domain.checkup import BellFacts, StoreLook
    from plinthctl.settings import Settings

WRITE_WITHIN_S: Final = 1.5  # less than a check may take, so that it can say who is in the way
_LOCAL: Final = frozenset({None, "", "localhost", "127.0.0.1", "::1"})
_OF_THE_STORE: Final = ("workers", "reap", "alerts", "providers", "clock")
_LOGICAL: Final = ("store", "bell", *_OF_THE_STORE, "keys")


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines what ``load`` configures.

    Attributes:
        load: The configuration. Raises `BadConfiguration`.
        place: Where its bell hangs.
        program: How cron can call this program.
    """

    load: Callable[[], Loaded]
    place: "Callable[[Settings], Place]"
    screen: Screen | None
    program: str

    def examine(self) -> Iterator[Check]:
        """The checks in their order; none takes longer than 2 s."""
        try:
            loaded = self.load()
        except BadConfiguration as error:
            yield _bad_configuration(error)
            yield from (_unknown(name, "there is no configuration") for name in _LOGICAL)
        else:
            yield _configuration(loaded.path)
            yield from self._services(loaded)
        yield checkup.screen_check(self.screen)

    def _services(self, loaded: Loaded) -> Iterator[Check]:
        settings = loaded.settings
        looking = _Probe(lambda: _examine_store(settings.database_url))
        writing = _Probe(lambda: _try_to_write(settings))
        listening = _Probe(lambda: self._examine_bell(settings))
        look = looking.outcome()
        yield _store(settings.database_url, look, writing)
        yield _bell(listening.outcome(), loaded)
        yield from self._of_the_store(look, settings)
        yield _keys(settings)

    def _examine_bell(self, settings: "Settings") -> "BellFacts":
        from plinthctl.broker.health import examine
        from plinthctl.broker.places import EMBEDDED

        return examine(self.place(settings), embedded=settings.redis_url == EMBEDDED)

    def _of_the_store(
        self, look: "StoreLook | Exception | None", settings: "Settings"
    ) -> Iterator[Check]:
        if look is None:
            yield checkup.workers_check(())
            yield from (_unknown(name, "there is no store yet") for name in ("reap", "alerts"))
            yield checkup.providers_check(())
            yield checkup.clock_check(None)
        elif isinstance(look, Exception) or look.workers is None or look.duties_due is None:
            yield from (_unknown(name, "the store cannot say") for name in _OF_THE_STORE)
        else:
            yield checkup.workers_check(look.workers)
            yield checkup.sweeps_check(
                look.duties_due, look.now, reap=REAP, sweep=SWEEP, program=self.program
            )
            told = list(sinks_of(settings))
            yield checkup.alerts_check(look.duties_due.get(ALERTS), look.now, told, self.program)
            yield checkup.providers_check(look.circuits)
            yield checkup.clock_check(look.facts.ahead_s)


class _TooLong(Exception):
    """A look took longer than a check may."""


class _Probe:
    """A look at another process in a thread of its own, which may never come back."""

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._found: Any = _TooLong()
        self._until_s = time.monotonic() + CHECK_WITHIN_S
        self._thread = threading.Thread(target=self._run, name="check", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found = self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
            self._found = error

    def outcome(self) -> Any:
        """What was found, or the exception: `_TooLong` where nothing was in time."""
        self._thread.join(max(0.0, self._until_s - time.monotonic()))
        return self._found


def _configuration(path: Path | None) -> Check:
    mode = None
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode) if path else None
    return checkup.config_check(str(path) if path else None, mode)


def _bad_configuration(error: BadConfiguration) -> Check:
    fix = error.fix if error.fix and error.fix.startswith("chmod ") else "plinthctl config validate"
    return Check("config", Level.FAILED, _words(error), fix)


def _examine_store(url: str) -> "StoreLook | None":
    from plinthctl.store import examine_store

    return examine_store(url)


def _try_to_write(settings: "Settings") -> None:
    from plinthctl.store import examine_store, try_to_write

    if not settings.read_only and examine_store(settings.database_url) is not None:
        try_to_write(settings.database_url, WRITE_WITHIN_S)


def _store(url: str, look: "StoreLook | Exception | None", writing: _Probe) -> Check:
    if look is None:
        path = url.removeprefix("sqlite:///")
        return Check("store", Level.OK, f"none yet: {path} is made when it is first used")
    if isinstance(look, Exception):
        return Check("store", Level.FAILED, _words(look), _store_fix(url, look))
    check = checkup.store_check(look.facts)
    if check.level is Level.FAILED:
        return check
    if isinstance(failure := writing.outcome(), Exception):
        return Check("store", Level.FAILED, _words(failure), _store_fix(url, failure))
    return check


def _store_fix(url: str, error: Exception) -> str:
    """A command that helps, or shows what would."""
    if isinstance(error, StoreBusy) and (pid := error.details.get("pid")):
        return f"kill -CONT {pid}"
    if url.startswith("sqlite"):
        return f"ls -la {shlex.quote(str(Path(url.partition('///')[2]).parent))}"
    address = urlsplit(url)
    if address.hostname in _LOCAL:
        return "sudo systemctl start postgresql"
    return shlex.join(["pg_isready", "-h", str(address.hostname), "-p", str(address.port or 5432)])


def _bell(found: "BellFacts | Exception", loaded: Loaded) -> Check:
    if isinstance(found, Exception):
        fix = "export PLINTHCTL_REDIS_URL=embedded"
        return Check("bell", Level.FAILED, _words(found), fix)
    return checkup.bell_check(found, loaded.origins["redis.url"] is Origin.ENV)


def _keys(settings: "Settings") -> Check:
    of = settings.providers
    keys: Mapping[str, Any] = {
        "llm": of.llm.api_key,
        "exa": of.exa.api_key,
        "firecrawl": of.firecrawl.api_key,
        "g2": of.g2.api_key,
    }
    providers = [checkup.provider(name, key is not None) for name, key in keys.items()]
    live = of.effective_mode is Mode.LIVE
    return checkup.keys_check(providers, live=live, model=of.llm.model)


def _unknown(name: str, why: str) -> Check:
    return Check(name, Level.UNKNOWN, f"not known: {why}")


def _words(error: Exception) -> str:
    match error:
        case _TooLong():
            return f"did not answer within {CHECK_WITHIN_S:g} s"
        case PlinthError():
            why = f": {'; '.join(error.why.splitlines())}" if error.why else ""
            return f"{error.message}{why}"
        case _:
            return f"something unforeseen went wrong: {type(error).__name__}: {error}"
