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
        tx.insert_all(result_tables[result.kind], [row(_made(tx, job, result))])


def _made(tx: Tx, job: Row[Any], result: NewResult) -> ResultView:
    made = result.provenance
    return ResultView(
        id=result.id,
        kind=result.kind,
        title=result.title,
        org=job.org,
        decision=job.decision,
        job_id=job.id,
        created_at=tx.now,
        simulated=made.simulated,
        model=made.model,
        prompt_version=made.prompt_version,
        sources=tuple(source.model_dump(mode="json") for source in made.sources),
        body=result.body,
        option_id=result.option_id,
        ordinal=result.ordinal,
        input_tokens=made.usage.input_tokens,
        output_tokens=made.usage.output_tokens,
        cost_usd=made.usage.cost_usd,
    )


def row(result: ResultView) -> dict[str, Any]:
    """The values of a result's row: the columns have the names of the fields."""
    columns = result_tables[ResultKind(result.kind)].columns
    return {column.name: getattr(result, column.name) for column in columns}


def view(kind: ResultKind, stored: Row[Any]) -> ResultView:
    """The result in a row of its kind's table."""
    values = dict(stored._mapping)
    return ResultView(kind=kind, **{**values, "sources": tuple(values["sources"])})


def of_jobs(tx: Tx, job_ids: Sequence[str]) -> tuple[ResultView, ...]:
    """Everything that these jobs produced, each job's in its order."""
    return tuple(
        view(kind, stored)
        for kind, table in result_tables.items()
        for stored in tx.execute(
            select(table).where(table.c.job_id.in_(job_ids)).order_by(table.c.ordinal)
        )
    )
