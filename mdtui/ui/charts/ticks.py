"""Where the ticks of an axis stand, and how they read."""

from __future__ import annotations

import itertools
import math

# Multiples of a power of ten at which an axis of updates may end. Steps this fine
# leave at most a sixth of the plot empty, and the curve is redrawn only when the run
# outgrows one of them.
_CEILINGS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def nice_ceiling(value: float) -> float:
    """Returns the smallest round number that is at least a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    for multiple in _CEILINGS:
        if value <= multiple * power * (1 + 1e-9):
            return multiple * power
    return 10.0 * power


def nice_step(span: float, intervals: int) -> float:
    """Returns 1, 2, 2.5 or 5 times a power of ten that cuts a span into few parts.

    Args:
      span: length of the axis, positive.
      intervals: parts at most, at least 1.
    """
    raw = span / max(1, intervals)
    power = 10.0 ** math.floor(math.log10(raw))
    for multiple in (1.0, 2.0, 2.5, 5.0):
        if raw <= multiple * power * (1 + 1e-9):
            return multiple * power
    return 10.0 * power


def ticks(low: float, high: float, intervals: int) -> list[float]:
    """Returns the round numbers in [low, high], at most `intervals` + 1 of them."""
    if not high > low:
        return [low]
    step = nice_step(high - low, intervals)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [_clean(number * step) for number in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """Returns round numbers in [low, high] that are even on a logarithmic axis.

    Powers of ten, with 2 and 5 between them where there is room.

    Args:
      low: lower end, positive.
      high: upper end, above low.
      count: ticks at most.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        found = [
            multiple * 10.0**power
            for power in range(first, last + 1)
            for multiple in multiples
            if low * (1 - 1e-9) <= multiple * 10.0**power <= high * (1 + 1e-9)
        ]
        if len(found) <= count:
            break
    if len(found) < 2:
        return ticks(low, high, max(2, count - 1))
    stride = math.ceil(len(found) / max(1, count))
    return found[::stride]


def labels(values: list[float]) -> list[str]:
    """Returns the values as text with as many decimals as tell them apart."""
    if not values:
        return []
    gaps = [b - a for a, b in itertools.pairwise(values)]
    step = min(gaps) if gaps else abs(values[0]) or 1.0
    largest = max(abs(value) for value in values)
    if largest >= 1e5 or (largest and largest < 1e-3):
        return [
            f"{value:.1e}".replace("e+0", "e").replace("e-0", "e-") for value in values
        ]
    decimals = 0
    while decimals < 6 and abs(round(step, decimals) - step) > 1e-9 * max(1, step):
        decimals += 1
    return [f"{value:.{decimals}f}" for value in values]


def log_labels(values: list[float]) -> list[str]:
    """Returns the values as text, each as short as it can be."""
    return [f"{value:g}" for value in values]


def update_label(value: float) -> str:
    """Returns a number of updates, thousands as `k` and millions as `M`."""
    for unit, suffix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * unit or (abs(value) >= unit and value % (unit / 10) == 0):
            return f"{value / unit:g}{suffix}"
    return f"{value:g}"


def _clean(value: float) -> float:
    """Returns a tick without the dust of binary fractions; never minus zero."""
    return float(f"{value:.12g}") + 0.0
