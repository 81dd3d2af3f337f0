"""What was selected as the best checkpoint, and why."""

from __future__ import annotations

from mdtui.core.model import BestReport
from mdtui.ui import numbers
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line, wrap
from mdtui.ui.screens.dialog import CLOSE, Button, Dialog, Text, facts

EVALUATE = "evaluate"


def best_dialog(report: BestReport, glyphs: Glyphs) -> Dialog:
    """Returns the dialog that shows a best checkpoint; offers to evaluate it."""
    buttons = (CLOSE, Button(EVALUATE, "Evaluate it"))
    if not report.checkpoint_exists:
        buttons = (CLOSE,)
    return Dialog(
        f"Best checkpoint of {report.experiment}", best_text(report, glyphs), buttons
    )


def best_text(report: BestReport, glyphs: Glyphs) -> Text:
    """Returns update, value, why, and the files."""
    accuracy = f"{numbers.percent(report.accuracy)} %"
    if report.interval is not None:
        accuracy += f" {glyphs.plus_minus} {numbers.percent(report.interval)}"
        accuracy += " (95% CI)"
    exists = f"on disk, {numbers.size(report.size_bytes)}"
    pairs = [
        ("update", str(report.update)),
        ("mean validation accuracy", accuracy),
        ("checkpoint", report.checkpoint),
        ("", exists if report.checkpoint_exists else ""),
        ("written to", report.text_file),
    ]

    def lines(width: int) -> list[Line]:
        out = facts(pairs, width)
        if not report.checkpoint_exists:
            text = "Its files are not on disk: it cannot be evaluated or resumed from."
            out += [Line(), *(Line(part, "bad") for part in wrap(text, width))]
        why = wrap(report.why, width)
        return [*out, Line(), *(Line(part) for part in why)]

    return lines
