"""How far a run is and when it will be done, from its curves alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

# Enough points to smooth validation pauses, few enough to follow a change of speed.
_RECENT_POINTS = 30


def last_update(curves: Mapping[str, object]) -> int | None:
    """Returns the highest update that any curve has reached; None without a point.

    Args:
      curves: tag -> curve with ascending `steps`.
    """
    steps = [int(curve.steps[-1]) for curve in curves.values() if len(curve.steps)]
    return max(steps, default=None)


def eta_seconds(
    steps: np.ndarray, wall_times: np.ndarray, total: int | None, now: float
) -> float | None:
    """Returns the seconds to the end at the speed of the last points.

    Args:
      steps: updates, ascending, [points].
      wall_times: Unix seconds of each, [points].
      total: updates of the whole run.
      now: Unix seconds; what passed since the last point counts as progress.

    Returns:
      Seconds from now, at least 0; None with fewer than two points or unknown total.
    """
    if total is None or len(steps) < 2:
        return None
    first = max(0, len(steps) - _RECENT_POINTS)
    updates = float(steps[-1] - steps[first])
    elapsed = float(wall_times[-1] - wall_times[first])
    if updates <= 0 or elapsed <= 0 or not math.isfinite(elapsed):
        return None
    remaining = (total - float(steps[-1])) * elapsed / updates
    return max(0.0, remaining - max(0.0, now - float(wall_times[-1])))
