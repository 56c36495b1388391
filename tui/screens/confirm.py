"""A question before something is done: the harmless answer has the keys."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from plinthctl.domain.text import safe_line
from tui.questions import Question


class Number(Input):
    """Takes digits; every other key is left to whoever has a use for it."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed into it."""
        return super().check_consume_key(key, character) and _is_digit(character)

    def on_key(self, event: events.Key) -> None:
        """Keep what is no digit out of it."""
        if event.is_printable and not _is_digit(event.character):
            event.prevent_default()


def _is_digit(character: str | None) -> bool:
    return character is not None and character.isascii() and character.isdigit()


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
                yield Static(Content("Type their number, and enter, to go on:"), id="asks")
                yield Number(id="number", max_length=9)
            with Horizontal(id="answers"):
                yield Button(Content(safe_line(f"{asked.keep}  esc")), id="keep")
                yield Button(Content(safe_line(f"{asked.do}  y")), id="do", variant="error")

    def on_mount(self) -> None:
        """A number that is asked for can be typed at once."""
        if self._question.number is not None:
            self.query_one("#number", Number).focus()

    @on(Input.Submitted)
    def _typed(self) -> None:
        self.action_answer(True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "do")

    def action_answer(self, yes: bool) -> None:
        """Answer; a number that is asked for has to be right."""
        if yes and not self._is_sure():
            return
        self.dismiss(yes)

    def _is_sure(self) -> bool:
        number = self._question.number
        if number is None:
            return True
        field = self.query_one("#number", Number)
        sure = field.value == str(number)
        if not sure:
            self.query_one("#asks", Static).update(
                Content(safe_line(f"They are {number}; type that number:"))
            )
            field.focus()
        return sure
