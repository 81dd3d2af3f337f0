"""Which keys the footer shows: those that apply to what is selected."""

from __future__ import annotations

from mdtui.core.model import ExperimentRow

_PANE_KEYS = {
    "plots": ("smoother", "rougher", "log-scale"),
    "queue": ("go-to",),
    "log": ("follow", "wrap"),
}


def footer_actions(
    pane: str, row: ExperimentRow | None, read_only: bool, zoomed: bool, filtered: bool
) -> tuple[str, ...]:
    """Returns the ids of the actions to show, the most useful first.

    Args:
      pane: the focused pane.
      row: the selected experiment; None when the list is empty.
      read_only: whether nothing may be started, stopped or written.
      zoomed: whether a pane has the whole screen.
      filtered: whether a filter is active.
    """
    shown: list[str] = list(_PANE_KEYS.get(pane, ()))
    if zoomed or filtered:
        shown.append("clear")
    if row is not None:
        shown += _for_row(row, read_only)
        shown += ["describe", "log"]
    return (*shown, "filter", "zoom", "palette", "help", "leave")


def _for_row(row: ExperimentRow, read_only: bool) -> list[str]:
    if read_only:
        return []
    if row.is_active:
        shown = ["stop", "terminate", "kill"]
    elif row.can_resume:
        shown = ["resume", "launch"]
    else:
        shown = ["launch"]
    if row.best_accuracy is not None:
        shown += ["best", "evaluate"]
    return shown
