"""The evaluations of one experiment: accuracy and interval for each dataset."""

from __future__ import annotations

from mdtui.core.model import EvaluationResult
from mdtui.core.results import mean_over_datasets
from mdtui.ui import numbers
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line, fit
from mdtui.ui.styles import state_style, state_text
from mdtui.ui.widgets.pane import ScrollingPane

_NAME_CELLS = 14
_VALUE_CELLS = 14


class ResultsTable(ScrollingPane):
    """The ten datasets, filled as their evaluations end."""

    number = "6"
    name_of_pane = "Results"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.results: tuple[EvaluationResult, ...] = ()
        self.best_update: int | None = None

    def show(
        self, results: tuple[EvaluationResult, ...], best_update: int | None
    ) -> None:
        """Shows other results.

        Args:
          results: one for each dataset.
          best_update: update of the selected best checkpoint, if one is selected.
        """
        self.results, self.best_update = results, best_update
        self.redraw()

    def title(self) -> list[tuple[str, str]]:
        """Says how many are there."""
        done = sum(result.accuracy is not None for result in self.results)
        return [(f" {done}/{len(self.results)}", "dim")] if self.results else []

    def note(self) -> str:
        """Says what the numbers are, once there is one."""
        if any(result.accuracy is not None for result in self.results):
            return f"accuracy % {self.glyphs.plus_minus} 95% CI"
        return ""

    def everything(self, width: int) -> list[Line]:
        """Returns one line a dataset, then their mean once all are there."""
        lines = [result_line(result, width, self.glyphs) for result in self.results]
        mean = mean_over_datasets(self.results)
        if mean is not None and len(self.results) > 1:
            text = f"mean of {len(self.results)}"
            line = Line(fit(text, _NAME_CELLS + 2), "dim")
            lines.append(line.add(f"{numbers.percent(mean):>6}", "strong"))
        return lines


def result_line(result: EvaluationResult, width: int, glyphs: Glyphs) -> Line:
    """Returns a dataset's line: name, mean and interval or state, a bar if it fits."""
    glyph, style = glyphs.state(result.state), state_style(result.state)
    line = Line(f"{glyph} ", style).add(fit(result.dataset, _NAME_CELLS))
    if result.accuracy is None:
        word = "not evaluated" if result.state == "none" else result.state
        return line.add(f"  {state_text(word)}", style)
    interval = ""
    if result.interval is not None:
        interval = f" {glyphs.plus_minus} {numbers.percent(result.interval):>5}"
    value = f"{numbers.percent(result.accuracy):>6}{interval}"
    line.add("  " + fit(value, _VALUE_CELLS + len(glyphs.plus_minus)), "strong")
    room = width - line.width - 2
    if result.state != "done":
        return line.add(f"  {state_text(result.state)}", style)
    if room >= 8:
        cells = min(room, 40)
        filled = round(cells * max(0.0, min(1.0, result.accuracy)))
        line.add("  ").add(glyphs.bar * filled, "good")
        line.add(glyphs.bar_rest * (cells - filled), "dim")
    return line
