"""Runs a pipeline's steps in catalogue order, without a store or a worker."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plinthctl.domain.archive import DecisionDetail
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.decisions import Criterion, DecisionContext
from plinthctl.domain.failures import Usage
from plinthctl.domain.ids import RANDOM_BYTES, new_id
from plinthctl.domain.inputs import parse
from plinthctl.domain.views import ResultView
from worker.context import Call, Finished, Providers, StepContext
from worker.pipelines import steps_of

DECISION = DecisionContext(
    id="dec_1",
    org="acme",
    title="Which anvil",
    question="Shall we build our own?",
    context="Coyotes\nare many.",
    criteria=(Criterion("price", 0.5, "lower"),),
    options=(),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass
class Run:
    """One job's way through its steps. ``without`` are steps that end degraded, ``held``
    is what jobs have gathered for the decision, ``reached`` what was told of progress."""

    job_type: str
    given: dict[str, Any]
    decision: DecisionContext | None = None
    without: frozenset[str] = frozenset()
    feedback: str | None = None
    job_id: str = field(default_factory=lambda: f"job_{secrets.token_hex(8)}")
    outputs: dict[str, Any] = field(default_factory=dict)
    spent: dict[str, list[Usage]] = field(default_factory=dict)
    held: tuple[ResultView, ...] = ()
    reached: list[float] = field(default_factory=list)

    async def all_steps(self, providers: Providers) -> Finished:
        for step in JOB_TYPES[self.job_type].steps:
            self.outputs[step.name] = await self.step(step.name, providers)
        last = self.outputs[step.name]
        assert isinstance(last, Finished)
        return last

    async def step(self, name: str, providers: Providers) -> Any:
        if name in self.without:
            return None
        return await steps_of(self.job_type)[name](self.context(name, providers))

    async def gathered(self) -> DecisionDetail | None:
        if self.decision is None:
            return None
        return DecisionDetail(self.decision, self.held, datetime.now(UTC))

    def context(self, step: str, providers: Providers) -> StepContext:
        model = JOB_TYPES[self.job_type].input_model
        spent = self.spent.setdefault(step, [])
        return StepContext(
            job_id=self.job_id,
            org="acme",
            step=step,
            input=parse(model, self.given, job_type=self.job_type),
            outputs=dict(self.outputs),
            decision=self.decision,
            feedback=self.feedback,
            room=1,
            providers=providers,
            call=Call(f"{self.job_id}:{step}:1", spent.append),
            now=lambda: datetime.now(UTC),
            new_id=lambda p: new_id(p, int(time.time() * 1000), secrets.token_bytes(RANDOM_BYTES)),
            gathered=self.gathered,
            reached=self.reached.append,
        )
