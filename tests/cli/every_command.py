"""Every command that there is, and how each is called so that it does its work.

A new command needs one entry here: without, a test fails and says so.
"""

import platform
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import Any, Final

from typer.main import get_command

from plinthctl.cli.app import app
from plinthctl.domain.acts import Act
from plinthctl.domain.alerting import Severity
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.results import ResultKind
from plinthctl.store import Store
from tests.alerting import a_reading
from tests.cli.conftest import ROOMY
from tests.cli.steered import Jobs
from tests.store.acts import ADDING, a_decision, a_result, complete, registered, running
from tests.stores import a_job, an_id

Path_ = tuple[str, ...]


class Changes(Enum):
    """What a command changes when it does its work."""

    NOTHING = auto()
    STORE = auto()
    A_FILE = auto()


@dataclass(frozen=True)
class Entry:
    """One command.

    Attributes:
        good: What is typed behind its name; ``{pending}`` and its like name things of
            the `World`.
        wrong: What makes no sense there, and its exit code.
        changing: Instead of ``good`` where it is to change something.
        without_store: The exit code where the store cannot be reached.
        shape: Whether ``-o json`` prints JSON.
        forms: The shapes besides JSON that it knows.
        stdin: What is piped in.
        own_world: It makes a store of its own, which takes a while.
    """

    good: Path_
    wrong: Path_
    wrong_code: int = 2
    changes: Changes = Changes.NOTHING
    changing: Path_ | None = None
    without_store: int = 6
    shape: bool = True
    forms: Path_ = ("table", "wide", "ndjson", "id")
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    own_world: bool = False

    @property
    def change(self) -> Path_:
        """What is typed so that it changes something."""
        return self.good if self.changing is None else self.changing


NO_IDS: Final = ("table", "wide", "ndjson")
ACME: Final = ("-i", "company_name=Acme", "-i", "company_url=https://acme.com")

ENTRIES: Final[dict[Path_, Entry]] = {
    ("submit",): Entry(
        ("competitor_analysis", *ACME), ("competitor_analisys",), changes=Changes.STORE
    ),
    ("list",): Entry((), ("--status", "faild")),
    ("show",): Entry(("{running}",), ("ZZZZZZZZ",), 3),
    ("explain",): Entry(("{running}",), ("ZZZZZZZZ",), 3),
    ("watch",): Entry(("{completed}",), ("{completed}", "--interval", "soon")),
    ("cancel",): Entry(("{pending}",), ("ZZZZZZZZ",), 3, changes=Changes.STORE),
    ("retry",): Entry(("{failed}",), ("{completed}",), 4, changes=Changes.STORE),
    ("types",): Entry((), ("competitor_analisys",), without_store=0),
    ("diff",): Entry(("{running}", "{failed}"), ("{running}", "ZZZZZZZZ"), 3),
    ("stats",): Entry((), ("--by", "weather")),
    ("metrics",): Entry((), ("--serve", "9464"), shape=False, forms=()),
    ("top",): Entry(("--once",), ("--interval", "0.1s"), shape=False, forms=()),
    ("demo",): Entry(
        ("--once", "--jobs", "5", "--speed", "50"),
        ("--jobs", "0"),
        shape=False,
        forms=(),
        own_world=True,
    ),
    ("limits",): Entry((), ("--foo",)),
    ("alerts",): Entry((), ("--foo",)),
    ("alerts", "ack"): Entry(("{alert}",), ("ZZZZZZZZ",), 3, changes=Changes.STORE),
    ("alerts", "silence"): Entry(
        ("queue_depth", "--for", "2h"), ("queue_depth",), changes=Changes.STORE
    ),
    ("alerts", "history"): Entry((), ("--since", "soon")),
    ("alerts", "test"): Entry(("failure_rate",), ("failure_rat",)),
    ("reap",): Entry((), ("--only", "stuk"), changes=Changes.STORE),
    ("doctor",): Entry((), ("-o", "id"), without_store=1, forms=NO_IDS),
    ("pause",): Entry(("market_research",), (), changes=Changes.STORE),
    ("resume",): Entry(("brief_generation",), (), changes=Changes.STORE),
    ("providers", "list"): Entry((), ("--foo",)),
    ("providers", "open"): Entry(("llm",), ("openai",), 3, changes=Changes.STORE),
    ("providers", "close"): Entry(("exa",), ("openai",), 3, changes=Changes.STORE),
    ("worker",): Entry(
        ("--check",),
        ("--types", "competitor_analisys"),
        changes=Changes.STORE,
        changing=("--burst",),
        shape=False,
        forms=(),
    ),
    ("worker", "list"): Entry((), ("--foo",)),
    ("decision", "add"): Entry(
        ("Where to grow", "--option", "East"), ("T", "--criterion", "x=much"), changes=Changes.STORE
    ),
    ("decision", "list"): Entry((), ("--limit", "none")),
    ("decision", "show"): Entry(("{decision}",), ("ZZZZZZZZ",), 3),
    ("decision", "export"): Entry(("{decision}",), (), forms=("ndjson",)),
    ("decision", "import"): Entry(
        ("-",), ("absent.json",), changes=Changes.STORE, stdin='{"title": "East or West?"}'
    ),
    ("decision", "option", "add"): Entry(
        ("{decision}", "North"), ("ZZZZZZZZ", "North"), 3, changes=Changes.STORE
    ),
    ("decision", "option", "list"): Entry(("{decision}",), ("ZZZZZZZZ",), 3),
    ("results", "list"): Entry((), ("--type", "poem")),
    ("results", "show"): Entry(("{result}",), ("ZZZZZZZZ",), 3),
    ("results", "export"): Entry((), ("--since", "soon"), forms=("ndjson",)),
    ("config", "init"): Entry(
        ("--config", "{folder}/new.toml"),
        ("--config", "{folder}"),
        changes=Changes.A_FILE,
        without_store=0,
    ),
    ("config", "show"): Entry((), ("-o", "id"), without_store=0, forms=NO_IDS),
    ("config", "path"): Entry((), ("--foo",), without_store=0),
    ("config", "validate"): Entry((), ("{folder}/absent.toml",), 7, without_store=0),
    ("db", "status"): Entry((), ("-o", "id"), forms=NO_IDS),
    ("db", "upgrade"): Entry((), ("-o", "id"), changes=Changes.STORE, forms=NO_IDS),
    ("db", "rebuild-rollups"): Entry(
        (), ("-o", "id"), changes=Changes.STORE, changing=(), forms=NO_IDS
    ),
    ("db", "backup"): Entry(
        ("{folder}/copy.db",), ("{folder}/absent/",), changes=Changes.A_FILE, without_store=2
    ),
}


