"""The jobs that were submitted, retried or watched here, and what is told of them: toasts
when they have started and when they have ended, several at once as one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from textual.content import Content

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.job import JobStatus
from plinthctl.domain.snapshot import Snapshot
from plinthctl.domain.spans import span
from plinthctl.domain.steered import Retried
from plinthctl.domain.text import one_line, safe_line, safe_text
from plinthctl.domain.views import JobView
from plinthctl.render.board.alerts import turns
from tui.messages import Outcome

if TYPE_CHECKING:
    from tui.showing import Showing

TOGETHER_S: Final = 0.5  # what ends within it is told as one
STAYS_S: Final = 8.0  # a toast
STAYS_UNTIL_DISMISSED_S: Final = 86_400.0  # an error
ERROR_CHARS: Final = 160


class Tracker:
    """Follows jobs to their ends, and tells of those that are not shown just now."""

    def __init__(self, top: "Showing") -> None:
        self._top = top
        self._going: dict[str, None] = {}
        self._ended: list[JobView] = []
        self.newest: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The jobs whose ends are waited for."""
        return tuple(self._going)

    def watch(self, *ids: str) -> None:
        """Tell of the ends of these jobs."""
        self._going |= dict.fromkeys(ids)
        self._top.look_for()

    def did(self, outcome: Outcome) -> None:
        """Watch what was put in the queue from here."""
        again = [one.job_id for one in outcome.steered if isinstance(one, Retried)]
        self.watch(*again, *([outcome.job.id] if outcome.job else []))

    def started(self, job: JobView) -> None:
        """Tell that a job was accepted, and goes on by itself."""
        title = _title(job.type)
        self._say(f"✓ {title} started", "We'll tell you when it's ready.", job.id)

    def seen(self, jobs: Iterable[JobView]) -> None:
        """Look for ends among these."""
        for job in jobs:
            if job.ended and job.id in self._going:
                del self._going[job.id]
                if not self._top.is_shown(job.id):
                    self._end(job)

    def alerted(self, before: Snapshot, after: Snapshot) -> None:
        """Tell of alerts that have changed their levels; the headline goes on counting
        them, so this toast leaves by itself."""
        found = tuple(turns(before, after))
        if not found:
            return
        title, told = found[0].title, found[0].told
        if len(found) > 1:
            title = f"{len(found)} alerts have changed"
            told = "\n".join(f"{turn.title}  {turn.told}" for turn in found)
        self._top.notify(
            safe_text(told),
            title=safe_line(title),
            severity="error" if any(turn.louder for turn in found) else "information",
            timeout=STAYS_S,
            markup=False,
        )

    def _end(self, job: JobView) -> None:
        if not self._ended:
            self._top.set_timer(TOGETHER_S, self._tell)
        self._ended.append(job)

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        failed = [job for job in ended if job.status is JobStatus.FAILED]
        newest = (failed or ended)[-1]
        if len(ended) == 1:
            self._say(*_one(newest), newest.id, bad=bool(failed))
        else:
            self._say(_many(len(ended), len(failed)), "", newest.id, bad=bool(failed))

    def _say(self, title: str, told: str, job_id: str, *, bad: bool = False) -> None:
        """A toast; what it tells may be anybody's, its title and the id are not."""
        self.newest = job_id
        link = f"[@click=app.view('{job_id}')]View (v)[/]"
        message = Content.from_markup(f"$told\n{link}" if told else link, told=safe_line(told))
        self._top.notify(
            message,  # type: ignore[arg-type]  # it may be a Content, and then nothing is parsed
            title=safe_line(title),
            severity="error" if bad else "information",
            timeout=STAYS_UNTIL_DISMISSED_S if bad else STAYS_S,
        )


def _title(type_name: str) -> str:
    known = JOB_TYPES.get(type_name)
    return (known.title if known else type_name).capitalize()


def _one(job: JobView) -> tuple[str, str]:
    name = short(job.id)
    match job.status:
        case JobStatus.COMPLETED:
            known = JOB_TYPES.get(job.type)
            took = f" took {span(job.elapsed_s)}" if job.elapsed_s is not None else ""
            return f"✓ {known.ready if known else f'{job.type} completed'}", f"{name}{took}"
        case JobStatus.FAILED:
            told = one_line(job.error or "it did not say why")[:ERROR_CHARS]
            return f"✗ {_title(job.type)} failed", f"{name}: {told}"
    return f"⊘ {_title(job.type)} was cancelled", name


def _many(count: int, failed: int) -> str:
    told = f", {failed} failed" if failed else ""
    return f"{'✗' if failed else '✓'} {count} jobs finished{told}"
