"""The end of a job's log."""

from __future__ import annotations

import re

from rich.cells import cell_len

from mdtui.ui import keys
from mdtui.ui.lines import Line, wrap
from mdtui.ui.widgets.pane import ScrollingPane

_BAD = re.compile(
    r"\b(error|fatal|traceback|exception|killed|nan)\b|^E\d{4} |Error:", re.IGNORECASE
)
_WARNING = re.compile(r"\bwarn(ing)?\b|^W\d{4} ", re.IGNORECASE)


class LogView(ScrollingPane):
    """The last lines of the log; stays at its end until it is scrolled up."""

    BINDINGS = keys.bindings("log")

    number = "5"
    name_of_pane = "Log"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.log_lines: tuple[str, ...] = ()
        self.remark = ""
        self.follows = True
        self.wraps = False

    def show(self, log_lines: tuple[str, ...], remark: str) -> None:
        """Shows other lines.

        Args:
          log_lines: oldest first.
          remark: said in place of an empty log.
        """
        self.log_lines, self.remark = log_lines, remark
        self.redraw()

    def note(self) -> str:
        """Says when the end is not followed."""
        return "" if self.follows or not self.log_lines else "F follows the end"

    def everything(self, width: int) -> list[Line]:
        """Returns all lines, bad news coloured."""
        if not self.log_lines:
            return [Line(self.remark, "dim")]
        lines = []
        for text in self.log_lines:
            style = line_style(text)
            long = self.wraps and cell_len(text) > width
            parts = wrap(text, width, "  ") if long else [text]
            lines += [Line(part, style) for part in parts]
        return lines

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the end of the log, or what was scrolled to."""
        if self.follows:
            self.top = (
                1 << 30
            )  # beyond any end; the view is moved back to the last page
        return super().body(width, height)

    def scroll_lines(self, lines: int) -> None:
        """Scrolls; going up stops following, reaching the end follows again."""
        self.follows = False
        super().scroll_lines(lines)
        if self.top >= self._length - max(1, self.size.height - 2):
            self.follows = True
            self.redraw()

    def action_follow(self) -> None:
        """Follows the end, or stops to."""
        self.follows = not self.follows
        self.redraw()

    def action_wrap(self) -> None:
        """Breaks long lines, or cuts them."""
        self.wraps = not self.wraps
        self.redraw()


def line_style(text: str) -> str:
    """Returns the name of the style of a log line, judged by its words."""
    if _BAD.search(text):
        return "bad"
    return "warning" if _WARNING.search(text) else "plain"