def commands() -> Iterator[tuple[Path_, Any]]:
    """Every command that does something, as the program has it."""
    return _below(_tree(), ())


@cache
def _tree() -> Any:
    # Not the program's own: a command keeps the help option of the first who parsed with it.
    return get_command(app)


def _below(command: Any, path: Path_) -> Iterator[tuple[Path_, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        if not getattr(inner, "commands", None) or _runs_alone(inner):
            yield (*path, name), inner
        yield from _below(inner, (*path, name))


def _runs_alone(group: Any) -> bool:
    """Whether a group is a command as well: it takes options of its own."""
    return any(param.name == "output" for param in group.params)


_TYPED: Final = re.compile(r"(?:^|\$\(|\| *|\* +)(?:p|plinthctl) ([^|>&;]*)")


def typed_in(text: str) -> list[str]:
    """The calls of the program in a text of lines to be typed, without its name; ``p``
    is what the page for operators calls it."""
    found = [call for line in text.splitlines() for call in _TYPED.findall(line.strip())]
    return [call.rstrip(')" ') if ")" in call or call.count('"') % 2 else call for call in found]


def parse(example: str) -> None:
    """Parse a call as the program would, without doing it.

    Raises:
        typer.TyperException: it has no such option, or a value does not fit.
    """
    known, typed = dict(commands()), shlex.split(example)
    path = max((p for p in known if tuple(typed[: len(p)]) == p), key=len, default=None)
    assert path is not None, f"no such command: {example}"
    with known[path].make_context(path[-1], typed[len(path) :]) as context:
        assert context is not None


@dataclass(frozen=True)
class World:
    """A store in which something of everything is, by the names that entries use."""

    names: Mapping[str, str]

    def typed(self, path: Path_, arguments: Path_) -> list[str]:
        """The whole line."""
        return [*path, *(part.format(**self.names) for part in arguments)]


def populate(store: Store) -> dict[str, str]:
    """Jobs in every status, a worker of this machine, a decision, results, a pause, a
    provider that is left alone; the names of what entries use."""
    jobs = Jobs(store, lambda **whose: _put(store, **whose))
    names = {"pending": jobs.pending(), "failed": jobs.failed(), "completed": jobs.completed()}
    store.request_cancel(jobs.pending(), "ana", "changed my mind")
    worker = registered(store, name="host-7", host=platform.node())
    names["running"] = running(store, worker, org="acme", user="ana").id
    decision = a_decision("default")
    store.add_decision(decision, ADDING)
    claimed = store.claim_one(worker, _put(store, decision=decision.id))
    assert claimed is not None
    results = [a_result(kind=kind, ordinal=n) for n, kind in enumerate(ResultKind)]
    store.apply(complete(claimed, *results))
    store.pause_intake("brief_generation", Act("bo", "pause", "too dear"))
    store.open_circuit("exa", Act("bo", "open_circuit", "too dear"))
    alert = an_alert(store)
    return names | {"decision": decision.id, "result": results[0].id, "alert": alert}


def an_alert(store: Store) -> str:
    """An open alert of which somebody is to be told; its id."""
    sinks = {Severity.WARNING: ("command",)}
    (one,) = store.evaluate_alerts([a_reading()], sinks, lambda: an_id(IdPrefix.ALERT)).fired
    return one.id


def _put(store: Store, **whose: Any) -> str:
    job = a_job(**whose)
    store.admit(job, ROOMY, "ana", {})
    return job.id
