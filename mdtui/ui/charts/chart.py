"""One chart: curves against updates, with axes, legend and marks, as lines of text.

From top to bottom: a heading with the legend and the last values, the canvas with the
y axis left and each curve's letter at its right end, the x axis with restart marks,
and its labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mdtui.events.series import thin
from mdtui.ui.charts.axes import Axes
from mdtui.ui.charts.canvas import Canvas
from mdtui.ui.charts.strokes import band_dots, curve_dots
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line, fit

# Below these a chart is a heading and a remark: it could not be read.
_LEAST_ROWS, _LEAST_COLUMNS = 6, 20


@dataclass(frozen=True)
class Series:
    """One curve of a chart.

    Attributes:
      label: its name in the legend.
      letter: one character that marks its right end and its legend entry.
      style: name of its style.
      steps: [n] int64, the updates, ascending.
      values: [n] float64; what is not finite breaks the curve and is marked.
      last: the last value as the legend shows it.
      half_width: [n] float64, half-widths of a confidence interval, or None.
      band_style: name of the style of the intervals.
    """

    label: str
    letter: str
    style: str
    steps: np.ndarray
    values: np.ndarray
    last: str
    half_width: np.ndarray | None = None
    band_style: str = "dim"


@dataclass(frozen=True)
class Chart:
    """What a chart shows.

    Attributes:
      title: its heading.
      series: its curves; the later ones are drawn on top.
      restarts: updates at which the run was resumed.
      best: update and value of the best validation, marked on the canvas.
      floor: the y axis never goes below it, if given.
      ceiling: the y axis never goes above it, if given.
      log: whether the y axis is logarithmic; only positive values are shown then.
      total: updates of the whole run; the x axis does not go beyond.
      remark: said in place of a chart without points.
    """

    title: str
    series: tuple[Series, ...]
    restarts: tuple[int, ...] = ()
    best: tuple[int, float] | None = None
    floor: float | None = None
    ceiling: float | None = None
    log: bool = False
    total: int | None = None
    remark: str = "no points yet"


def draw_chart(chart: Chart, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Returns a chart as exactly `height` lines of at most `width` cells."""
    lines = [_heading(chart, width, glyphs)]
    axes = Axes.of(chart, width, height - 3, glyphs.braille)
    if axes is None or height < _LEAST_ROWS or width < _LEAST_COLUMNS:
        remark = chart.remark if axes is None else "too small for a chart"
        body = [Line() for _ in range(max(0, height - 1))]
        if body:
            body[(len(body) - 1) // 2] = Line(fit(remark, width, "center"), "dim")
        return (lines + body)[:height]
    lines += _canvas_lines(chart, axes, glyphs)
    lines.append(_x_axis(chart, axes, glyphs))
    lines.append(Line(axes.x_label_text(), "dim"))
    return lines


def _heading(chart: Chart, width: int, glyphs: Glyphs) -> Line:
    """Title, then letter, name and last value of each curve that has points."""
    line = Line(chart.title, "title")
    if chart.log:
        line.add(" log", "dim")
    for series in chart.series:
        if not len(series.steps):
            continue
        entry = [
            (f"  {series.letter} ", series.style),
            (f"{series.label} ", "dim"),
            (series.last, "strong"),
        ]
        broken = np.flatnonzero(~np.isfinite(series.values))
        if len(broken):
            kind = "NaN" if np.isnan(series.values[broken[0]]) else "Inf"
            text = f" {glyphs.not_finite}{kind} from {series.steps[broken[0]]}"
            entry.append((text, "bad"))
        short = [entry[0], *entry[2:]]
        for pieces in (entry, short):
            if line.width + sum(len(text) for text, _ in pieces) <= width:
                line.extend(pieces)
                break
    return line


def _canvas_lines(chart: Chart, axes: Axes, glyphs: Glyphs) -> list[Line]:
    canvas = Canvas(axes.columns, axes.rows, glyphs.braille)
    styles = _draw_series(chart, axes, canvas)
    text = [list(row) for row in canvas.text()]
    style_of = [
        [
            styles[layer] if (layer := canvas.layer_at(row, column)) >= 0 else "plain"
            for column in range(axes.columns)
        ]
        for row in range(axes.rows)
    ]
    for update in chart.restarts:
        column = axes.cell_column(update)
        for row in range(axes.rows):
            if column is not None and text[row][column] == " ":
                text[row][column], style_of[row][column] = glyphs.restart, "dim"
    for series in chart.series:
        for update in series.steps[~np.isfinite(series.values)][:1].tolist():
            column = axes.cell_column(update)
            if column is not None:
                text[0][column], style_of[0][column] = glyphs.not_finite, "bad"
    if chart.best is not None:
        column, row = axes.cell_column(chart.best[0]), axes.cell_row(chart.best[1])
        if column is not None and row is not None:
            text[row][column], style_of[row][column] = glyphs.best, "strong"
    ends = _end_letters(chart, axes)
    lines = []
    for row in range(axes.rows):
        label = axes.y_labels.get(row)
        edge = glyphs.vertical if label is None else glyphs.axis_tick_y
        line = Line(fit(label or "", axes.margin, "right"), "dim").add(edge, "frame")
        line.extend(_runs(text[row], style_of[row]))
        if row in ends:
            line.add(*ends[row])
        lines.append(line)
    return lines


def _draw_series(chart: Chart, axes: Axes, canvas: Canvas) -> list[str]:
    """Draws bands, then curves; returns the style of each layer."""
    styles: list[str] = []
    shape = (canvas.height, canvas.width)
    for series in chart.series:
        shown = axes.shown(series.steps)
        if series.half_width is None or not shown.any():
            continue
        steps, values = series.steps[shown], series.values[shown]
        half_width = series.half_width[shown]
        usable = np.isfinite(values) & np.isfinite(half_width)
        values, half_width = values[usable], half_width[usable]
        dots = band_dots(
            axes.dot_columns(steps[usable]),
            axes.dot_rows(values - half_width),
            axes.dot_rows(values + half_width),
            shape,
        )
        canvas.draw(dots, len(styles))
        styles.append(series.band_style)
    for series in chart.series:
        shown = axes.shown(series.steps)
        if not shown.any():
            continue
        canvas.draw(_curve(series, shown, chart.log, axes, shape), len(styles))
        styles.append(series.style)
    return styles


def _curve(
    series: Series,
    shown: np.ndarray,
    log: bool,
    axes: Axes,
    shape: tuple[int, int],
) -> np.ndarray:
    """Returns the dots of a curve, thinned first: no more points than can be seen."""
    values = series.values[shown]
    if log:
        values = np.where(values > 0, values, np.nan)
    columns = axes.dot_columns(series.steps[shown])
    kept = thin(columns, values)
    columns, values = columns[kept], values[kept]
    drawn = np.isfinite(values)
    rows = np.zeros(len(values), np.int64)
    rows[drawn] = axes.dot_rows(values[drawn])
    return curve_dots(columns, rows, drawn, shape)


def _end_letters(chart: Chart, axes: Axes) -> dict[int, tuple[str, str]]:
    """Returns row -> (letter, style) of the curves' right ends, none hidden."""
    ends: dict[int, tuple[str, str]] = {}
    for series in reversed(chart.series):
        finite = np.flatnonzero(np.isfinite(series.values))
        if not len(finite):
            continue
        row = axes.cell_row(float(series.values[finite[-1]]))
        if row is None:
            continue
        for candidate in sorted(range(axes.rows), key=lambda other: abs(other - row)):
            if candidate not in ends:
                ends[candidate] = (series.letter, series.style)
                break
    return ends


def _x_axis(chart: Chart, axes: Axes, glyphs: Glyphs) -> Line:
    cells = [glyphs.horizontal] * axes.columns
    for column in axes.x_labels:
        cells[column] = glyphs.axis_tick_x
    line = Line(" " * axes.margin).add(glyphs.axis_corner, "frame")
    styles = ["frame"] * axes.columns
    for update in chart.restarts:
        column = axes.cell_column(update)
        if column is not None:
            cells[column], styles[column] = glyphs.restart_mark, "warning"
    return line.extend(_runs(cells, styles))


def _runs(cells: list[str], styles: list[str]) -> list[tuple[str, str]]:
    """Returns cells as pieces of text, neighbours of one style joined."""
    runs: list[tuple[str, str]] = []
    for cell, style in zip(cells, styles, strict=True):
        if runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + cell, style)
        else:
            runs.append((cell, style))
    return runs
