"""The tables, and the predicates that partial indexes and queries share.

``jobs`` is hot and narrow: what claims, limits, lists and progress need. What a
job was given and made stands in ``job_data``. Times are microseconds since 1970
UTC in both databases, so that the same arithmetic serves them.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    exists,
    func,
    literal_column,
    select,
)

from plinthctl.domain.circuits import CircuitState
from plinthctl.domain.job import JobEvent, JobStatus
from plinthctl.domain.pauses import ALL
from plinthctl.domain.results import ResultKind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text from anywhere. What no database can hold (NUL, lone surrogates)
    becomes U+FFFD; everything else is kept as it came."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _UNSTORABLE.sub("\ufffd", value)


metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


def _of_job(**options: Any) -> Column[str]:
    return Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), **options)


jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("org", Words, nullable=False),
    Column("user", Words, nullable=False),
    Column("decision", String),
    Column("key", Words),
    Column("status", String, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("step", String),
    Column("status_message", Words),
    Column("attempt", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("worker_id", String),
    Column("claim_token", BigInteger, nullable=False),
    Column("event_seq", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("available_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("completed_at", UtcTime),
    Column("cancel_requested_at", UtcTime),
    Column("error_code", String),
    Column("error", Words),
    Column("simulated", Boolean),
    Column("parked", String),  # the open circuit that it waits for
    Column("quality", String),
    Column("quality_reason", Words),
    CheckConstraint(
        "status IN ('pending', 'running', 'completed', 'failed', 'cancelled')", name="status"
    ),
    postgresql_with={"fillfactor": "80"},
)


def has_status(*statuses: JobStatus) -> ColumnElement[bool]:
    """``jobs.status`` is one of these, as constants in the SQL.

    A bound ``IN (?, ?)`` hides from SQLite that a partial index fits, and it
    scans the table instead.
    """
    constants: list[Any] = [literal_column(f"'{status}'") for status in sorted(statuses)]
    column: ColumnElement[str] = jobs.c.status
    return column == constants[0] if len(constants) == 1 else column.in_(constants)


IS_PENDING: Final = has_status(JobStatus.PENDING)
IS_RUNNING: Final = has_status(JobStatus.RUNNING)
IS_ACTIVE: Final = has_status(JobStatus.PENDING, JobStatus.RUNNING)
IS_FINAL: Final = has_status(JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


IS_PARKED: Final = jobs.c.parked.is_not(None)
NOT_PARKED: Final = jobs.c.parked.is_(None)


def _partial(name: str, where: Any, *columns: Any) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


_partial("jobs_due", IS_PENDING, jobs.c.available_at, jobs.c.id)
_partial("jobs_running_by_worker", IS_RUNNING, jobs.c.worker_id)
_partial("jobs_running_since", IS_RUNNING, jobs.c.started_at)
_partial("jobs_active_by_org", IS_ACTIVE, jobs.c.org)
_partial("jobs_active_by_user", IS_ACTIVE, jobs.c.user)
_partial("jobs_active_by_decision", IS_ACTIVE, jobs.c.decision)
_partial("jobs_ended", IS_FINAL, jobs.c.status, jobs.c.completed_at)
_partial("jobs_parked", IS_PARKED, jobs.c.parked)
SHORT_ID: Final = func.substr(jobs.c.id, literal_column("23"))  # the last 8 of 30 characters
Index("jobs_short_id", SHORT_ID)
Index("jobs_created", jobs.c.created_at, jobs.c.type)

job_data = Table(
    "job_data",
    metadata,
    _of_job(primary_key=True),
    Column("input", JSON, nullable=False),
    Column("output", JSON(none_as_null=True)),
    Column("error_detail", JSON(none_as_null=True)),
)

job_steps = Table(
    "job_steps",
    metadata,
    _of_job(primary_key=True),
    Column("step", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("retry_at", UtcTime),
    Column("token", BigInteger, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("reason", Words),
    Column("output", JSON(none_as_null=True)),
    CheckConstraint("state IN ('running', 'waiting', 'done', 'degraded')", name="state"),
)

step_tries = Table(
    "step_tries",
    metadata,
    _of_job(primary_key=True),
    Column("step", String, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("failure_class", String),
    Column("provider", String),
    Column("http_status", Integer),
    Column("provider_code", Words),
    Column("request_id", Words),
    Column("message", Words),
    Column("detail", Words),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("output_tokens", Integer),
    Column("credits", Float),
    Column("cost_usd", Float),
)

job_events = Table(
    "job_events",
    metadata,
    _of_job(primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", Words),
    Column("token", BigInteger, nullable=False),
    Column("data", JSON, nullable=False),
)
IS_RECOVERY: Final = job_events.c.kind == literal_column(f"'{JobEvent.RECOVER}'")
_partial("job_events_recovered", IS_RECOVERY, job_events.c.at)

job_ends = Table(
    # Append-only and without a foreign key: a retry or a purge cannot change the past.
    "job_ends",
    metadata,
    Column("job_id", String, primary_key=True),
    Column("token", BigInteger, primary_key=True),
    Column("type", String, nullable=False),
    Column("org", Words, nullable=False),
    Column("status", String, nullable=False),
    Column("code", String),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime, nullable=False),
    Column("step_times", JSON, nullable=False),
    Column("cost_usd", Float),
    Column("quality", String),
)
Index("job_ends_by_time", job_ends.c.ended_at)
# What an organisation spent of late is summed up from this index alone.
Index("job_ends_by_org", job_ends.c.org, job_ends.c.ended_at, job_ends.c.cost_usd)
HAS_COMPLETED: Final = job_ends.c.status == literal_column(f"'{JobStatus.COMPLETED}'")
_partial("job_ends_completed", HAS_COMPLETED, job_ends.c.type, job_ends.c.ended_at)

rollups = Table(
    # What ended in each hour, by type; ``step`` "" is the whole job. The last three are
    # histograms that can be added up (`domain.spread`); a step has only the first.
    "rollups",
    metadata,
    Column("hour_at", UtcTime, primary_key=True),
    Column("type", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("created", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("expired", Integer, nullable=False),
    Column("invalid", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("cost_usd", Float),
    Column("duration", JSON, nullable=False),
    Column("wait", JSON(none_as_null=True)),
    Column("completion", JSON(none_as_null=True)),
    Column("thin", Integer),
    Column("hollow", Integer),
)

IS_WHOLE: Final = rollups.c.step == literal_column("''")
# All that ever was is summed up from this index alone.
_partial(
    "rollups_counts",
    IS_WHOLE,
    rollups.c.type,
    rollups.c.created,
    rollups.c.completed,
    rollups.c.failed,
    rollups.c.expired,
    rollups.c.invalid,
    rollups.c.cancelled,
    rollups.c.cost_usd,
    rollups.c.thin,
    rollups.c.hollow,
)

normals = Table(
    # What is normal in the hour that began at ``hour_at``; merging a week's histograms
    # for each look would cost more than all else that it reads.
    "normals",
    metadata,
    Column("type", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("hour_at", UtcTime, nullable=False),
    Column("p95_s", Float, nullable=False),
)

samples = Table(
    # What was in the store at each minute.
    "samples",
    metadata,
    Column("at", UtcTime, primary_key=True),
    Column("depth", Integer, nullable=False),
    Column("running", Integer, nullable=False),
)

job_keys = Table(
    "job_keys",
    metadata,
    Column("org", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    _of_job(nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
Index("job_keys_by_job", job_keys.c.job_id)

workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Words, nullable=False),
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("boot_id", String),
    Column("life_file", Words),
    Column("version", String, nullable=False),
    Column("types", JSON, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
    Column("retired_at", UtcTime),
    Column("mode", String),
    Column("mode_why", Words),
    postgresql_with={"fillfactor": "50"},
)

store_names = Table(
    # One row, made with the schema: what this store is called on a server that
    # several stores share. An address would not do, one store may have several.
    "store_names",
    metadata,
    Column("name", String, primary_key=True),
)

duties = Table(
    "duties",
    metadata,
    Column("name", String, primary_key=True),
    Column("due_at", UtcTime, nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", String, primary_key=True),
    Column("paused_at", UtcTime, nullable=False),
    Column("operator", Words, nullable=False),
    Column("reason", Words),
)
# Of a job: whether nobody holds it back. No subquery asks for a job, so that each is
# answered once for a whole statement, and the index of due jobs still leads it.
NOT_PAUSED: Final = and_(
    jobs.c.type.not_in(select(pauses.c.scope)),
    ~exists().where(pauses.c.scope == literal_column(f"'{ALL}'")),
)

circuits = Table(
    # One row for each provider and key that there was ever trouble with.
    "circuits",
    metadata,
    Column("provider", String, primary_key=True),
    Column("key", String, primary_key=True),  # a salted digest, or any
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("message", Words),
    Column("opened_at", UtcTime, nullable=False),
    Column("probe_at", UtcTime),
    Column("refused", Integer, nullable=False),
    Column("probe_job", String),
    Column("operator", Words),
    CheckConstraint("state IN ('closed', 'open', 'half_open')", name="state"),
)
IS_TROUBLED: Final = circuits.c.state != literal_column(f"'{CircuitState.CLOSED}'")
# Asked for beside something else, so that a claim costs no further question.
ANY_TROUBLE: Final = exists().where(IS_TROUBLED).label("troubled")

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("scope", String, nullable=False),  # a job type, or everything
    Column("severity", String, nullable=False),
    Column("fired_at", UtcTime, nullable=False),
    Column("value", Float, nullable=False),
    Column("peak", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("place", Words),
    Column("why", JSON, nullable=False),
    Column("action", Words, nullable=False),
    Column("command", Words, nullable=False),
    Column("below_since", UtcTime),
    Column("resolved_at", UtcTime),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", Words),
    Column("acknowledged_reason", Words),
)
IS_OPEN: Final = alerts.c.resolved_at.is_(None)
Index(
    # One incident, however many evaluate.
    "alerts_open",
    alerts.c.rule,
    alerts.c.scope,
    unique=True,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
Index("alerts_by_time", alerts.c.fired_at)

alert_outbox = Table(
    "alert_outbox",
    metadata,
    Column("alert_id", String, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("what", String, primary_key=True),
    Column("sink", String, primary_key=True),
    Column("due_at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_tried_at", UtcTime),
    Column("told_at", UtcTime),
    Column("given_up_at", UtcTime),
    Column("error", Words),
)
IS_UNTOLD: Final = and_(alert_outbox.c.told_at.is_(None), alert_outbox.c.given_up_at.is_(None))
_partial("alert_outbox_due", IS_UNTOLD, alert_outbox.c.due_at)

alert_silences = Table(
    "alert_silences",
    metadata,
    Column("rule", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Column("operator", Words, nullable=False),
    Column("reason", Words),
)

operator_audit = Table(
    "operator_audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("operator", Words, nullable=False),
    Column("action", String, nullable=False),
    Column("job_id", String),
    Column("reason", Words),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
)
Index("operator_audit_by_job", operator_audit.c.job_id)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String, primary_key=True),
    Column("org", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("question", Words),
    Column("context", Words),
    Column("criteria", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

options = Table(
    "options",
    metadata,
    Column("id", String, primary_key=True),
    Column("decision_id", String, ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words),
    UniqueConstraint("decision_id", "ordinal"),
)


def _results(name: str, *own: Column[Any]) -> Table:
    """A result table: it carries its own provenance and outlives its job."""
    return Table(
        name,
        metadata,
        Column("id", String, primary_key=True),
        Column("job_id", String, nullable=False),
        Column("ordinal", Integer, nullable=False),
        Column("org", Words, nullable=False),
        Column("decision", String),
        *own,
        Column("title", Words, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("simulated", Boolean, nullable=False),
        Column("model", Words),
        Column("prompt_version", String),
        Column("sources", JSON, nullable=False),
        Column("input_tokens", Integer),
        Column("output_tokens", Integer),
        Column("cost_usd", Float),
        Column("body", JSON, nullable=False),
        UniqueConstraint("job_id", "ordinal"),
    )


result_tables: Final[dict[ResultKind, Table]] = {
    ResultKind.PROFILE: _results("competitor_profiles"),
    ResultKind.EVIDENCE: _results("evidence_items"),
    ResultKind.ANALYSIS: _results("option_analyses", Column("option_id", String)),
    ResultKind.BRIEF: _results("briefs"),
}
