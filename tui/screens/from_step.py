"""From which step a job is to be retried: what each choice keeps and runs again."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from plinthctl.domain.catalog import JobType
from plinthctl.domain.ids import short
from plinthctl.domain.restart import Start, fails_again, restart
from plinthctl.domain.steps import ENDED, StepState
from plinthctl.domain.text import safe_line
from plinthctl.domain.views import JobDetail


class FromStep(ModalScreen[Start | None]):
    """The start that is chosen; None: the job is left as it is."""

    AUTO_FOCUS = "#steps-to-choose"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave as it is", id="view.back"),
        Binding("j", "move(1)", "Down", show=False, id="move.down"),
        Binding("k", "move(-1)", "Up", show=False, id="move.up"),
    ]

    def __init__(self, detail: JobDetail, job_type: JobType) -> None:
        super().__init__()
        self._detail = detail
        self._type = job_type
        self._board = {step.name: StepState(step.status) for step in detail.steps}
        self._starts = tuple(self._choices())

    def _choices(self) -> Iterator[tuple[str, Start]]:
        stopped = restart(self._type, self._board, Start()).resumes_at
        yield f"where it stopped: {', '.join(stopped)}", Start()
        for step in self._detail.steps:
            if step.status in ENDED:
                yield f"from {step.name}", Start(from_step=step.name)
        yield "from the beginning, at 0 %", Start(fresh=True)

    def compose(self) -> ComposeResult:
        """The choices, and what the one under the cursor means."""
        job = self._detail.job
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(safe_line(f"Retry {short(job.id)} from…"))
            if again := fails_again(job.status, job.error_code):
                yield Static(Content(safe_line(f"▲ {again}")), id="warning")
            options = [Option(Content(safe_line(name))) for name, _ in self._starts]
            yield OptionList(*options, id="steps-to-choose", compact=True)
            yield Static(id="means")
            yield Static(Content("enter  Retry it    esc  Leave as it is"), id="ways")

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        found = restart(self._type, self._board, self._starts[event.option_index][1])
        names = [step.name for step in self._type.steps if step.name not in found.kept]
        keeps = f"keeps {', '.join(found.kept)}" if found.kept else "keeps nothing"
        means = self.query_one("#means", Static)
        means.update(Content(safe_line(f"{keeps} · runs {', '.join(names)}")))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._starts[event.option_index][1])

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one(OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()
