"""Series of steps and values: joined, cut where a run resumed, smoothed, thinned.

Pure functions over NumPy arrays. A curve has strictly increasing steps, one value
each; the files and their order are `follower`'s subject, drawing is the screen's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of one tag over the updates of a run; the arrays have one length.

    Two curves are equal when they are one: a follower returns the same object as long
    as nothing changed, and comparing a million points would cost more than drawing.

    Attributes:
      steps: updates, strictly increasing, [n], int64.
      values: [n], float64; NaN and infinities are values.
      wall_times: when they were written, seconds since 1970, [n], float64.
    """

    steps: np.ndarray
    values: np.ndarray
    wall_times: np.ndarray

    def __len__(self) -> int:
        return len(self.steps)


EMPTY = Curve(np.empty(0, np.int64), np.empty(0), np.empty(0))


def tidy(curve: Curve) -> Curve:
    """Returns a curve whose steps increase: sorted, of equal steps the last one.

    Args:
      curve: points in the order in which they were written.
    """
    steps = curve.steps
    if len(steps) < 2 or (steps[1:] > steps[:-1]).all():
        return curve
    order = np.argsort(steps, kind="stable")
    ordered = steps[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    return _take(curve, order[last])


def append(curve: Curve, later: Curve) -> Curve:
    """Returns both curves as one; where both have a step, the later one counts."""
    if not len(curve):
        return tidy(later)
    if not len(later):
        return curve
    return tidy(
        Curve(
            np.concatenate([curve.steps, later.steps]),
            np.concatenate([curve.values, later.values]),
            np.concatenate([curve.wall_times, later.wall_times]),
        )
    )


def cut_after(curve: Curve, step: int) -> Curve:
    """Returns the points up to and including a step."""
    size = int(np.searchsorted(curve.steps, step, side="right"))
    return curve if size == len(curve) else _take(curve, slice(size))


def resume(curve: Curve, at: int, later: Curve) -> Curve:
    """Returns the curve of a run that was resumed, without the steps it repeats.

    What the first process did beyond the step `at` belongs to weights that are gone,
    whether or not the second one has come that far again. The value at `at` itself
    still holds unless there is a later one.
    """
    return append(cut_after(curve, at), later)


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Returns the debiased exponential moving average, [n], float64.

    s_0 = 0, s_i = weight * s_(i-1) + (1 - weight) * value_i, divided by
    1 - weight ** i: the first values are not drawn towards zero. Values that are not
    finite stay as they are and leave the average alone.

    Args:
      values: [n]; all points, before any thinning.
      weight: of the past, in [0, 1); 0 changes nothing.

    Raises:
      ValueError: the weight is outside of [0, 1).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"a smoothing weight lies in [0, 1): {weight}")
    values = np.array(values, np.float64)
    finite = np.isfinite(values)
    if weight == 0 or not finite.any():
        return values
    average = (1 - weight) * values[finite]
    count = len(average)
    # Each pass doubles how far a value has reached: after k passes every sum holds
    # its last 2 ** k terms. Terms too small for a float64 are left out.
    reach, factor = 1, weight
    while reach < count and factor > 1e-18:
        carried = average[:-reach] * factor
        average[reach:] += carried
        reach, factor = 2 * reach, factor * factor
    seen = np.arange(1, count + 1)
    # expm1 keeps the digits when the weight is close to 1.
    values[finite] = average / -np.expm1(seen * np.log(weight))
    return values


def thin(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns which points to draw: of each column first, last, lowest and highest.

    No spike is lost, and the line enters and leaves each column where it did. Points
    that are not finite are kept where they begin and end, so that gaps stay gaps.

    Args:
      columns: of the drawing, one for each point, not decreasing, [n], integers.
      values: [n].

    Returns:
      Positions, ascending, [m].
    """
    columns, values = np.asarray(columns), np.asarray(values, np.float64)
    count = len(values)
    if not count:
        return np.empty(0, np.intp)
    keep = np.zeros(count, bool)
    finite = np.isfinite(values)
    changes = columns[1:] != columns[:-1]
    edges = changes | (finite[1:] != finite[:-1])
    keep[0] = keep[-1] = True
    keep[1:] |= edges
    keep[:-1] |= edges
    starts = np.append(0, np.flatnonzero(changes) + 1)
    column = np.cumsum(np.append(False, changes))
    for direction in (1, -1):
        signed = np.where(finite, direction * values, -np.inf)
        highest = np.maximum.reduceat(signed, starts)
        is_extreme = finite & (signed == highest[column])
        keep[_first_of_each(column, is_extreme)] = True
    return np.flatnonzero(keep)


def _first_of_each(column: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Returns the first chosen position of each column."""
    positions = np.flatnonzero(chosen)
    _, first = np.unique(column[positions], return_index=True)
    return positions[first]


def _take(curve: Curve, chosen: np.ndarray | slice) -> Curve:
    return Curve(curve.steps[chosen], curve.values[chosen], curve.wall_times[chosen])
