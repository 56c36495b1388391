"""What is loaded when, and what a cancelled call leaves behind."""

import asyncio
import errno
import subprocess
import sys

import pytest
from pydantic import BaseModel, ConfigDict

from plinthctl.domain.failures import Usage
from worker.context import Call, ProviderError
from worker.providers import ProvidersConfig, llm, open_providers

PROMPT = "Company: A\nWebsite: b"


class _Any(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


def test_importing_the_worker_does_not_load_the_sdk_of_the_llm():
    code = (
        "import sys, worker.providers, worker.pipelines.competitor_analysis;"
        "print([m for m in ('openai', 'httpx2', 'trafilatura', 'lxml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_providers_without_keys_open_and_close():
    async def work():
        async with open_providers(ProvidersConfig()) as providers:
            return providers.simulated

    assert asyncio.run(work()) is False


@pytest.mark.parametrize("provider", ["exa", "llm"])
def test_a_cancelled_call_ends_at_once_and_its_cost_is_unknown(world, attempt, provider):
    world.control.hold(provider)
    works = {
        "exa": lambda p: p.news.news("Acme news", attempt.call),
        "llm": lambda p: p.writer.write(_Any, "s", "Company: A\nWebsite: b", attempt.call, room=1),
    }

    async def work(providers):
        task = asyncio.ensure_future(works[provider](providers))
        await asyncio.to_thread(
            world.journal.wait_for, lambda j: j.calls(request_id=attempt.request_id)
        )
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return True

    assert world.run(work)
    assert attempt.spent == [Usage(calls=1)]


def test_one_job_that_is_cancelled_takes_nothing_from_another(world, attempt):
    spent: list[Usage] = []

    async def work(providers):
        first = asyncio.ensure_future(_written(providers, attempt.call))
        second = asyncio.ensure_future(_written(providers, Call("job_2:s:1", spent.append)))
        await asyncio.sleep(0)  # both have begun; the SDK is still being loaded
        first.cancel()
        return await second

    assert world.run(work).model
    assert [usage.calls for usage in spent] == [1]


def _written(providers, call):
    return providers.writer.write(_Any, "s", "Company: A\nWebsite: b", call, room=1)


def test_what_could_not_be_loaded_is_loaded_at_the_next_call(world, attempt, monkeypatch):
    load = llm._opened

    def out_of_files(*_):
        monkeypatch.setattr(llm, "_opened", load)
        raise OSError(errno.EMFILE, "Too many open files")

    async def work(providers):
        with pytest.raises(OSError, match="Too many"):
            await providers.writer.write(_Any, "s", PROMPT, attempt.call, room=1)
        with pytest.raises(ProviderError):  # which is the LLM's own answer
            await providers.writer.write(_Any, "s", PROMPT, attempt.call, room=1)
        return True

    monkeypatch.setattr(llm, "_opened", out_of_files)
    world.control.fault("llm", "server_error")
    assert world.run(work)
