"""Which panes are on the screen, and how tall the list is: pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PANES = ("experiments", "plots", "queue", "gpus", "log", "results")

LEAST_COLUMNS, LEAST_LINES = 60, 15

_TWO_COLUMNS = 100
_RESULT_LINES = 12  # ten datasets and a frame
_FOOTER_LINES = 2
_LIST_FRAME = 3  # two edges and the headings


@dataclass(frozen=True)
class Arrangement:
    """What is shown where.

    Attributes:
      left: pane below the list, at the left or over the whole width; None if hidden.
      right: panes below the list at the right, from top to bottom.
      list_lines: height of the list with its frame, 0 when it is hidden.
      results_lines: height of the results when the log is above them, else 0: all.
      maximised: whether one pane has the whole screen.
    """

    left: str | None
    right: tuple[str, ...]
    list_lines: int
    results_lines: int = 0
    maximised: bool = False

    @property
    def visible(self) -> tuple[str, ...]:
        """The panes on the screen, in the order of the number keys."""
        shown = set(self.right)
        if self.left is not None:
            shown.add(self.left)
        if self.list_lines:
            shown.add("experiments")
        return tuple(pane for pane in PANES if pane in shown)


def arrange(
    columns: int,
    lines: int,
    num_rows: int,
    recent: Sequence[str] = (),
    zoomed: str | None = None,
) -> Arrangement:
    """Returns the arrangement for a screen.

    A wide screen has the list on top, below it plots (or queue, or GPUs) at the left
    and log and results at the right; a narrow or low one has the list and one pane.

    Args:
      columns: width of the screen in cells.
      lines: its height.
      num_rows: rows of the list.
      recent: panes as they were asked for, the latest first.
      zoomed: the pane that has the whole screen, if one has.
    """
    room = lines - _FOOTER_LINES
    if zoomed == "experiments":
        return Arrangement(None, (), room, maximised=True)
    if zoomed is not None:
        return Arrangement(zoomed, (), 0, maximised=True)
    below = max(9, min(20, max(12, lines // 2)))
    list_lines = min(num_rows + _LIST_FRAME, max(_LIST_FRAME + 2, room - below))
    if columns < _TWO_COLUMNS:
        left = _latest(recent, ("plots", "queue", "gpus", "log", "results"))
        return Arrangement(left, (), list_lines)
    left = _latest(recent, ("plots", "queue", "gpus"))
    if room - list_lines >= _RESULT_LINES + 6:
        return Arrangement(left, ("log", "results"), list_lines, _RESULT_LINES)
    return Arrangement(left, (_latest(recent, ("log", "results")),), list_lines)


def _latest(recent: Sequence[str], panes: tuple[str, ...]) -> str:
    """Returns the one of some panes that was asked for last, else the first."""
    return next((pane for pane in recent if pane in panes), panes[0])
