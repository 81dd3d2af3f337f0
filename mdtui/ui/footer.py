"""The words at the bottom: what there is to say of a row, and the keys that apply."""

from __future__ import annotations

from mdtui.core.model import ExperimentRow
from mdtui.ui import numbers
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.styles import state_style, state_text

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


# Wider lists have columns for these.
_LIST_WITHOUT_COLUMNS = 100


def row_status(row: ExperimentRow, glyphs: Glyphs, width: int) -> list[tuple[str, str]]:
    """Returns pieces for the status line: the name, its state, and why.

    Args:
      row: the selected experiment.
      glyphs: the characters.
      width: of the screen; on a narrow one, what its list leaves out is said here.
    """
    state = f"  {glyphs.state(row.state)} {state_text(row.state)}"
    pieces = [(row.name, "strong"), (state, state_style(row.state))]
    if row.reason:
        pieces.append((f"  {row.reason}", "plain"))
    if width < _LIST_WITHOUT_COLUMNS:
        said = (
            ("ETA", numbers.duration(row.eta_seconds)),
            ("loss", numbers.loss(row.last_loss)),
            ("on", row.gpu),
        )
        pieces += [(f"  {name} {text}", "dim") for name, text in said if text]
    return pieces
