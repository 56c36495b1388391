"""The numbers for Prometheus: the same as `stats` tells, in its words.

Names and units as https://prometheus.io/docs/practices/naming/ wants them. Every label's
values are few and known beforehand (job types and steps of the catalogue, statuses,
rules): organisations and users are none, so the number of series does not grow with them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from plinthctl.domain.alerting import AlertRule, AlertState
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.limits import Scope
from plinthctl.domain.numbers import EndKind
from plinthctl.domain.quality import Quality
from plinthctl.domain.rollups import Total
from plinthctl.domain.snapshot import Durations, Snapshot, TypeNumbers
from plinthctl.errors import StoreUnavailable

if TYPE_CHECKING:
    from plinthctl.services.watch import Watch
    from plinthctl.store import Store

MOST_SERIES: Final = 500  # however many organisations, users and types of old there are
OTHER: Final = "other"  # the type of what the catalogue does not know
_LACKING: Final = (Quality.THIN, Quality.HOLLOW)
_PERCENTILES: Final = (50, 95, 99)
_KNOWN_STEPS: Final = frozenset(
    (kind.name, step.name) for kind in JOB_TYPES.values() for step in kind.steps
)


@dataclass(frozen=True, slots=True)
class Exporter:
    """Reads what is exported."""

    store: "Store"
    watch: "Watch"

    def exposition(self) -> str:
        """The text format. Raises `StoreUnavailable`."""
        return _text(_Fixed(self._metrics()))

    def registry(self) -> CollectorRegistry:
        """What a server asks at each scrape. While the store cannot be reached it says so,
        and nothing else."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Live(self))
        return registry

    def scraped(self) -> Iterator[Metric]:
        """What one scrape is told."""
        try:
            metrics = self._metrics()
        except StoreUnavailable:
            metrics = [_up(0)]
        yield from metrics

    def _metrics(self) -> list[Metric]:
        found = _metrics(self.watch.snapshot(), self.store.totals())
        return [_up(1), *(metric for metric in found if metric.samples)]


def _text(collector: Collector) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry).decode()


