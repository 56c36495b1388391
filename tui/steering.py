"""What keys ask for that changes jobs: it is done by others, once it may be done and a
question has been answered where one is asked."""

from plinthctl.domain.catalog import JobType
from plinthctl.domain.ids import short
from plinthctl.domain.restart import RETRYABLE, Start
from plinthctl.domain.views import JobDetail, JobView
from plinthctl.render.board.order import subject
from tui import questions
from tui.actions import Action, Cancel, Reap, Retry, SubmitJob
from tui.messages import Done, Refused
from tui.outcomes import told
from tui.screens.confirm import Confirm
from tui.screens.form import SubmitForm
from tui.screens.from_step import FromStep
from tui.screens.progress import Progress
from tui.showing import Showing


class Steering(Showing):
    """Cancels, retries, reaps and submits, and tells what came of it."""

    def action_cancel(self) -> None:
        """Cancel the chosen jobs, after a question that names them."""
        jobs = tuple(job for job in self._targets() if not job.ended)
        if self._may_steer(jobs, "cancel"):
            action = Cancel(tuple(job.id for job in jobs))
            self.confirmed(questions.cancelling(jobs, self._subject()), action)

    def action_retry(self) -> None:
        """Retry the chosen jobs; asks where that may be a mistake."""
        jobs = tuple(job for job in self._targets() if job.status in RETRYABLE)
        if self._may_steer(jobs, "retry"):
            action = Retry(tuple(job.id for job in jobs))
            self.confirmed(questions.retrying(jobs), action)

    def _may_steer(self, jobs: tuple[JobView, ...], act: str) -> bool:
        """Whether some jobs can be steered now; says why not."""
        chosen = self._targets()
        if not jobs and chosen:
            which = (
                f"{short(chosen[0].id)} is {chosen[0].phase}" if len(chosen) == 1 else "none can"
            )
            self.say(f"nothing to {act}: {which}", bad=True)
        return bool(jobs) and self.may_change()

    def action_reap(self) -> None:
        """Put right what is stuck."""
        self.change(Reap())

    def change(self, action: Action) -> bool:
        """Do something that changes what is there, if that can be done now; whether it can."""
        if may := self.may_change():
            self.hands.ask(action)
        return may

    def retry_from(self, detail: JobDetail, job_type: JobType | None) -> None:
        """Retry a job from a step that is chosen."""
        if job_type is None or not self.may_change():
            return
        job_id = detail.job.id

        def chosen(start: Start | None) -> None:
            if start is not None:
                self.change(Retry((job_id,), start))

        self.push_screen(FromStep(detail, job_type), chosen)

    def action_submit(self) -> None:
        """Submit a job."""
        self.submit()

    def submit(self, job_type: str | None = None) -> None:
        """Submit a job, of this type if one is named, and watch it."""
        if self.may_change():
            self.push_screen(SubmitForm(job_type))

    def confirmed(self, question: questions.Question | None, action: Action) -> None:
        """Do it once the question is answered with yes; at once where there is none."""
        if question is None:
            self.hands.ask(action)
        else:
            self.push_screen(Confirm(question), lambda yes: self.hands.ask(action) if yes else None)

    def _subject(self) -> str:
        return self.shown.subject() if self.shown else ""

    def _targets(self) -> tuple[JobView, ...]:
        return self.shown.targets() if self.shown else ()

    def may_change(self) -> bool:
        """Whether something can be changed now; says why not."""
        if self.link.away is not None:
            self.say(f"not now: {self.link.away.error.message}", bad=True)
        return self.link.away is None and not self.site.read_only

    def on_done(self, message: Done) -> None:
        """Say what came of it, and look at its effect."""
        self.tracker.did(message.outcome)
        if not self._answered(message):
            self._say_done(message)
        self.feed.now()

    def _say_done(self, message: Done) -> None:
        if message.outcome.job is not None:  # whoever asked for it has left
            self.tracker.started(message.outcome.job)
        elif said := told(message.outcome):
            self.say(said)

    def _answered(self, message: Done | Refused) -> bool:
        """Whether it was asked for by something that is still there."""
        answered = any(over.answered(message) for over in self._overs())
        if answered and isinstance(message, Done) and isinstance(message.action, SubmitJob):
            job, asked = message.outcome.job, message.action.job
            if job is not None:
                self.call_later(self.push_screen, Progress(job, subject(asked.input)))
        return answered

    def on_refused(self, message: Refused) -> None:
        """Say why not."""
        if not self._answered(message):
            self.say(message.error.message, bad=True)
