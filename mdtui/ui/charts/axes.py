"""The two axes of a chart: from updates and values to dots and cells."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mdtui.ui.charts import ticks
from mdtui.ui.lines import fit

if TYPE_CHECKING:
    from mdtui.ui.charts.chart import Chart


@dataclass(frozen=True)
class Axes:
    """The mapping of a chart.

    Attributes:
      columns: cells of the canvas across.
      rows: cells of the canvas down.
      margin: cells left of the y axis, for its labels.
      x_low: update at the left edge.
      x_high: update at the right edge, above x_low.
      y_low: value at the lower edge, its logarithm where the axis is logarithmic.
      y_high: value at the upper edge, likewise, above y_low.
      log: whether the y axis is logarithmic.
      dots: dots of a cell, across and down.
      y_labels: row of the canvas -> label.
      x_labels: column of the canvas -> label.
    """

    columns: int
    rows: int
    margin: int
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    log: bool
    dots: tuple[int, int]
    y_labels: dict[int, str] = field(default_factory=dict)
    x_labels: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, chart: Chart, width: int, rows: int, braille: bool) -> Axes | None:
        """Returns axes that hold every finite point, None where there is none.

        Args:
          chart: whose points they hold.
          width: cells in all, margin and curve letters included.
          rows: cells of the canvas down.
          braille: whether a cell has 2 x 4 dots instead of 1 x 2.
        """
        x_range, y_range = _x_range(chart), _y_range(chart)
        if x_range is None or y_range is None:
            return None
        (x_low, x_high), (y_low, y_high) = x_range, y_range
        rows = max(1, rows)
        num_ticks = 3 if rows < 5 else max(4, min(7, rows // 2))
        if chart.log:
            values = ticks.log_ticks(y_low, y_high, num_ticks)
            texts = ticks.log_labels(values)
            y_low, y_high = math.log10(y_low), math.log10(y_high)
            values = [math.log10(value) for value in values]
        else:
            values = ticks.ticks(y_low, y_high, num_ticks - 1)
            texts = ticks.labels(values)
        margin = max(len(text) for text in texts) if texts else 0
        axes = cls(
            columns=max(1, width - margin - 2),
            rows=rows,
            margin=margin,
            x_low=x_low,
            x_high=x_high,
            y_low=y_low,
            y_high=y_high,
            log=chart.log,
            dots=(2, 4) if braille else (1, 2),
        )
        span = y_high - y_low
        for value, text in zip(values, texts, strict=True):
            row = round((y_high - value) / span * (rows - 1))
            axes.y_labels[row] = text
        for value in ticks.ticks(x_low, x_high, max(1, axes.columns // 9)):
            column = axes.cell_column(value)
            if column is not None:
                axes.x_labels[column] = ticks.update_label(value)
        return axes

    def shown(self, steps: np.ndarray) -> np.ndarray:
        """Returns which updates lie on the x axis, [n] bool."""
        return (steps >= self.x_low) & (steps <= self.x_high)

    def dot_columns(self, steps: np.ndarray) -> np.ndarray:
        """Returns the column of dots of each update, [n] int64."""
        last = self.columns * self.dots[0] - 1
        place = (steps - self.x_low) / (self.x_high - self.x_low) * last
        return np.clip(np.rint(place), 0, last).astype(np.int64)

    def dot_rows(self, values: np.ndarray) -> np.ndarray:
        """Returns the row of dots of each value, [n] int64; beyond the edge, the edge.

        Args:
          values: [n] float64, finite; positive where the axis is logarithmic.
        """
        if self.log:
            values = np.log10(np.maximum(values, 1e-300))
        last = self.rows * self.dots[1] - 1
        place = (self.y_high - values) / (self.y_high - self.y_low) * last
        return np.clip(np.rint(place), 0, last).astype(np.int64)

    def cell_column(self, update: float) -> int | None:
        """Returns the column of cells of an update, None beyond the axis."""
        if not self.x_low <= update <= self.x_high:
            return None
        return int(self.dot_columns(np.array([update]))[0]) // self.dots[0]

    def cell_row(self, value: float) -> int | None:
        """Returns the row of cells of a value, None where it has none."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return None
        return int(self.dot_rows(np.array([value]))[0]) // self.dots[1]

    def x_label_text(self) -> str:
        """Returns the line below the x axis: each label under its tick."""
        width = self.margin + 1 + self.columns + 1
        line = " " * width
        for column, text in sorted(self.x_labels.items()):
            start = self.margin + 1 + column - len(text) // 2
            start = min(max(0, start), width - len(text))
            if line[max(0, start - 1) : start + len(text) + 1].strip():
                continue
            line = line[:start] + text + line[start + len(text) :]
        return fit(line, width)


def _x_range(chart: Chart) -> tuple[float, float] | None:
    """Returns the first and last update shown, in steps that last a while."""
    ends = [
        (int(series.steps[0]), int(series.steps[-1]))
        for series in chart.series
        if len(series.steps)
    ]
    if not ends:
        return None
    first, last = min(low for low, _ in ends), max(high for _, high in ends)
    if last <= 0:
        return float(min(first, last - 1)), float(last + 1)
    low = 0.0 if first >= 0 else float(first)
    high = ticks.nice_ceiling(last)
    if chart.total is not None and chart.total >= last:
        high = min(high, float(chart.total))
    return low, float(max(high, low + 1))


def _y_range(chart: Chart) -> tuple[float, float] | None:
    """Returns round ends that hold every finite value, within floor and ceiling."""
    extremes: list[float] = []
    for series in chart.series:
        values = series.values[np.isfinite(series.values)]
        if chart.log:
            values = values[values > 0]
        if len(values):
            extremes += [float(values.min()), float(values.max())]
    if not extremes:
        return None
    low, high = min(extremes), max(extremes)
    if chart.log:
        return (low / 1.5, high * 1.5) if low == high else (low, high)
    if low == high:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    step = ticks.nice_step(high - low, 5) / 2
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    if chart.floor is not None:
        low = max(low, min(chart.floor, extremes[0]))
    if chart.ceiling is not None:
        high = min(high, max(chart.ceiling, *extremes))
    return low, high
