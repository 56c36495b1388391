"""The pipeline of an errand: no provider, no time of its own, and a note of each time a
step runs."""

import asyncio
import os
from pathlib import Path
from typing import Final

from plinthctl.domain.failures import Usage
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.results import NewResult, Provenance, ResultKind
from worker.context import Finished, StepContext

FOLDER: Final = Path(os.environ["PLINTH_TEST_ERRANDS"])
LOOK_EVERY_S: Final = 0.05


async def go(context: StepContext) -> str:
    _note(context)
    if context.input.model_dump()["waits"]:
        await _until_let_go()
    return "gone"


async def _until_let_go() -> None:
    while not _may_go():  # noqa: ASYNC110 - files tell nobody that they are there
        await asyncio.sleep(LOOK_EVERY_S)


def _may_go() -> bool:
    """Whether all may, or this one has got a pass."""
    return (FOLDER / "open").exists() or any(map(_taken, FOLDER.glob("pass-*")))


def _taken(one: Path) -> bool:
    try:
        one.unlink()
    except FileNotFoundError:  # by another
        return False
    return True


async def come_back(context: StepContext) -> Finished:
    _note(context)
    new_id = context.new_id(IdPrefix.PROFILE)
    made = Provenance((), None, None, Usage(), simulated=True)
    row = NewResult(new_id, ResultKind.PROFILE, "Errand", {"went": context.outputs["go"]}, made)
    return Finished({"done": True}, (row,))


def _note(context: StepContext) -> None:
    """Outside the store: it must not be the only one to say how often a step has run."""
    file = os.open(FOLDER / "notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{context.job_id} {context.step} {os.getpid()}\n".encode())
    os.close(file)


STEPS = {"go": go, "come-back": come_back}
