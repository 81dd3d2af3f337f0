"""What is shown while the terminal is too small for anything else."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from mdtui.ui import keys
from mdtui.ui.arrangement import LEAST_COLUMNS, LEAST_LINES
from mdtui.ui.lines import Line, fit, wrap
from mdtui.ui.widgets.lined import Lined


class TooSmallNotice(Lined):
    """Says which size there is and which is needed, in the middle of the screen."""

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns the notice."""
        texts = [
            ("Too small", "bad"),
            (f"This terminal has {width} x {height} cells.", "plain"),
            (f"mdtui needs {LEAST_COLUMNS} x {LEAST_LINES}. Make it larger.", "plain"),
            ("q leaves; jobs keep running.", "dim"),
        ]
        lines = [
            Line(fit(part, width, "center"), style)
            for text, style in texts
            for part in wrap(text, max(2, width))
        ]
        return [Line()] * max(0, (height - len(lines)) // 2) + lines


class TooSmall(Screen[None], inherit_bindings=False):
    """The notice over the whole screen, until it is larger."""

    BINDINGS = keys.bindings("everywhere", namespace="app")

    def compose(self) -> ComposeResult:
        """Yields the notice."""
        yield TooSmallNotice()


def is_too_small(columns: int, lines: int) -> bool:
    """Returns whether a terminal of this size can show the app at all."""
    return columns < LEAST_COLUMNS or lines < LEAST_LINES
