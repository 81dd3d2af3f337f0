"""Curves and bands as dots on a grid."""

from __future__ import annotations

import numpy as np


def curve_dots(
    columns: np.ndarray, rows: np.ndarray, drawn: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Returns the dots of a curve: its points and the lines between neighbours.

    Args:
      columns: column of each point, [n] integers, ascending.
      rows: row of each point, [n] integers; row 0 is the upper edge.
      drawn: [n] bool; a point that is not drawn breaks the curve.
      shape: height and width in dots.
    """
    dots = np.zeros(shape, dtype=bool)
    dots[rows[drawn], columns[drawn]] = True
    joined = np.flatnonzero(drawn[:-1] & drawn[1:])
    if len(joined):
        ends = (columns[joined], rows[joined], columns[joined + 1], rows[joined + 1])
        # Many points share few dots: each line is drawn once.
        for line in np.unique(np.stack(ends, axis=1), axis=0).tolist():
            _draw_line(dots, *line)
    return dots


def band_dots(
    columns: np.ndarray, low: np.ndarray, high: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Returns the dots of upright bars, the widest where several share a column.

    Args:
      columns: [n] integers in [0, width), ascending.
      low: [n] integers, row of the lower end; row 0 is the upper edge.
      high: [n] integers, row of the upper end.
      shape: height and width in dots.
    """
    dots = np.zeros(shape, dtype=bool)
    if not len(columns):
        return dots
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    bottom = np.maximum.reduceat(low, starts)
    top = np.minimum.reduceat(high, starts)
    for column, upper, lower in zip(columns[starts], top, bottom, strict=True):
        dots[upper : lower + 1, column] = True
    return dots


def _draw_line(dots: np.ndarray, x0: int, y0: int, x1: int, y1: int) -> None:
    """Draws the line from one column to the same or a later one, without holes."""
    if x0 == x1:
        dots[min(y0, y1) : max(y0, y1) + 1, x0] = True
        return
    previous = y0
    for x in range(x0 + 1, x1 + 1):
        y = y0 + round((y1 - y0) * (x - x0) / (x1 - x0))
        if y > previous:
            dots[previous + 1 : y + 1, x] = True
        elif y < previous:
            dots[y:previous, x] = True
        else:
            dots[y, x] = True
        previous = y
