"""The plots of the selected experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdtui.ui import keys
from mdtui.ui.charts.chart import Chart, draw_chart
from mdtui.ui.charts.run_charts import accuracy_chart, loss_chart
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line
from mdtui.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from mdtui.events.follower import RunCurves

# Weights of the past that + and - step through; the first shows curves as they are.
SMOOTHINGS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
# A chart narrower than this goes below its neighbour instead of beside it.
_LEAST_WIDTH = 34
_GAP = 2


class Plots(Pane):
    """Loss and accuracy, side by side where there is room, else one above the other."""

    BINDINGS = keys.bindings("plots")

    number = "2"
    name_of_pane = "Plots"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.experiment = ""
        self.curves: RunCurves | None = None
        self.total: int | None = None
        self.best: tuple[int, float] | None = None
        self.smoothing = 0
        self.log_loss = False

    def show(
        self,
        experiment: str,
        curves: RunCurves | None,
        total: int | None,
        best: tuple[int, float] | None,
    ) -> None:
        """Shows another state of a run.

        Args:
          experiment: its name.
          curves: its curves; None when they were not read yet.
          total: updates of the whole run, if known.
          best: update and accuracy of its best validation, if there is one.
        """
        shown = (self.experiment, self.curves, self.total, self.best)
        wanted = (experiment, curves, total, best)
        if all(a is b or a == b for a, b in zip(shown, wanted, strict=True)):
            return
        self.experiment, self.curves, self.total, self.best = wanted
        self.redraw()

    def title(self) -> list[tuple[str, str]]:
        """Names the experiment."""
        return [(f" {self.experiment}", "dim")] if self.experiment else []

    def note(self) -> str:
        """Says what is not as it was written."""
        weight = SMOOTHINGS[self.smoothing]
        return f"smoothed {weight:g}" if weight else ""

    def footnote(self) -> str:
        """Explains the marks that are shown."""
        marks = []
        if self.curves is not None and self.curves.restarts:
            marks.append(f"{self.glyphs.restart} resumed")
        if self.best is not None:
            marks.append(f"{self.glyphs.best} best @{self.best[0]}")
        return "  ".join(marks)

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the charts."""
        weight = SMOOTHINGS[self.smoothing]
        charts = (
            loss_chart(self.curves, self.total, weight, self.log_loss),
            accuracy_chart(self.curves, self.total, weight, self.best),
        )
        return arranged(charts, width, height, self.glyphs)

    def action_smoother(self) -> None:
        """Smooths more."""
        self.smoothing = min(self.smoothing + 1, len(SMOOTHINGS) - 1)
        self.redraw()

    def action_rougher(self) -> None:
        """Smooths less."""
        self.smoothing = max(self.smoothing - 1, 0)
        self.redraw()

    def action_raw(self) -> None:
        """Shows the curves as they were written."""
        self.smoothing = 0
        self.redraw()

    def action_log_scale(self) -> None:
        """Switches the loss between a linear and a logarithmic axis."""
        self.log_loss = not self.log_loss
        self.redraw()


def arranged(
    charts: tuple[Chart, Chart], width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Returns two charts beside each other, or below, or only the second.

    Args:
      charts: the two; where only one fits it is the second.
      width: cells in all.
      height: lines in all.
      glyphs: the characters.
    """
    half = (width - _GAP) // 2
    if half >= _LEAST_WIDTH and width >= 2.2 * height:
        left = draw_chart(charts[0], half, height, glyphs)
        right = draw_chart(charts[1], half, height, glyphs)
        return [
            one.fitted(half).add(" " * _GAP).extend(other.pieces)
            for one, other in zip(left, right, strict=True)
        ]
    if height < 13:
        return draw_chart(charts[1], width, height, glyphs)
    upper = height // 2
    return [
        *draw_chart(charts[0], width, upper, glyphs),
        *draw_chart(charts[1], width, height - upper, glyphs),
    ]
