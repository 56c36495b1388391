"""What the command palette offers. Only words of ours and ids are fed to it: it parses
what it shows."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import short
from plinthctl.domain.pauses import ALL
from tui import keys
from tui.actions import HoldBack

if TYPE_CHECKING:
    from tui.app import TopApp

Entry = tuple[str, str, Callable[[], object]]


class Commands(Provider):
    """Views, filters, submitting, holding back, jobs by their ids, themes."""

    async def discover(self) -> Hits:
        """What is offered before anything is typed."""
        for name, about, run in self._entries():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        """What fits what was typed."""
        matcher = self.matcher(query)
        for name, about, run in (*self._entries(), *self._jobs()):
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=about)

    @property
    def _top(self) -> "TopApp":
        return cast("TopApp", self.app)

    def _entries(self) -> Iterator[Entry]:
        yield from self._of_keys()
        yield from self._of_types()
        for theme in sorted(self._top.available_themes):
            yield f"theme {theme}", "change the colours", self._themed(theme)

    def _of_keys(self) -> Iterator[Entry]:
        for binding in keys.EVERYWHERE:
            name = binding.action.partition("(")[0]
            if binding.show and name != "command_palette" and self._top.check_action(name, ()):
                yield (
                    binding.description.lower(),
                    f"key {keys.read(binding)}",
                    self._run(binding.action),
                )

    def _of_types(self) -> Iterator[Entry]:
        for name, found in JOB_TYPES.items():
            if found.runnable and not self._top.site.read_only:
                yield f"submit {name}", f"a job of this type: {found.title}", self._submit(name)
        for scope in (*JOB_TYPES, ALL) if not self._top.site.read_only else ():
            named = "all intake" if scope == ALL else scope
            yield f"hold back {named}", "its jobs wait, and do not age", self._hold(scope, go=False)
            yield f"let go {named}", "its jobs run again", self._hold(scope, go=True)

    def _jobs(self) -> Iterator[Entry]:
        for job_id in self._top.known_ids:
            yield f"job {short(job_id)}", job_id, self._view(job_id)

    def _run(self, action: str) -> Callable[[], object]:
        return lambda: self._top.run_action(action)

    def _view(self, job_id: str) -> Callable[[], object]:
        return lambda: self._top.view(job_id)

    def _submit(self, name: str) -> Callable[[], object]:
        return lambda: self._top.submit(name)

    def _hold(self, scope: str, *, go: bool) -> Callable[[], object]:
        return lambda: self._top.change(HoldBack(scope, go))

    def _themed(self, theme: str) -> Callable[[], object]:
        return lambda: setattr(self._top, "theme", theme)
