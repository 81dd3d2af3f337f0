"""What *best* means: the update with the highest mean validation accuracy.

One pure definition, shared by `python -m meta_dataset.analysis.select_best_model` and
the terminal application. Plain numbers in, plain numbers out; NumPy is the only
library.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Best:
    """A selected checkpoint.

    Attributes:
      variant: the run; empty where only one is meant.
      accuracy: its mean validation accuracy, a fraction; smoothed, if that was asked.
      update: the number of updates.
    """

    variant: str
    accuracy: float
    update: int


def last_values(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns increasing steps, each with the last value that was written for it.

    A run that was resumed validates again at the step it resumed from. The checkpoint
    on disk belongs to the later value.

    Args:
      steps: in the order of writing, [n].
      values: [n].
    """
    steps, values = np.asarray(steps, np.int64), np.asarray(values, np.float64)
    _, first_from_behind = np.unique(steps[::-1], return_index=True)
    kept = len(steps) - 1 - first_from_behind
    return steps[kept], values[kept]


def moving_average(values: np.ndarray, window: int) -> np.ndarray:
    """Returns the mean over a window around each value, as long as the values.

    The ends are continued by reflection (without repeating the outermost value):
    `window // 2` values to the left, the rest to the right; as often as needed when
    the window is longer than the values.

    Raises:
      ValueError: the window is below 1.
    """
    values = np.asarray(values, np.float64)
    if window < 1:
        raise ValueError(f"a smoothing window is at least 1: {window}")
    if window == 1 or not len(values):
        return values
    left = window // 2
    padded = np.pad(values, (left, window - 1 - left), mode="reflect")
    return np.convolve(padded, np.full(window, 1 / window), mode="valid")


def best_of_series(
    steps: np.ndarray, values: np.ndarray, smooth_window: int = 1
) -> Best | None:
    """Returns the first highest of the validations, None if there is none.

    A step that occurs twice counts with its later value. Values that are no numbers
    (a diverged run) are never the best and are left out before smoothing.

    Args:
      steps: updates in the order of writing, [n].
      values: mean validation accuracies, [n].
      smooth_window: of the moving average; 1 for none.
    """
    steps, values = last_values(steps, values)
    finite = np.isfinite(values)
    steps, values = steps[finite], moving_average(values[finite], smooth_window)
    if not len(values):
        return None
    highest = int(np.argmax(values))
    return Best("", float(values[highest]), int(steps[highest]))


def best_of_variants(candidates: Iterable[Best]) -> Best | None:
    """Returns the first candidate with the highest accuracy, None without any."""
    best = None
    for candidate in candidates:
        if best is None or candidate.accuracy > best.accuracy:
            best = candidate
    return best
