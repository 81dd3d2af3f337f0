"""How fast a run goes, for people who read its log."""

import math
from collections.abc import Callable


class Pace:
    """How fast a run goes, and how long it will take.

    Args:
      clock: returns seconds.
      step: updates done at the start of this process.
    """

    def __init__(self, clock: Callable[[], float], step: int):
        self._clock = clock
        self._start = self._last = (step, clock())

    def describe(self, step: int, num_updates: int) -> str:
        """Returns the speed since the last call and the time left, as text."""
        now = self._clock()
        recent = self._rate(self._last, step, now)
        overall = self._rate(self._start, step, now)
        self._last = (step, now)
        if not recent or not overall:
            return ""
        left = math.ceil((num_updates - step) / overall)
        return f"{recent:.2f} updates/s, {_duration(left)} left."

    @staticmethod
    def _rate(since: tuple[int, float], step: int, now: float) -> float:
        elapsed = now - since[1]
        return (step - since[0]) / elapsed if elapsed > 0 else 0.0


def _duration(seconds: int) -> str:
    """Returns a duration as hours:minutes:seconds."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
