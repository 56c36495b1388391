"""A question before something is done: the harmless answer has the keys."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from plinthctl.domain.text import safe_line
from tui.questions import Question


class Confirm(ModalScreen[bool]):
    """True: do it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Keep"),
        Binding("y", "answer(True)", "Do it"),
    ]
    AUTO_FOCUS = "#keep"

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its two answers."""
        asked = self._question
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(safe_line(asked.title))
            for line in asked.lines:
                yield Static(Content(safe_line(line)))
            if asked.number is not None:
                yield Static(Content("Type their number to go on:"))
                yield Input(id="number", max_length=9)
            with Horizontal(id="answers"):
                yield Button(Content(safe_line(f"{asked.keep}  esc")), id="keep")
                yield Button(Content(safe_line(f"{asked.do}  y")), id="do", variant="error")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "do")

    def action_answer(self, yes: bool) -> None:
        """Answer; a number that is asked for has to be right."""
        if yes and self._question.number is not None:
            typed = self.query_one("#number", Input).value.strip()
            if typed != str(self._question.number):
                self.query_one("#number", Input).focus()
                return
        self.dismiss(yes)
