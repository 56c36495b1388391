"""``plinthctl providers``: who is left alone, by hand and by itself, and who waits."""

import json
from collections.abc import Callable
from dataclasses import replace

from plinthctl.domain.circuits import CircuitEvent, Reason, Sign
from plinthctl.domain.job import Phase
from plinthctl.store import Store
from tests.cli.conftest import Call
from tests.store.acts import TYPE, fail, registered, running

KEYS = {"firecrawl": "0a1b2c3d4e5f"}
TRIP = Sign("firecrawl", KEYS["firecrawl"], CircuitEvent.TRIP, Reason.AUTH_REFUSED, "No such key.")


def tripped(store: Store) -> None:
    job = running(store)
    store.apply(replace(fail(job), sign=TRIP))


def phase(store: Store, job_id: str) -> Phase:
    job = store.job(job_id)
    assert job is not None
    return job.phase


def test_all_providers_are_listed_with_who_is_left_alone_and_why(
    call: Call, store: Store, a_pending_job: Callable[..., str]
) -> None:
    tripped(store)
    a_pending_job()
    assert not store.claim(registered(store), [TYPE], 9, keys=KEYS)
    found = {
        one["provider"]: one for one in json.loads(call("providers", "list", "-o", "json").out)
    }
    assert set(found) == {"firecrawl", "exa", "g2", "llm"}
    assert {name: one["state"] for name, one in found.items() if one["state"] != "closed"} == {
        "firecrawl": "open"
    }
    down = found["firecrawl"]
    assert (down["reason"], down["key"], down["parked"], down["message"]) == (
        "auth_refused",
        KEYS["firecrawl"],
        1,
        "No such key.",
    )
    shown = call("providers", "list").out
    assert "it refuses the key: No such key." in shown


def test_what_is_opened_by_hand_is_parked_until_it_is_closed(
    call: Call, store: Store, a_pending_job: Callable[..., str]
) -> None:
    job_id = a_pending_job()
    said = call("providers", "open", "firecrawl", "--reason", "their maintenance")
    assert (said.code, said.out) == (0, "✓ firecrawl is left alone\n")
    assert call("providers", "open", "firecrawl").out == "✓ firecrawl was left alone already\n"
    assert not store.claim(registered(store), [TYPE], 9)
    assert phase(store, job_id) is Phase.PARKED
    assert "  parked  " in call("list").out
    assert json.loads(call("show", job_id, "-o", "json").out)["phase"] == "parked"
    assert call("providers", "close", "firecrawl").out == "✓ firecrawl may be asked again\n"
    assert phase(store, job_id) is Phase.PENDING


def test_a_key_that_is_refused_pages_somebody_and_an_operator_s_own_act_nobody(
    call: Call, store: Store
) -> None:
    call("providers", "open", "llm")
    assert call("alerts", "--check").code == 0
    tripped(store)
    said = call("alerts", "--check", "-o", "json")
    assert said.code == 11
    last = json.loads(said.out)["alerts"][-1]
    assert (last["rule"], last["command"]) == (
        "provider_down",
        "plinthctl providers close firecrawl",
    )
    assert "providers" in call("doctor").out


def test_a_provider_that_there_is_not_is_not_found(call: Call) -> None:
    said = call("providers", "open", "openai")
    assert said.code == 3
    assert "there are firecrawl, exa, g2, llm" in said.err
