"""Every setting, its type and its default: the one table of SPEC.md section 11."""

import getpass
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from plinthctl import paths
from plinthctl.domain import alert_rules, budgets, circuits
from plinthctl.domain import expiry as rules
from plinthctl.domain import limits as places
from plinthctl.domain.failures import FailureClass
from plinthctl.domain.retries import POLICIES, RetryPolicy
from plinthctl.settings.kinds import (
    Amount,
    BellUrl,
    CommandLine,
    Count,
    DatabaseUrl,
    Duration,
    Factor,
    HookUrl,
    PushUrls,
    Refresh,
    RetryCount,
    Share,
    Slots,
    Span,
    Temperature,
    WebBase,
    Word,
)

_PLACES: Final = places.Limits()
_BUDGETS: Final = budgets.Budgets()
_EXPIRY: Final = rules.Expiry()
_RETENTION: Final = rules.Retention()
_CIRCUITS: Final = circuits.CircuitRules()
_ALERTS: Final = alert_rules.AlertRules()


def os_user() -> str:
    """The name of whoever runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"


class Group(BaseModel):
    """A table of the configuration: nothing in it is unknown, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Database(Group):
    url: DatabaseUrl | None = None


class Redis(Group):
    url: BellUrl = SecretStr("embedded")


class Identity(Group):
    org: Word = "default"
    user: Word = Field(default_factory=os_user)


class Worker(Group):
    concurrency: Slots = 10
    drain: Duration = timedelta(seconds=30)


class NamedLimits(Group):
    """Exceptions: the id, and how many jobs it may have active."""

    org: Mapping[str, Count] = {}
    user: Mapping[str, Count] = {}
    decision: Mapping[str, Count] = {}


class Limits(Group):
    org: Count = _PLACES.org
    user: Count = _PLACES.user
    decision: Count = _PLACES.decision
    named: NamedLimits = NamedLimits()

    def to_domain(self) -> places.Limits:
        """The limits themselves."""
        named = {
            (scope, identifier): at_most
            for scope in places.Scope
            for identifier, at_most in getattr(self.named, scope).items()
        }
        return places.Limits(self.org, self.user, self.decision, named)


class Budgets(Group):
    """US dollars that an organisation may spend in a day."""

    org: Amount | None = None
    named: Mapping[str, Amount] = {}
    warn: Share = _BUDGETS.warn
    refuse: bool = _BUDGETS.refuse

    def to_domain(self) -> budgets.Budgets:
        """The budgets themselves."""
        return budgets.Budgets(self.org, self.named, self.warn, self.refuse)


class Expiry(Group):
    pending: Span = _EXPIRY.pending_for
    running: Span = _EXPIRY.running_for

    def to_domain(self) -> rules.Expiry:
        """The two clocks as sweeping reads them."""
        return rules.Expiry(self.pending, self.running)


class Retention(Group):
    completed: Span = _RETENTION.completed_for
    failed: Span = _RETENTION.failed_for
    cancelled: Span = _RETENTION.cancelled_for

    def to_domain(self) -> rules.Retention:
        """How long ended jobs are kept, as purging reads it."""
        return rules.Retention(self.completed, self.failed, self.cancelled)


class Retries(Group):
    """Retries by failure class. A step runs at most 4 times, whatever is set."""

    network_timeout: RetryCount = POLICIES[FailureClass.NETWORK_TIMEOUT].retries
    rate_limited: RetryCount = POLICIES[FailureClass.RATE_LIMITED].retries
    provider_unavailable: RetryCount = POLICIES[FailureClass.PROVIDER_UNAVAILABLE].retries
    parse_error: RetryCount = POLICIES[FailureClass.PARSE_ERROR].retries
    invalid_input: RetryCount = POLICIES[FailureClass.INVALID_INPUT].retries
    auth_failure: RetryCount = POLICIES[FailureClass.AUTH_FAILURE].retries
    quota_exhausted: RetryCount = POLICIES[FailureClass.QUOTA_EXHAUSTED].retries
    content_refused: RetryCount = POLICIES[FailureClass.CONTENT_REFUSED].retries
    unknown: RetryCount = POLICIES[FailureClass.UNKNOWN].retries

    def to_domain(self) -> Mapping[FailureClass, RetryPolicy]:
        """The policies of all classes, with these numbers of retries."""
        return {c: replace(POLICIES[c], retries=getattr(self, c)) for c in FailureClass}


class Circuits(Group):
    """When jobs wait for a provider instead of failing, and how it is probed."""

    error_rate: Share = _CIRCUITS.error_rate
    min_samples: Count = _CIRCUITS.min_samples
    window: Span = timedelta(seconds=_CIRCUITS.window_s)
    probe_after: Span = timedelta(seconds=_CIRCUITS.probe_after_s)
    probe_at_most: Span = timedelta(seconds=_CIRCUITS.probe_cap_s)

    def to_domain(self) -> circuits.CircuitRules:
        """The rules as workers read them."""
        return circuits.CircuitRules(
            self.error_rate,
            self.min_samples,
            self.window.total_seconds(),
            self.probe_after.total_seconds(),
            max(self.probe_after, self.probe_at_most).total_seconds(),
        )


class FailureRate(Group):
    threshold: Share = _ALERTS.failure_rate.threshold
    window: Span = _ALERTS.failure_rate.window
    min_samples: Count = _ALERTS.failure_rate.min_samples


class QueueDepth(Group):
    threshold: Count = int(_ALERTS.queue_depth.threshold)


