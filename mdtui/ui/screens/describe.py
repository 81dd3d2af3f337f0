"""Everything known of one experiment, in words."""

from __future__ import annotations

from collections.abc import Callable

from mdtui.core.commands import shell_line
from mdtui.core.jobs import JobView
from mdtui.core.model import Detail, ExperimentRow
from mdtui.ui import numbers
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line, wrap
from mdtui.ui.screens.dialog import Dialog, Text, facts
from mdtui.ui.styles import state_text

_LAST_LINES = 12
_CHECKPOINTS = 8


# What is known of an experiment at one moment: its row, what was read of it, if
# anything was, and its newest training job, if it ever had one.
Known = tuple[ExperimentRow, Detail | None, JobView | None]


class Describe(Dialog):
    """Describes an experiment, and keeps up with it.

    Args:
      name: of the experiment.
      ask: gives what is known of it now.
      glyphs: the characters.
    """

    def __init__(self, name: str, ask: Callable[[], Known], glyphs: Glyphs) -> None:
        super().__init__(name, lambda width: describe_text(*ask(), glyphs)(width))

    def show_news(self) -> None:
        """Draws what is known by now."""
        self.fit_box()
        self.box.redraw()


def describe_text(
    row: ExperimentRow, detail: Detail | None, job: JobView | None, glyphs: Glyphs
) -> Text:
    """Returns state, progress, checkpoints, job, and the end of the log."""

    def lines(width: int) -> list[Line]:
        out = facts(_progress(row, glyphs), width)
        if detail is not None:
            out += _section("FILES", facts(_files(detail), width))
        if job is not None:
            out += _section("JOB", facts(_job(job), width))
            command = wrap(shell_line(job.job.command), width - 2, "    ")
            out += [Line("$ ", "dim").add(command[0], "command")]
            out += [Line("  ").add(part, "command") for part in command[1:]]
        if detail is not None and detail.log:
            end = [Line(text) for text in detail.log[-_LAST_LINES:]]
            out += _section("END OF THE LOG", end)
        return out

    return lines


def _section(heading: str, lines: list[Line]) -> list[Line]:
    return [Line(), Line(heading, "heading"), *lines] if lines else []


def _progress(row: ExperimentRow, glyphs: Glyphs) -> list[tuple[str, str]]:
    best = ""
    if row.best_accuracy is not None:
        best = f"{numbers.percent(row.best_accuracy)} % at update {row.best_update}"
    return [
        ("state", f"{glyphs.state(row.state)} {state_text(row.state)}"),
        ("reason", row.reason),
        ("model", row.model),
        ("source", row.source),
        ("update", numbers.progress(row.update, row.total)),
        ("time left", numbers.duration(row.eta_seconds)),
        ("last loss", numbers.loss(row.last_loss)),
        ("best validation", best),
        ("runs on", row.gpu),
    ]


def _files(detail: Detail) -> list[tuple[str, str]]:
    shown = ", ".join(str(update) for update in detail.checkpoints[-_CHECKPOINTS:])
    if len(detail.checkpoints) > _CHECKPOINTS:
        shown = f"{len(detail.checkpoints)}, the last: {shown}"
    restarts = ", ".join(str(update) for update in detail.curves.restarts)
    pairs = [("checkpoints", shown or "none"), ("resumed at", restarts)]
    if detail.best is not None:
        pairs.append(("best", detail.best.checkpoint))
    pairs += [("damage", text) for text in detail.curves.damage]
    return pairs


def _job(job: JobView) -> list[tuple[str, str]]:
    code = "" if job.exit_code is None else str(job.exit_code)
    pid = "" if job.trainer is None else str(job.trainer.pid)
    return [
        ("id", job.job.id),
        ("attempt", str(job.attempt) if job.attempt else ""),
        ("detail", job.detail),
        ("exit code", code),
        ("signal", job.signal or ""),
        ("process", pid),
        ("folder", job.job.working_directory),
        ("log", str(job.stderr or "")),
    ]
