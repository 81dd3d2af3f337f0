"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from mdtui.ui.lines import Line
from mdtui.ui.messages import FilterChanged, FilterClosed
from mdtui.ui.widgets.lined import Lined


class FilterPrompt(Input):
    """One line of input; every keystroke is told, enter keeps, escape clears."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "clear the filter", show=False),
        Binding("ctrl+c", "empty", "empty the line", show=False, priority=True),
    ]

    def __init__(self, pattern: str) -> None:
        super().__init__(
            pattern, placeholder="regular expression, ! inverts", compact=True
        )
        self.cursor_blink = False  # an idle screen sends nothing

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tells the pattern as it is typed."""
        event.stop()
        self.post_message(FilterChanged(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keeps the filter."""
        event.stop()
        self.post_message(FilterClosed(keep=True))

    def action_give_up(self) -> None:
        """Clears the filter and closes the line."""
        self.value = ""
        self.post_message(FilterClosed(keep=False))

    def action_empty(self) -> None:
        """Empties the line; the first ctrl+c is not meant for the app."""
        if self.value:
            self.value = ""
        else:
            self.action_give_up()


class FilterRow(Horizontal):
    """The line with its label, in place of the status line.

    Args:
      pattern: the filter so far.

    Attributes:
      prompt: the line itself.
    """

    def __init__(self, pattern: str) -> None:
        super().__init__(id="filter-row")
        self.prompt = FilterPrompt(pattern)

    def compose(self) -> ComposeResult:
        """Yields label and input."""
        yield _Label()
        yield self.prompt


class _Label(Lined):
    """The slash before the line."""

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns the slash."""
        return [Line(" / ", "key")]
