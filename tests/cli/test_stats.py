"""What `stats` says of a store that is known."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from plinthctl.domain.snapshot import Durations, Normal, Now, Series, Snapshot, TypeNumbers
from plinthctl.render.numbers import headline, type_table
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.cli.samples import NOW
from tests.seeding import Seeds
from tests.store.acts import complete, fail, running


def numbers(name: str, **values: object) -> TypeNumbers:
    some = Durations(96, 50.0, 48.0, 131.0, 140.0)
    none = Durations(4, None, None, None, None)
    defaults = {
        "type": name,
        "pending": 21,
        "running": 3,
        "created": 100,
        "completed": 96,
        "failed": 4,
        "cancelled": 1,
        "expired": 2,
        "invalid": 0,
        "duration": some,
        "wait": none,
        "completion": some,
        "normal": Normal(60.0, guessed=False),
        "cost_usd": 1.234,
    }
    return TypeNumbers(**{**defaults, **values})  # type: ignore[arg-type]


def of(*types: TypeNumbers) -> Snapshot:
    now = Now(37, 37, 5, 0, 121.0, 2, 4, 0, NOW)
    depth = Series(60.0, (None, 99.0, *([None] * 8), 41.0, 37.0))
    empty = ((),) * 8
    return Snapshot(NOW, 0.01, 3600.0, now, types, *empty, depth, Series(60.0, (3.0,)))  # type: ignore[arg-type]


def test_the_headline_says_what_is_and_what_was() -> None:
    line = headline(of(numbers("a"), numbers("b", failed=27)))
    assert line.plain == (
        "last 1h   queue 37 (10m max 41)   running 5   stuck 6   done 192"
        "   failed 31 (13.9%)   expired 4   cancelled 2   3.8/min"
    )


def test_the_table_marks_what_is_far_from_normal_and_makes_nothing_up() -> None:
    few = numbers(
        "few",
        completed=4,
        failed=2,
        duration=Durations(4, None, None, None, None),
        normal=Normal(90, guessed=True),
    )
    bad = numbers("bad", failed=40, normal=Normal(131.0, guessed=False))
    table = type_table(of(numbers("slow"), few, bad), None, wide=False)
    assert "".join(f"{line.plain}\n" for line in table) == (
        "TYPE  PEND  RUN  DONE  FAIL%  P50    P95  NORMAL  ×NORMAL\n"
        "slow    21    3    96    4.0  48s  2m11s      1m     2.2!\n"
        "few     21    3     4   33.3    –      –  ~1m30s        –\n"
        "bad     21    3    96  29.4!  48s  2m11s   2m11s      1.0\n"
    )


def lines(call: Call, *arguments: str) -> list[dict[str, object]]:
    said = call("stats", *arguments, "-o", "json")
    assert said.code == 0, said.err
    found: list[dict[str, object]] = json.loads(said.out)["lines"]
    return found


def test_jobs_are_told_by_type_org_and_error(store: Store, call: Call) -> None:
    store.apply(complete(running(store, org="acme")))
    store.apply(fail(running(store, org="bolt")))
    by_type = {one["type"]: one for one in lines(call)}
    ours = by_type["competitor_analysis"]
    assert (ours["completed"], ours["failed"], ours["failure_rate"]) == (1, 1, 0.5)
    assert by_type["market_research"]["failure_rate"] is None
    orgs = {one["org"]: one["completed"] for one in lines(call, "--by", "org")}
    assert orgs == {"acme": 1, "bolt": 0}
    (error,) = lines(call, "--by", "error")
    assert (error["error"], error["ends"]) == ("auth_failure", 1)
    (provider,) = lines(call, "--by", "provider", "--since", "2026-01-01")
    assert (provider["provider"], provider["tries"], provider["jobs"]) == ("llm", 1, 1)


@pytest.mark.parametrize("by", ["org", "hour", "error"])
def test_parts_add_up_to_the_whole_in_short_windows_and_long(
    store: Store, call: Call, by: str
) -> None:
    Seeds(store.now(), timedelta(days=3)).sow(store, 500)
    assert call("db", "rebuild-rollups").code == 0
    for since in ("1h", "2d"):
        types = lines(call, "--since", since)
        parts = lines(call, "--since", since, "--by", by)
        if by == "error":
            failed = sum(_int(one, "failed", "expired", "invalid") for one in types)
            assert sum(_int(one, "ends") for one in parts) == failed
        else:
            for count in ("completed", "failed", "cancelled", "expired", "invalid"):
                assert sum(_int(one, count) for one in parts) == sum(
                    _int(one, count) for one in types
                )


def _int(one: dict[str, object], *names: str) -> int:
    return sum(int(str(one[name])) for name in names)


def test_an_unknown_word_and_a_time_to_come_are_refused(call: Call) -> None:
    assert call("stats", "--by", "weather").code == 2
    said = call("stats", "--since", "2999-01-01")
    assert (said.code, said.out) == (2, "")
    assert "is not in the past" in said.err


def test_a_long_window_says_how_right_it_is(store: Store, call: Call) -> None:
    Seeds(store.now(), timedelta(days=3)).sow(store, 50)
    assert "right within" not in call("stats", "--since", "2d").err  # no roll-ups: exact
    call("db", "rebuild-rollups")
    assert "right within 1%" in call("stats", "--since", "2d").err


def test_reap_keeps_the_numbers(
    a_pending_job: Callable[..., str], store: Store, call: Call
) -> None:
    a_pending_job()
    assert call("reap", "--only", "numbers").code == 0
    assert {"sample", "roll_up"} <= set(store.duties_due())
