"""Every job of the workspace: what runs, what waits, what ended and how."""

from __future__ import annotations

from collections.abc import Sequence

from mdtui.core.jobs import JobView, State
from mdtui.ui import keys
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Line, fit
from mdtui.ui.messages import JobChosen
from mdtui.ui.styles import state_style, state_text
from mdtui.ui.widgets.pane import ScrollingPane

_RANK = {
    State.STOPPING: 0,
    State.RUNNING: 0,
    State.STARTING: 0,
    State.QUEUED: 1,
    State.HELD: 1,
}


class QueueList(ScrollingPane):
    """The jobs, running ones first, then those that wait in their order."""

    BINDINGS = keys.bindings("queue")

    number = "3"
    name_of_pane = "Queue"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.jobs: tuple[JobView, ...] = ()
        self.index = 0

    def show(self, jobs: tuple[JobView, ...]) -> None:
        """Shows other jobs; the cursor stays on its job."""
        chosen = self.chosen
        self.jobs = in_order(jobs)
        if chosen is not None:
            ids = [view.job.id for view in self.jobs]
            self.index = ids.index(chosen.job.id) if chosen.job.id in ids else 0
        self.redraw()

    @property
    def chosen(self) -> JobView | None:
        """The job under the cursor; None without jobs."""
        return self.jobs[self.index] if self.index < len(self.jobs) else None

    def title(self) -> list[tuple[str, str]]:
        """Counts what runs and what waits."""
        running = sum(_RANK.get(view.state) == 0 for view in self.jobs)
        waiting = sum(_RANK.get(view.state) == 1 for view in self.jobs)
        counts = [
            f"{running} running",
            f"{waiting} waiting",
            f"{len(self.jobs)} in all",
        ]
        return [(f" {', '.join(counts)}", "dim")] if self.jobs else []

    def everything(self, width: int) -> list[Line]:
        """Returns one line a job."""
        if not self.jobs:
            return [Line("no jobs yet; a launches the selected experiment", "dim")]
        names = max(len(_what(view)) for view in self.jobs)
        lines = []
        for position, view in enumerate(self.jobs):
            line = job_line(view, names, self.glyphs)
            if position == self.index:
                line = Line(self.glyphs.cursor).extend(line.pieces[1:])
                if self.has_focus:
                    line = line.fitted(width).with_style("selected")
            lines.append(line)
        return lines

    def scroll_lines(self, lines: int) -> None:
        """Moves the cursor; the view follows it."""
        self.index = max(0, min(self.index + lines, len(self.jobs) - 1))
        room = max(1, self.size.height - 2)
        self.top = max(self.index - room + 1, min(self.top, self.index))
        self.redraw()

    def action_go_to(self) -> None:
        """Selects the experiment of the job under the cursor."""
        if self.chosen is not None:
            self.post_message(JobChosen(self.chosen.job.experiment))


def in_order(jobs: Sequence[JobView]) -> tuple[JobView, ...]:
    """Returns jobs as the queue shows them: running, waiting in turn, ended last first.

    Args:
      jobs: oldest first.
    """
    active = [view for view in jobs if view.state in _RANK]
    ended = [view for view in jobs if view.state not in _RANK]
    ended.sort(key=lambda view: view.ended or 0.0, reverse=True)
    return (*sorted(active, key=lambda view: _RANK[view.state]), *ended)


def job_line(view: JobView, name_cells: int, glyphs: Glyphs) -> Line:
    """Returns the line of one job; its first cell is left for the cursor."""
    word = str(view.reason) if view.reason is not None else str(view.state)
    style = state_style(word)
    line = Line(" ").add(f"{glyphs.state(word)} {fit(state_text(word), 14)}", style)
    line.add(fit(_what(view), name_cells + 2))
    line.add(fit(", ".join(uuid[:12] for uuid in view.gpus), 14) if view.gpus else "")
    if view.attempt > 1:
        line.add(f"attempt {view.attempt}  ", "dim")
    return line.add(view.detail, "dim")


def _what(view: JobView) -> str:
    dataset = f" on {view.job.dataset}" if view.job.dataset else ""
    return f"{view.job.kind} {view.job.experiment}{dataset}"
