"""Result rows: written with their job's end, read long after it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from plinthctl.domain.results import NewResult, ResultKind
from plinthctl.domain.views import ResultView
from plinthctl.store.tables import result_tables
from plinthctl.store.tx import Tx


def insert(tx: Tx, job: Row[Any], new: Sequence[NewResult]) -> None:
    """Write the rows of a job that completes in this transaction."""
    for result in new:
        tx.insert_all(result_tables[result.kind], [_row(tx, job, result)])


def _row(tx: Tx, job: Row[Any], result: NewResult) -> dict[str, Any]:
    made = result.provenance
    row = {
        "id": result.id,
        "job_id": job.id,
        "ordinal": result.ordinal,
        "org": job.org,
        "decision": job.decision,
        "title": result.title,
        "created_at": tx.now,
        "simulated": made.simulated,
        "model": made.model,
        "prompt_version": made.prompt_version,
        "sources": [source.model_dump(mode="json") for source in made.sources],
        "input_tokens": made.usage.input_tokens,
        "output_tokens": made.usage.output_tokens,
        "cost_usd": made.usage.cost_usd,
        "body": result.body,
    }
    if result.kind is ResultKind.ANALYSIS:
        row["option_id"] = result.option_id
    return row


def of_jobs(tx: Tx, job_ids: Sequence[str]) -> tuple[ResultView, ...]:
    """Everything that these jobs produced, each job's in its order."""
    return tuple(
        _view(kind, row)
        for kind, table in result_tables.items()
        for row in tx.execute(
            select(table).where(table.c.job_id.in_(job_ids)).order_by(table.c.ordinal)
        )
    )


def _view(kind: ResultKind, row: Row[Any]) -> ResultView:
    return ResultView(
        id=row.id,
        kind=kind,
        title=row.title,
        org=row.org,
        decision=row.decision,
        job_id=row.job_id,
        created_at=row.created_at,
        simulated=row.simulated,
        model=row.model,
        prompt_version=row.prompt_version,
        sources=tuple(row.sources),
        body=row.body,
    )
