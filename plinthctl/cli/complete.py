"""What TAB offers. Anything that goes wrong offers nothing."""

from collections.abc import Iterator


def job_types(incomplete: str) -> Iterator[tuple[str, str]]:
    """Job types that can be run, with what they usually take."""
    from plinthctl.cli.render.times import usual
    from plinthctl.domain.catalog import JOB_TYPES

    for name, found in JOB_TYPES.items():
        if found.runnable and name.startswith(incomplete):
            yield name, f"{found.produces}, {usual(found.usual_s)}"


def all_job_types(incomplete: str) -> Iterator[str]:
    """Every job type."""
    from plinthctl.domain.catalog import JOB_TYPES

    return (name for name in JOB_TYPES if name.startswith(incomplete))


def statuses(incomplete: str) -> Iterator[str]:
    """The five statuses; after a comma, the next one."""
    from plinthctl.domain.job import JobStatus

    done, comma, part = incomplete.rpartition(",")
    return (f"{done}{comma}{s}" for s in JobStatus if s.startswith(part))


def job_ids(incomplete: str) -> list[tuple[str, str]]:
    """The newest jobs by the short form of their ids, with type and status."""
    from plinthctl.cli.options import Shared
    from plinthctl.cli.shell import Shell
    from plinthctl.domain.ids import short
    from plinthctl.domain.queries import JobQuery

    try:
        with Shell(Shared()) as shell:
            jobs = shell.services.store.jobs(JobQuery())
    except Exception:  # noqa: BLE001 - a completion that fails must not be heard of
        return []
    offers = [("@last", "the newest of yours")] if jobs else []
    offers += [(short(j.id), f"{j.type} {j.phase}") for j in jobs]
    return [
        offer
        for offer in offers
        if offer[0].startswith(incomplete.upper()) or offer[0].startswith(incomplete)
    ]
