"""The catalogue and the pipelines' files say the same."""

import pkgutil
import sys
import textwrap
from dataclasses import replace

import pytest

import worker.pipelines
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.errors import UnknownJobType
from worker.pipelines import BrokenPipeline, runnable_types, steps_of


def files_of_pipelines():
    found = pkgutil.iter_modules(worker.pipelines.__path__)
    return {module.name for module in found if not module.ispkg}


@pytest.fixture
def sixth(monkeypatch, tmp_path):
    """Writes a sixth type's file and enters it in the catalogue."""

    def enter(source):
        (tmp_path / "sixth.py").write_text(textwrap.dedent(source))
        monkeypatch.setattr(
            worker.pipelines, "__path__", [*worker.pipelines.__path__, str(tmp_path)]
        )
        entry = replace(JOB_TYPES["evidence_search"], name="sixth", runnable=True)
        monkeypatch.setitem(JOB_TYPES, "sixth", entry)

    yield enter
    sys.modules.pop("worker.pipelines.sixth", None)


def test_every_runnable_type_has_a_file_and_no_other_has_one():
    assert files_of_pipelines() == set(runnable_types())


@pytest.mark.parametrize("job_type", runnable_types())
def test_a_pipeline_binds_exactly_the_steps_of_the_catalogue(job_type):
    steps = steps_of(job_type)
    assert list(steps) == [step.name for step in JOB_TYPES[job_type].steps]
    assert all(callable(function) for function in steps.values())


def test_a_sixth_type_is_one_entry_and_one_file(sixth):
    sixth(
        """
        async def do(ctx): ...
        STEPS = {"search-sources": do, "weigh-evidence": do, "save-results": do}
        """
    )
    assert "sixth" in runnable_types()
    assert set(steps_of("sixth")) == {"search-sources", "weigh-evidence", "save-results"}


def test_a_step_that_the_catalogue_does_not_know_is_named(sixth):
    sixth(
        """
        async def do(ctx): ...
        STEPS = {"search-sources": do, "weigh-evidence": do, "save-reslts": do}
        """
    )
    with pytest.raises(BrokenPipeline, match=r"missing \['save-results'\].*\['save-reslts'\]"):
        steps_of("sixth")


def test_a_file_without_steps_is_told(sixth):
    sixth("STEP = {}")
    with pytest.raises(BrokenPipeline, match="has no STEPS"):
        steps_of("sixth")


def test_a_type_without_a_file_is_told_and_not_run(monkeypatch):
    entry = replace(JOB_TYPES["evidence_search"], name="brewing", runnable=False)
    monkeypatch.setitem(JOB_TYPES, "brewing", entry)
    assert "brewing" not in runnable_types()
    with pytest.raises(BrokenPipeline, match=r"there is no worker\.pipelines\.brewing"):
        steps_of("brewing")


def test_a_missing_import_of_a_pipeline_is_told_as_it_is(sixth):
    sixth("import no_such_module_at_all")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        steps_of("sixth")


def test_a_type_that_the_catalogue_does_not_know_is_told():
    with pytest.raises(UnknownJobType):
        steps_of("competitor_analisys")
