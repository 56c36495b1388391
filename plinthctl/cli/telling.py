"""Telling of many jobs as they are accepted or refused, in the shape that is asked for."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from plinthctl.cli import cautions, streams
from plinthctl.cli.failures import as_object
from plinthctl.cli.options import Output
from plinthctl.cli.shell import Shell
from plinthctl.domain.admission import Admitted, Outcome
from plinthctl.errors import PlinthError
from plinthctl.render.tally import Tally

if TYPE_CHECKING:
    from plinthctl.domain.runs import NewJob

AT_ONCE = 100  # jobs whose objects are read together

Settled = tuple[int, "NewJob", Outcome]  # a line, its job and what has become of it


class Telling:
    """What is said of many jobs: on stdout their ids, or an object for each line;
    on stderr the sum.

    ``followed``: objects of accepted jobs are told at the end, as they are then.
    """

    def __init__(self, shell: Shell, *, followed: bool) -> None:
        self._shell = shell
        self._followed = followed
        self._array = _Array(shell) if shell.output is Output.JSON else None
        self._lines: dict[str, int] = {}
        self.tally = Tally()
        self.last_id: str | None = None

    @property
    def ids(self) -> list[str]:
        """The accepted jobs that are followed, in the order of their acceptance."""
        return list(self._lines)

    def tell(self, settled: Sequence[Settled]) -> None:
        """Say what has become of these lines; what was accepted is heard of at once."""
        ids = [one.job_id for _, _, one in settled if isinstance(one, Admitted)]
        self._count(settled)
        with streams.after(self._stored):
            if self._tells_objects:
                self._tell_objects(settled, () if self._followed else ids)
            elif ids and self._tells_ids:
                self._shell.data("\n".join(ids))

    def rehearse(self, settled: Sequence[Settled]) -> None:
        """Say what would become of these lines."""
        self._count(settled)
        for line, job, one in settled if self._tells_objects else ():
            self._object(line, _would_be(job, one))

    def sum_up(self, done: str, *, way_out: bool = True) -> None:
        """Say how many there were, why not all and, if wanted, how they could be."""
        self._shell.say(*self.tally.lines(done, way_out=way_out))

    @property
    def accepted(self) -> str:
        """How many jobs are in the store, in words that "accepted" can follow."""
        count = self.tally.accepted
        return f"{count:,} {'job is' if count == 1 else 'jobs are'}"

    @property
    def _stored(self) -> str:
        return f"{self.accepted} stored all the same"

    @property
    def _tells_objects(self) -> bool:
        return self._shell.output in {Output.JSON, Output.NDJSON}

    @property
    def _tells_ids(self) -> bool:
        shell = self._shell
        wanted = shell.output is Output.ID or shell.shared.quiet
        return wanted or not shell.terminal.out_is_tty

    def _count(self, settled: Sequence[Settled]) -> None:
        for line, _, one in settled:
            if isinstance(one, PlinthError):
                self.tally.refuse(line, one)
                continue
            self.tally.accepted += 1
            self.last_id = one.job_id
            if self._followed:
                self._lines[one.job_id] = line

    def _tell_objects(self, settled: Sequence[Settled], ids: Sequence[str]) -> None:
        objects = dict(self._objects(ids))
        for line, _, one in settled:
            if isinstance(one, PlinthError):
                self._object(line, as_object(one))
            elif one.job_id in objects:
                self._object(line, objects[one.job_id])

    def _objects(self, ids: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        from plinthctl.render import jsons

        expiry = self._shell.settings.expiry.to_domain()
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            for detail in self._shell.services.submit.details_by_ids(some):
                yield detail.job.id, jsons.job_object(detail, expiry)

    def _object(self, line: int, told: dict[str, Any]) -> None:
        numbered = {"line": line, **told}
        if self._array is not None:
            self._array.add(numbered)
        else:
            self._shell.json(numbered)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            with (
                streams.after(self._stored),
                cautions.still_accepted(self.accepted, "plinthctl list --active"),
            ):
                self._tell_followed()
                self._close()
        elif not isinstance(error, BrokenPipeError | streams.OutputLost):
            # Whatever went wrong: what was accepted is told, and an array is closed.
            with suppress(PlinthError):
                self._tell_followed()
            if self._array is not None and self._array.begun:
                self._close()

    def _tell_followed(self) -> None:
        if self._tells_objects:
            for job_id, told in self._objects(self.ids):
                self._object(self._lines[job_id], told)

    def _close(self) -> None:
        if self._array is not None:
            self._array.close()


def _would_be(job: "NewJob", outcome: Outcome) -> dict[str, Any]:
    from plinthctl.render.orders import order_object

    if isinstance(outcome, PlinthError):
        return as_object(outcome)
    return order_object(job, outcome)


class _Array:
    """A JSON array that is written as it grows."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._last: str | None = None

    @property
    def begun(self) -> bool:
        """Whether it has an element."""
        return self._last is not None

    def add(self, value: Any) -> None:
        """One more element."""
        from plinthctl.render.jsons import dumps

        self._shell.data("[" if self._last is None else f"{self._last},")
        self._last = textwrap.indent(dumps(value), "  ")

    def close(self) -> None:
        """The end; without an element an array is empty."""
        self._shell.data("[]" if self._last is None else f"{self._last}\n]")
