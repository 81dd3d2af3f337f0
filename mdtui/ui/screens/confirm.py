"""The dialogs before a signal is sent; the default is to send none."""

from __future__ import annotations

from mdtui.core.model import StopPreview
from mdtui.ui.screens.dialog import CANCEL, Button, Dialog, paragraphs

# What is done, with which signal, and what becomes of the updates since the last
# checkpoint.
_WAYS = {
    "stop": ("Stop", "SIGINT to the trainer", True),
    "terminate": ("Terminate", "SIGTERM to all its processes", True),
    "kill": ("Kill", "SIGKILL to all its processes", False),
}


def stop_dialog(preview: StopPreview, how: str) -> Dialog:
    """Returns the dialog that asks whether a run shall really end.

    Args:
      preview: what it would cost.
      how: `stop`, `terminate` or `kill`; also the answer for yes.
    """
    label, _, _ = _WAYS[how]
    return Dialog(
        f"{label} {preview.name}?",
        paragraphs(*stop_texts(preview, how)),
        (CANCEL, Button(how, label)),
        marked=0,
        yes=how,
    )


def stop_texts(preview: StopPreview, how: str) -> tuple[str, ...]:
    """Returns the paragraphs of the dialog: what is sent, kept and lost."""
    _, signal, saves = _WAYS[how]
    at = (
        "" if preview.current_update is None else f" at update {preview.current_update}"
    )
    first = f"Sends {signal}{at}."
    if preview.last_checkpoint is None:
        kept = "There is no checkpoint yet"
    else:
        kept = f"The last checkpoint is of update {preview.last_checkpoint}"
    if saves:
        second = f"{kept}; the trainer saves one more before it leaves."
        return first, f"{second} If it does not, {_lost(preview)}.", "R resumes it."
    return first, f"{kept}: {_lost(preview)}.", "R resumes it from that checkpoint."


def _lost(preview: StopPreview) -> str:
    if preview.updates_lost is None:
        return "what came after it is lost"
    if preview.updates_lost == 1:
        return "1 update is lost"
    return f"{preview.updates_lost} updates are lost"
