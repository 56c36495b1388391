"""Where a filter is typed: Tab completes, and what is not understood is underlined."""

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Input

from plinthctl.domain.filter_terms import FilterError
from tui.filtering import completed


class _Underline(Highlighter):
    """Underlines what an error points at."""

    wrong: FilterError | None = None

    def highlight(self, text: Text) -> None:
        if self.wrong is not None:
            text.stylize("underline", self.wrong.start, self.wrong.end)


class FilterInput(Input):
    """An input for filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False, id="filter.complete"),
    ]

    def __init__(self, text: str, *, id: str, max_length: int) -> None:
        self._underline = _Underline()
        super().__init__(
            text,
            id=id,
            max_length=max_length,
            select_on_focus=False,
            highlighter=self._underline,
        )

    @property
    def wrong(self) -> FilterError | None:
        """What is not understood of it."""
        return self._underline.wrong

    @wrong.setter
    def wrong(self, error: FilterError | None) -> None:
        self._underline.wrong = error
        self.refresh()

    def action_complete(self) -> None:
        """Complete the word before the cursor, as far as that is clear."""
        before = self.value[: self.cursor_position]
        longer = completed(before)
        self.value = longer + self.value[self.cursor_position :]
        self.cursor_position = len(longer)
