"""The form that submits a job: its fields come from the type's input model, and what is
wrong with one is said below it."""

import os
import time
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select, Static

from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.ids import RANDOM_BYTES
from plinthctl.domain.inputs import MAX_TEXT_CHARS
from plinthctl.domain.limits import Slot, scopes
from plinthctl.domain.occupancy import Occupancy
from plinthctl.domain.runs import NewJob
from plinthctl.domain.text import safe_line, safe_text
from plinthctl.domain.views import JobView
from plinthctl.errors import LimitReached, NotFound, PlinthError
from plinthctl.render.board import order
from plinthctl.render.board.cells import Cell, Tone
from plinthctl.render.board.order import Field, Filled
from plinthctl.render.board.usual import usual_s, usually
from plinthctl.services.orders import Order, prepare
from tui import draw
from tui.actions import SubmitJob
from tui.frame import Frame, Wanted
from tui.messages import Done, Refused
from tui.screens.over import Over
from tui.widgets.painted import Painted

SETTLES_S: Final = 0.3  # after a key, before the limits of another name are looked at
_WHOSE: Final = ("org", "user", "decision")


class SubmitForm(Over[JobView | None]):
    """The job that was accepted; None: somebody has left."""

    AUTO_FOCUS = "#fields Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="view.back"),
        Binding("ctrl+s", "submit", "Submit", id="form.submit"),
        Binding("ctrl+y", "copy", "Copy as command", id="form.copy"),
    ]

    def __init__(self, job_type: str | None = None) -> None:
        super().__init__()
        names = [found.name for found in order.runnable()]
        self._type = job_type if job_type in names else names[0]
        self._asked: NewJob | None = None
        self._settling: Timer | None = None
        self._frame: Frame | None = None

    def compose(self) -> ComposeResult:
        """The type, its fields, whose it is, and what can be done."""
        site = self.top.site
        with Vertical(id="form") as form:
            form.border_title = "Submit a job"
            with Horizontal(classes="field"):
                yield Label("Type", classes="title")
                names = [(found.name, found.name) for found in order.runnable()]
                yield Select(names, value=self._type, allow_blank=False, compact=True, id="type")
                yield Painted(id="usual")
            with VerticalScroll(id="fields", can_focus=False):
                yield from self._rows()
            with Horizontal(classes="field"):
                yield Label("Org", classes="title")
                yield _input("org", site.org)
                yield Label("User", classes="title beside")
                yield _input("user", site.user)
            yield _fault("org")
            yield _fault("user")
            with Horizontal(classes="field"):
                yield Label("Decision", classes="title")
                yield _input("decision", "", "none: dec_…")
            yield _fault("decision")
            yield Painted(id="places")
            yield Static(id="trouble")
            with Horizontal(id="answers"):
                yield Button("Submit  ^s", id="submit", compact=True)
                yield Button("Copy as command  ^y", id="copy", compact=True)
                yield Button("Leave  esc", id="leave", compact=True)

    def _rows(self) -> Iterator[Horizontal | Static]:
        for field in order.fields_of(JOB_TYPES[self._type]):
            yield _row(field)
            yield _fault(field.name)

    def on_mount(self) -> None:
        """Look at the limits of whom it would count for."""
        self._tell_usual()
        self.top.look_for()

    # -- what is filled in --------------------------------------------------------------

    @property
    def filled(self) -> Filled:
        """What is filled in just now."""
        fields = order.fields_of(JOB_TYPES[self._type])
        whose = (self._value(name) for name in _WHOSE)
        return Filled(self._type, {f.name: self._value(f.name) for f in fields}, *whose)

    def _value(self, name: str) -> str:
        try:
            return self.query_one(f"#in-{name}", Input).value
        except NoMatches:  # the fields of another type are on their way
            return ""

    @on(Select.Changed, "#type")
    async def _another_type(self, event: Select.Changed) -> None:
        if str(event.value) == self._type:
            return
        self._type = str(event.value)
        fields = self.query_one("#fields", VerticalScroll)
        await fields.remove_children()
        await fields.mount(*self._rows())
        self._tell_usual()
        self._tell_faults({})
        self.query_one("#fields Input", Input).focus()

    def _tell_usual(self) -> None:
        usual = usual_s(self._type, self._frame.snapshot if self._frame else None)
        told = f" usually {usually(usual)}" if usual else ""
        needs = " · needs a decision" if order.needs_decision(JOB_TYPES[self._type]) else ""
        self.query_one("#usual", Painted).show(
            lambda _width, c: [draw.text(c, Cell(f"{told}{needs}", Tone.DIM))]
        )

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        name = (event.input.id or "").removeprefix("in-")
        full = len(event.value) >= MAX_TEXT_CHARS
        self._fault(name, f"{MAX_TEXT_CHARS:,} characters at most" if full else "")
        if name in _WHOSE:
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(SETTLES_S, self.top.look_for)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.focus_next()

    # -- how full the limits are --------------------------------------------------------

    def wanted(self, below: Wanted) -> Wanted:
        """The limits of whom it would count for."""
        return Wanted(below.jobs, below.detail, self._slots, below.tracked)

    @property
    def _slots(self) -> tuple[Slot, ...]:
        filled = self.filled
        whose = scopes(filled.org.strip(), filled.user.strip(), filled.decision.strip() or None)
        return tuple((scope, name) for scope, name in whose if name)

    def show(self, frame: Frame) -> None:
        """Show how full the limits are, if these are the ones."""
        self._frame = frame
        self._tell_usual()
        if frame.wanted.slots == self._slots:
            cells = tuple(_places(frame.places))
            self.query_one("#places", Painted).show(lambda _w, c: [draw.text(c, *cells)])

    # -- what is done -------------------------------------------------------------------

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        does = {"submit": self.action_submit, "copy": self.action_copy}
        does.get(event.button.id or "", self.action_leave)()

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the command that would do the same."""
        filled = self.filled
        decision = filled.decision.strip() or None
        given = order.given(filled)
        self.top.copied(order.submit_command(filled.type, given, filled.org, filled.user, decision))

    def action_submit(self) -> None:
        """Submit it, if nothing is wrong with it."""
        if self._asked is not None:
            return
        filled = self.filled
        faults = order.wrong(filled)
        self._tell_faults(faults)
        self._trouble("")
        if faults:
            first = next((name for name in self._names if name in faults), None)
            if first is not None:
                self.query_one(f"#in-{first}", Input).focus()
            return
        self._ask(filled)

    @property
    def _names(self) -> tuple[str, ...]:
        return (*(field.name for field in order.fields_of(JOB_TYPES[self._type])), *_WHOSE)

    def _ask(self, filled: Filled) -> None:
        try:
            job = _job(filled)
        except PlinthError as error:
            self._trouble(error.message)
            return
        if self.top.change(SubmitJob(job)):
            self._asked = job
            self._label("⟳ Submitting…")

    def _label(self, told: str) -> None:
        button = self.query_one("#submit", Button)
        button.label = told
        button.refresh(layout=True)

    def answered(self, message: Done | Refused) -> bool:
        """Leave with the job that was accepted, or say why it was not."""
        action = message.action
        if not isinstance(action, SubmitJob) or action.job is not self._asked:
            return False
        self._asked = None
        self._label("Submit  ^s")
        if isinstance(message, Done):
            self.dismiss(message.outcome.job)
        else:
            self._refused(message.error)
        return True

    def _refused(self, error: PlinthError) -> None:
        if isinstance(error, NotFound):
            self._fault("decision", error.message)
            return
        likely = f"\n{error.why}" if isinstance(error, LimitReached) and error.why else ""
        self._trouble(f"{error.message}{likely}")

    # -- what is wrong ------------------------------------------------------------------

    def _tell_faults(self, faults: dict[str, str]) -> None:
        for name in self._names:
            self._fault(name, faults.get(name, ""))

    def _fault(self, name: str, told: str) -> None:
        try:
            line = self.query_one(f"#fault-{name}", Static)
        except NoMatches:
            return
        line.update(Content(safe_line(f"✗ {told}")))
        line.display = bool(told)

    def _trouble(self, told: str) -> None:
        line = self.query_one("#trouble", Static)
        line.update(Content(safe_text(f"✗ {told}")))
        line.display = bool(told)


def _job(filled: Filled) -> NewJob:
    """The job that was filled in, under a new id. Raises as `prepare` does."""
    decision = filled.decision.strip() or None
    ordered = Order(
        filled.type, order.given(filled), filled.org.strip(), filled.user.strip(), decision
    )
    return prepare(ordered, unix_ms=time.time_ns() // 1_000_000, random=os.urandom(RANDOM_BYTES))


def _row(field: Field) -> Horizontal:
    hint = field.example if field.needed else f"may stay empty, such as {field.example}"
    return Horizontal(
        Label(Content(safe_line(field.title)), classes="title"),
        _input(field.name, "", hint),
        classes="field",
    )


def _input(name: str, value: str, hint: str = "") -> Input:
    return Input(
        value,
        hint,
        id=f"in-{name}",
        compact=True,
        max_length=MAX_TEXT_CHARS,
        select_on_focus=False,
    )


def _fault(name: str) -> Static:
    line = Static(id=f"fault-{name}", classes="fault", markup=False)
    line.display = False
    return line


def _places(found: Iterable[Occupancy]) -> Iterator[Cell]:
    yield Cell("active jobs: ", Tone.DIM)
    for n, one in enumerate(sorted(found, key=lambda one: list(_WHOSE).index(one.scope))):
        yield Cell(" · " if n else "", Tone.DIM)
        told = f"{one.scope} {one.active}/{one.limit}{' full' if one.full else ''}"
        yield Cell(told, Tone.BAD if one.full else Tone.PLAIN)
