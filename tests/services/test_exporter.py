"""What Prometheus is told keeps its conventions: https://prometheus.io/docs/practices/naming/
and https://prometheus.io/docs/instrumenting/exposition_formats/."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from urllib.request import ProxyHandler, build_opener

import pytest
from prometheus_client import start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict_families
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from plinthctl.domain.expiry import Expiry
from plinthctl.domain.limits import Limits
from plinthctl.errors import StoreUnavailable
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.exporter import MOST_SERIES, Exporter
from plinthctl.services.watch import Watch
from plinthctl.store import Store, open_store, upgrade_store
from plinthctl.store.tables import job_ends, jobs
from plinthctl.store.tx import Tx
from tests.seeding import OLD_TYPE, Seeds
from tests.store.acts import admitted, write

NO_UNIT_OF_OURS = re.compile(r"_(ms|milliseconds|minutes|hours|usd|percent|cents)(_|$)")
RESERVED = ("_bucket", "_count", "_sum", "_created", "_info", "_total")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with 10,000 organisations, of which many have active jobs."""
    url = f"sqlite:///{tmp_path_factory.mktemp('exported') / 'plinthctl.db'}"
    upgrade_store(url)
    opened = open_store(url)
    Seeds(opened.now(), timedelta(days=1)).sow(opened, 10_000)
    for table in (jobs, job_ends):
        own = update(table).values(org="org-" + next(iter(table.primary_key)))
        write(opened, partial(Tx.execute, statement=own))
    for _ in range(50):
        admitted(opened)
    Bookkeeper(opened, Expiry()).catch_up(1_000)
    Bookkeeper(opened, Expiry()).in_turn()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def exporter(store: Store) -> Exporter:
    return Exporter(store, Watch(store, Expiry(), Limits()))


@pytest.fixture(scope="module")
def told(exporter: Exporter) -> str:
    return exporter.exposition()


@pytest.fixture(scope="module")
def families(told: str) -> list[Metric]:
    return list(text_string_to_metric_families(told))


def test_ten_thousand_organisations_make_no_more_series(told: str) -> None:
    series = [line for line in told.splitlines() if not line.startswith("#")]
    assert 100 < len(series) <= MOST_SERIES
    assert "org-" not in told
    assert OLD_TYPE not in told  # what the catalogue does not know is "other"


def test_every_metric_says_what_it_is_before_its_samples(told: str) -> None:
    heads = re.findall(r"^# HELP (\w+) (.+)\n# TYPE (\w+) (gauge|counter)\n(\w+)", told, re.M)
    assert len(heads) == told.count("# HELP") == told.count("# TYPE")
    for helped, about, typed, _, sample in heads:
        assert helped == typed == sample
        assert about[0].isupper() and about.endswith(".")


def test_names_are_ours_and_have_base_units(families: list[Metric]) -> None:
    for family in families:
        assert re.fullmatch(r"plinthctl_[a-z][a-z_]*[a-z]", family.name)
        assert not NO_UNIT_OF_OURS.search(family.name), family.name
        if "duration" in family.name or "age" in family.name.split("_"):
            assert family.name.endswith("_seconds")
        if "timestamp" in family.name:
            assert family.name.endswith("_timestamp_seconds")


def test_counters_and_only_counters_end_in_total(families: list[Metric]) -> None:
    for family in families:
        names = {sample.name for sample in family.samples}
        if family.type == "counter":
            assert names == {f"{family.name}_total"}
            assert all(sample.value >= 0 for sample in family.samples)
        else:
            assert family.type == "gauge"
            assert names == {family.name}
        assert not family.name.endswith(RESERVED), family.name


def test_labels_are_plain_and_none_is_reserved(families: list[Metric]) -> None:
    for family in families:
        for sample in family.samples:
            for label in sample.labels:
                assert re.fullmatch(r"[a-z][a-z_]*", label)
                assert label not in {"le", "quantile", "job", "instance"}
        keys = {frozenset(sample.labels) for sample in family.samples}
        assert len(keys) <= 1, f"{family.name} has samples of different labels"


def test_no_series_is_told_twice_and_no_metric_in_two_places(
    told: str, families: list[Metric]
) -> None:
    series = Counter(line.rpartition(" ")[0] for line in told.splitlines() if line[0] != "#")
    assert series.most_common(1)[0][1] == 1
    assert Counter(family.name for family in families).most_common(1)[0][1] == 1


def test_ratios_are_shares(families: list[Metric]) -> None:
    ratios = [s.value for f in families if f.name.endswith("_ratio") for s in f.samples]
    assert ratios
    assert all(0 <= value <= 1 for value in ratios)


def test_the_stricter_openmetrics_can_be_read_too(exporter: Exporter) -> None:
    text = openmetrics(exporter.registry()).decode()
    assert len(list(strict_families(text))) > 20


def test_it_tells_what_the_snapshot_and_the_rows_say(
    exporter: Exporter, store: Store, families: list[Metric]
) -> None:
    found = exporter.watch.snapshot()
    values = {(s.name, *s.labels.values()): s.value for f in families for s in f.samples}
    assert values["plinthctl_queue_depth",] == found.now.depth == 50
    for one in found.types:
        if one.duration.p95_s is not None and one.type != OLD_TYPE:
            told = values["plinthctl_job_duration_seconds", "95", one.type]
            assert told == pytest.approx(one.duration.p95_s, rel=0.2)  # the window has moved on
    ends = sum(total.ends.total() for total in store.totals().values())
    counted = sum(v for k, v in values.items() if k[0] == "plinthctl_job_ends_total")
    assert counted == ends == len(store.ends(store.now() - timedelta(days=30)))


def test_a_scrape_is_served_and_a_store_that_is_away_is_told(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, thread = start_http_server(0, "127.0.0.1", exporter.registry())
    direct = build_opener(ProxyHandler({}))
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        with direct.open(url, timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            assert b"plinthctl_store_up 1.0\n" in answer.read()
        monkeypatch.setattr(Store, "look", away)
        with direct.open(url, timeout=20) as answer:
            body = answer.read().decode()
        assert [line for line in body.splitlines() if line[0] != "#"] == ["plinthctl_store_up 0.0"]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def away(*_: object) -> None:
    raise StoreUnavailable("the store is away")
