"""Jobs of one command line's store, in the states that steering is about."""

from collections.abc import Callable
from dataclasses import dataclass

from plinthctl.domain.failures import FailureClass
from plinthctl.domain.runs import ClaimedJob, Fail
from plinthctl.store import Store
from tests.store.acts import advance, complete, done, registered, tried

Put = Callable[..., str]


@dataclass(frozen=True)
class Jobs:
    """Makes jobs, each of an organisation and a user of its own unless told otherwise."""

    store: Store
    put: Put

    def pending(self, **whose: str) -> str:
        return self.put(**whose)

    def running(self, **whose: str) -> ClaimedJob:
        return self._held(registered(self.store), **whose)

    def _held(self, worker: str, **whose: str) -> ClaimedJob:
        claimed = self.store.claim_one(worker, self.put(**whose))
        assert claimed is not None
        return claimed

    def _ended(self, end: Callable[[ClaimedJob], object], **whose: str) -> str:
        """A job whose worker has ended it, and left."""
        job = self._held(worker := registered(self.store), **whose)
        end(job)
        self.store.retire(worker)
        return job.id

    def failed(self, code: FailureClass = FailureClass.NETWORK_TIMEOUT, **whose: str) -> str:
        """It has its website and its news, and failed at its reviews."""

        def fail(job: ClaimedJob) -> None:
            self.store.apply(advance(job, done("scrape-website")))
            self.store.apply(advance(job, done("search-news")))
            wrong = Fail(job.id, job.token, "get-reviews", tried(fails=code), "It did not answer.")
            self.store.apply(wrong)

        return self._ended(fail, **whose)

    def completed(self, **whose: str) -> str:
        return self._ended(lambda job: self.store.apply(complete(job)), **whose)

    def status(self, job_id: str) -> str:
        job = self.store.job(job_id)
        assert job is not None
        return job.status.value
