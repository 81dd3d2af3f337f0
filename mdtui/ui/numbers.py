"""How numbers read on the screen: short, aligned, the same everywhere."""

from __future__ import annotations

import math


def percent(fraction: float | None) -> str:
    """Returns an accuracy as a percentage with two decimals, or nothing."""
    if fraction is None:
        return ""
    return f"{100 * fraction:.2f}" if math.isfinite(fraction) else _not_finite(fraction)


def loss(value: float | None) -> str:
    """Returns a loss in at most six characters, or nothing."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return _not_finite(value)
    if abs(value) >= 1000:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"


def progress(update: int | None, total: int | None) -> str:
    """Returns `update/total` as far as they are known, or nothing."""
    if update is None:
        return f"-/{total}" if total is not None else ""
    return f"{update}/{total}" if total is not None else str(update)


def duration(seconds: float | None) -> str:
    """Returns a time span in at most six characters, coarser the longer it is.

    Below a minute it is rounded to five seconds, so that a screen which shows it is
    not repainted for every second that passes.
    """
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return ""
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5)):d}s" if seconds < 57 else "1m"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h{minutes:02d}m"
    return f"{hours // 24}d{hours % 24:02d}h"


def size(num_bytes: int) -> str:
    """Returns a file size in binary units with one decimal."""
    value = float(num_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Inf" if value > 0 else "-Inf"