class _Fixed(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


class _Live(Collector):
    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter

    def describe(self) -> Iterable[Metric]:
        return ()  # to be registered asks the store for nothing

    def collect(self) -> Iterable[Metric]:
        return self._exporter.scraped()


def _up(value: float) -> Metric:
    return _gauge("store_up", "Whether the store answered this scrape.", [((), value)])


def _metrics(found: Snapshot, totals: dict[str, Total]) -> Iterator[Metric]:
    yield from _now(found)
    yield from _workers(found)
    yield from _of_window(found)
    yield from _since_ever(totals)
    yield from _alerts_and_duties(found)


Labels = tuple[str, ...]
Samples = Iterable[tuple[Labels, float]]


def _now(found: Snapshot) -> Iterator[Metric]:
    now = found.now
    states: Counter[Labels] = Counter()
    for one in found.types:
        states[_known(one.type), "pending"] += one.pending
        states[_known(one.type), "running"] += one.running
    yield _gauge("jobs", "Active jobs.", states.items(), "type", "state")
    yield _gauge("queue_depth", "Jobs that a worker could take now.", [((), now.depth)])
    yield _gauge("jobs_scheduled", "Pending jobs that are not due yet.", [((), now.scheduled)])
    yield _gauge("jobs_parked", "Pending jobs that wait for a provider.", [((), now.parked)])
    yield _gauge(
        "queue_oldest_age_seconds",
        "How long the longest waiting job has been due; 0 where none waits.",
        [((), now.oldest_due_s or 0.0)],
    )
    yield _gauge(
        "jobs_stuck",
        "Jobs beyond their clocks, and those that a sweep ended or gave back within 15 minutes.",
        [
            (("pending",), now.stuck_pending),
            (("running",), now.stuck_running),
            (("reaped",), now.reaped),
        ],
        "state",
    )
    if now.last_end_at is not None:
        ended_at = now.last_end_at.timestamp()
        yield _gauge("last_end_timestamp_seconds", "When the newest end was.", [((), ended_at)])
    full = Counter(one.scope for one in found.full if one.full)
    yield _gauge(
        "limits_full",
        "Organizations, users and decisions without a free place, of the 100 fullest.",
        [((scope.value,), full[scope]) for scope in Scope],
        "scope",
    )
    yield _gauge(
        "pauses", "Job types, or all intake, that are held back.", [((), len(found.pauses))]
    )


def _workers(found: Snapshot) -> Iterator[Metric]:
    silent = sum(one.silent for one in found.workers)
    states = [(("alive",), len(found.workers) - silent), (("silent",), silent)]
    yield _gauge("workers", "Workers that have not retired.", states, "state")
    slots = sum(one.slots for one in found.workers)
    used = sum(one.running for one in found.workers)
    places = [(("used",), used), (("free",), max(0, slots - used))]
    yield _gauge("worker_slots", "Jobs that workers run, and could run besides.", places, "state")


def _of_window(found: Snapshot) -> Iterator[Metric]:
    types = [one for one in found.types if one.type in JOB_TYPES]
    for name, about, durations in _DURATIONS:
        samples = [s for one in types for s in _percentiles((one.type,), durations(one))]
        yield _gauge(name, f"{about}, over the last hour.", samples, "type", "percentile")
    yield _gauge(
        "job_normal_duration_seconds",
        "P95 of the last 7 days without the last one, or the catalogue's guess.",
        [((one.type,), one.normal.p95_s) for one in types],
        "type",
    )
    yield _gauge(
        "job_failure_ratio",
        "Failed among failed and completed jobs, over the last hour.",
        [((one.type,), rate) for one in types if (rate := one.failure_rate) is not None],
        "type",
    )
    yield _gauge(
        "job_hollow_ratio",
        "Completed jobs with next to nothing in their results, over the last hour.",
        [((one.type,), rate) for one in types if (rate := one.hollow_rate) is not None],
        "type",
    )
    steps = [one for one in found.steps if (one.type, one.step) in _KNOWN_STEPS]
    yield _gauge(
        "step_duration_seconds",
        "Last try of each step of completed jobs, over the last hour.",
        [
            ((one.type, one.step, "95"), one.duration.p95_s)
            for one in steps
            if one.duration.p95_s is not None
        ],
        "type",
        "step",
        "percentile",
    )
    yield _gauge(
        "step_normal_duration_seconds",
        "P95 of the last 7 days without the last one.",
        [((one.type, one.step), one.normal.p95_s) for one in steps if one.normal is not None],
        "type",
        "step",
    )


_DURATIONS: Final[tuple[tuple[str, str, Callable[[TypeNumbers], Durations]], ...]] = (
    ("job_duration_seconds", "Run of completed jobs", lambda one: one.duration),
    ("job_wait_seconds", "Creation to run of completed jobs", lambda one: one.wait),
    ("job_completion_seconds", "Creation to end of completed jobs", lambda one: one.completion),
)


def _percentiles(labels: Labels, found: Durations) -> Iterator[tuple[Labels, float]]:
    values = (found.p50_s, found.p95_s, found.p99_s)
    for percent, value in zip(_PERCENTILES, values, strict=True):
        if value is not None:
            yield (*labels, str(percent)), value


def _since_ever(totals: dict[str, Total]) -> Iterator[Metric]:
    created: Counter[Labels] = Counter({(name,): 0 for name in JOB_TYPES})
    ends: Counter[Labels] = Counter({(name, k.value): 0 for name in JOB_TYPES for k in EndKind})
    costs: dict[Labels, float] = {(name,): 0.0 for name in JOB_TYPES}
    lacking: Counter[Labels] = Counter(
        {(name, quality.value): 0 for name in JOB_TYPES for quality in _LACKING}
    )
    for name, total in totals.items():
        known = _known(name)
        created[(known,)] += total.created
        costs[(known,)] = costs.get((known,), 0.0) + total.cost_usd
        for kind in EndKind:
            ends[known, kind.value] += total.ends[kind]
        for quality in _LACKING:
            lacking[known, quality.value] += total.qualities[quality]
    yield _counter("jobs_submitted", "Jobs accepted.", created.items(), "type")
    yield _counter("job_ends", "Ends of runs, by how they ended.", ends.items(), "type", "kind")
    yield _counter("cost_dollars", "What ended runs cost, as far as known.", costs.items(), "type")
    about = "Completed jobs whose results lack something, thin, or nearly all, hollow."
    yield _counter("jobs_lacking", about, lacking.items(), "type", "quality")


def _alerts_and_duties(found: Snapshot) -> Iterator[Metric]:
    open_ = Counter(one.rule for one in found.alerts if one.state is not AlertState.OK)
    yield _gauge(
        "alerts_open",
        "Alerts that fire, acknowledged and silenced ones included.",
        [((rule.value,), open_[rule]) for rule in AlertRule],
        "rule",
    )
    done = [((one.name,), one.done_at.timestamp()) for one in found.duties if one.done_at]
    yield _gauge("duty_last_run_timestamp_seconds", "When a duty was done last.", done, "duty")


def _known(name: str) -> str:
    return name if name in JOB_TYPES else OTHER


def _gauge(name: str, about: str, samples: Samples, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"plinthctl_{name}", about, labels=labels), samples)


def _counter(name: str, about: str, samples: Samples, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"plinthctl_{name}", about, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for labels, value in samples:
        family.add_metric(labels, value)
    return family
