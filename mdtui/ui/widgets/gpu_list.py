"""The GPUs that are visible, and which jobs have them."""

from __future__ import annotations

from mdtui.core.jobs import ACTIVE, JobView
from mdtui.ui.lines import Line, wrap
from mdtui.ui.widgets.pane import ScrollingPane

NONE_VISIBLE = "No NVIDIA GPU is visible here: jobs run on the CPU, in CPU slots."


class GpuList(ScrollingPane):
    """One line a GPU, then the jobs that run and where."""

    number = "4"
    name_of_pane = "GPUs"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.gpus: tuple[str, ...] = ()
        self.jobs: tuple[JobView, ...] = ()

    def show(self, gpus: tuple[str, ...], jobs: tuple[JobView, ...]) -> None:
        """Shows other readings.

        Args:
          gpus: one line a visible GPU.
          jobs: every job of the workspace.
        """
        self.gpus = gpus
        self.jobs = tuple(view for view in jobs if view.state in ACTIVE)
        self.redraw()

    def title(self) -> list[tuple[str, str]]:
        """Counts the GPUs."""
        return [(f" {len(self.gpus)}", "dim")]

    def everything(self, width: int) -> list[Line]:
        """Returns the GPUs, then what runs."""
        lines = [Line(text) for text in self.gpus]
        if not self.gpus and not any(view.gpus for view in self.jobs):
            lines = [Line(part) for part in wrap(NONE_VISIBLE, max(2, width))]
        lines.append(Line())
        if not self.jobs:
            return [*lines, Line("no job of this workspace is running", "dim")]
        lines.append(Line("RUNNING", "heading"))
        for view in self.jobs:
            where = ", ".join(view.gpus) or "cpu"
            what = view.job.run
            lines.append(Line(f"{what}  ").add(where, "dim"))
        return lines