class P95Duration(Group):
    threshold: Factor = _ALERTS.p95_duration.threshold
    window: Span = _ALERTS.p95_duration.window
    min_samples: Count = _ALERTS.p95_duration.min_samples


class StuckJobs(Group):
    threshold: Count = int(_ALERTS.stuck_jobs.threshold)
    window: Span = _ALERTS.stuck_jobs.window


class HollowRate(Group):
    threshold: Share = _ALERTS.hollow_rate.threshold
    window: Span = _ALERTS.hollow_rate.window
    min_samples: Count = _ALERTS.hollow_rate.min_samples


class AlertUrls(Group):
    """Apprise addresses that are told of a severity, several with blanks between."""

    page: PushUrls | None = None
    warning: PushUrls | None = None
    investigate: PushUrls | None = None


class Alerts(Group):
    failure_rate: FailureRate = FailureRate()
    queue_depth: QueueDepth = QueueDepth()
    p95_duration: P95Duration = P95Duration()
    stuck_jobs: StuckJobs = StuckJobs()
    hollow_rate: HollowRate = HollowRate()
    command: CommandLine | None = None
    webhook: HookUrl | None = None
    urls: AlertUrls = AlertUrls()
    timeout: Span = timedelta(seconds=3)

    def to_domain(self) -> alert_rules.AlertRules:
        """The bars of the rules."""
        rates, times, hollow = self.failure_rate, self.p95_duration, self.hollow_rate
        return alert_rules.AlertRules(
            alert_rules.Bar(rates.threshold, rates.window, rates.min_samples),
            alert_rules.Bar(self.queue_depth.threshold),
            alert_rules.Bar(times.threshold, times.window, times.min_samples),
            alert_rules.Bar(self.stuck_jobs.threshold, self.stuck_jobs.window),
            hollow_rate=alert_rules.Bar(hollow.threshold, hollow.window, hollow.min_samples),
        )


class Mode(StrEnum):
    """``auto`` is live as soon as one provider key is set, and simulated before."""

    AUTO = "auto"
    SIMULATED = "simulated"
    LIVE = "live"


class Firecrawl(Group):
    api_key: SecretStr | None = None
    base_url: WebBase = "https://api.firecrawl.dev"
    timeout: Span = timedelta(seconds=45)


class Exa(Group):
    api_key: SecretStr | None = None
    base_url: WebBase = "https://api.exa.ai"
    timeout: Span = timedelta(seconds=25)


class G2(Group):
    api_key: SecretStr | None = None
    base_url: WebBase = "https://data.g2.com"
    timeout: Span = timedelta(seconds=20)


class Price(Group):
    """US dollars per million tokens."""

    input: Amount
    cached: Amount | None = None
    output: Amount


class Llm(Group):
    api_key: SecretStr | None = None
    base_url: WebBase = "https://api.openai.com/v1"
    timeout: Span = timedelta(seconds=60)
    model: Word | None = None
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    response_format: Literal["json_schema", "json_object", "none"] = "json_schema"
    stream_usage: bool = True
    temperature: Temperature | None = None
    prices: Mapping[str, Price] = {}


class Providers(Group):
    mode: Mode = Mode.AUTO
    allow_private_addresses: bool = False
    firecrawl: Firecrawl = Firecrawl()
    exa: Exa = Exa()
    g2: G2 = G2()
    llm: Llm = Llm()

    @property
    def effective_mode(self) -> Literal[Mode.SIMULATED, Mode.LIVE]:
        """Simulated or live; the two are never mixed."""
        if self.mode is not Mode.AUTO:
            return self.mode
        keys = (p.api_key for p in (self.firecrawl, self.exa, self.g2, self.llm))
        return Mode.LIVE if any(key is not None for key in keys) else Mode.SIMULATED

    @property
    def lacks_model(self) -> bool:
        """Whether a live LLM has a key, but nobody has said which model to use."""
        live = self.effective_mode is Mode.LIVE
        return live and self.llm.api_key is not None and self.llm.model is None


class Simulator(Group):
    speed: Amount = 1.0
    url: WebBase | None = None
    journal: Path | None = None


class Sentry(Group):
    dsn: SecretStr | None = None
    environment: Word | None = None


class Top(Group):
    interval: Refresh = timedelta(seconds=2)
    theme: Word = "default"
    keys: Mapping[str, str] = {}


class Log(Group):
    format: Literal["auto", "text", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Group):
    """Everything that can be set, checked and frozen."""

    read_only: bool = False
    database: Database = Database()
    redis: Redis = Redis()
    identity: Identity = Field(default_factory=Identity)
    worker: Worker = Worker()
    limits: Limits = Limits()
    budgets: Budgets = Budgets()
    expiry: Expiry = Expiry()
    retention: Retention = Retention()
    retries: Retries = Retries()
    circuits: Circuits = Circuits()
    alerts: Alerts = Alerts()
    providers: Providers = Providers()
    simulator: Simulator = Simulator()
    sentry: Sentry = Sentry()
    top: Top = Top()
    log: Log = Log()

    @property
    def database_url(self) -> str:
        """The store's address, password and all; by default a SQLite file of this user's."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{paths.default_database()}"

    @property
    def admission(self) -> places.Limits:
        """The limits as admission reads them: a job that has expired holds no place, and a
        day's budget is one of them."""
        return replace(
            self.limits.to_domain(),
            expiry=self.expiry.to_domain(),
            budgets=self.budgets.to_domain(),
        )

    @property
    def redis_url(self) -> str:
        """The bell's address, password and all, or ``embedded``."""
        return self.redis.url.get_secret_value()
