"""The one dialog: a framed text that scrolls, and a row of buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from mdtui.ui import keys
from mdtui.ui.lines import Line, wrap
from mdtui.ui.widgets.pane import ScrollingPane

Text = Callable[[int], list[Line]]

_WIDEST = 100
_MARGIN = 4


@dataclass(frozen=True)
class Button:
    """A button of a dialog.

    Attributes:
      answer: what the dialog answers when it is pressed; None cancels.
      label: what is written on it.
    """

    answer: str | None
    label: str


CANCEL = Button(None, "Cancel")
CLOSE = Button(None, "Close")


class DialogBox(ScrollingPane):
    """Frame, text and buttons of a dialog."""

    def __init__(
        self,
        heading: str,
        text: Text,
        buttons: tuple[Button, ...],
        marked: int,
        hint: str,
    ) -> None:
        super().__init__(id="box")
        self._hint = hint or ("esc closes" if len(buttons) == 1 else "tab enter esc")
        self.name_of_pane = heading
        self.text, self.buttons, self.marked = text, buttons, marked

    def everything(self, width: int) -> list[Line]:
        """Returns the text."""
        return self.text(width)

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the part of the text in view, a blank line, and the buttons."""
        room = max(1, height - 2)
        lines = super().body(width, room)
        lines += [Line()] * (room - len(lines))
        row = Line()
        for index, button in enumerate(self.buttons):
            style = "button-default" if index == self.marked else "button"
            open_, close = ("[ ", " ]") if index == self.marked else ("  ", "  ")
            row.add(f"{open_}{button.label}{close}", style).add("  ")
        indent = max(0, (width - row.width + 2) // 2)
        return [*lines, Line(), Line(" " * indent).extend(row.pieces)]

    def footnote(self) -> str:
        """Says which keys there are, and which lines are in view, when not all are."""
        hint = self._hint
        shown = max(1, self.size.height - 4)
        if self._length <= shown:
            return hint
        last = min(self._length, self.top + shown)
        return f"{self.top + 1}-{last} of {self._length}, j k scroll, {hint}"

    def scroll_lines(self, lines: int) -> None:
        """Moves the view down by some lines, up when negative."""
        shown = max(1, self.size.height - 4)
        self.top = max(0, min(self.top + lines, self._length - shown))
        self.redraw()


class Dialog(ModalScreen[str | None], inherit_bindings=False):
    """Asks something; answers with a button's answer, None when it was cancelled.

    Args:
      heading: its title.
      text: gives the lines for a width in cells.
      buttons: from left to right; the cancelling one should come first.
      marked: index of the button that enter presses.
      yes: answer of the key y; None when y does nothing.
      hint: names the keys in the lower edge; empty for the usual ones.

    Attributes:
      box: frame, text and buttons.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("dialog"),
        *keys.bindings("everywhere", namespace="app"),
    ]

    def __init__(
        self,
        heading: str,
        text: Text,
        buttons: tuple[Button, ...] = (CLOSE,),
        marked: int = 0,
        yes: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__()
        self.box = DialogBox(heading, text, buttons, marked, hint)
        self._yes = yes

    def compose(self) -> ComposeResult:
        """Yields the box."""
        yield self.box

    def on_mount(self) -> None:
        """Fits the box to the screen."""
        self.fit_box()

    def on_resize(self) -> None:
        """Fits the box to the new screen."""
        self.fit_box()

    def show_news(self) -> None:
        """Takes notice of a newer snapshot; most dialogs speak of one moment."""

    def fit_box(self) -> None:
        """Makes the box as large as its text needs, at most the screen."""
        columns, lines = self.app.size
        width = min(columns - _MARGIN, _WIDEST) if columns > 20 else columns
        text = self.box.text(max(1, width - 4))
        needed = max((line.width for line in text), default=0)
        row = sum(len(button.label) + 6 for button in self.box.buttons)
        width = min(width, max(needed, row, len(self.box.name_of_pane) + 6, 40) + 4)
        self.box.styles.width = width
        self.box.styles.height = min(lines, len(text) + 4)

    @property
    def marked_button(self) -> Button:
        """The button that enter presses."""
        return self.box.buttons[self.box.marked]

    def action_press(self) -> None:
        """Answers with the marked button."""
        self.dismiss(self.marked_button.answer)

    def action_yes(self) -> None:
        """Answers yes, where that is an answer."""
        if self._yes is not None:
            self.dismiss(self._yes)

    def action_cancel(self) -> None:
        """Answers that nothing shall be done."""
        self.dismiss(None)

    def action_next_button(self) -> None:
        """Marks the next button."""
        self._mark(1)

    def action_previous_button(self) -> None:
        """Marks the previous button."""
        self._mark(-1)

    def _mark(self, by: int) -> None:
        self.box.marked = (self.box.marked + by) % len(self.box.buttons)
        self.box.redraw()


def paragraphs(*texts: str, style: str = "plain") -> Text:
    """Returns a text of paragraphs, a blank line between them."""

    def lines(width: int) -> list[Line]:
        out: list[Line] = []
        for text in texts:
            if out:
                out.append(Line())
            for part in text.splitlines():
                out += [Line(each, style) for each in wrap(part, width)]
        return out

    return lines


def facts(pairs: list[tuple[str, str]], width: int, style: str = "plain") -> list[Line]:
    """Returns names and values in two columns, long values broken.

    Args:
      pairs: name and value; one without a value is left out.
      width: in cells.
      style: name of the style of the values.
    """
    pairs = [(name, value) for name, value in pairs if value]
    indent = max((len(name) for name, _ in pairs), default=0) + 2
    lines = []
    for name, value in pairs:
        parts = wrap(value, max(8, width - indent))
        lines.append(Line(name.ljust(indent), "dim").add(parts[0], style))
        lines += [Line(" " * indent).add(part, style) for part in parts[1:]]
    return lines
