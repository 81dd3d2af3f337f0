"""The main screen: the list on top, panes below, status and keys at the bottom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen

from mdtui.core.model import Detail, ExperimentRow, Snapshot
from mdtui.ui import keys
from mdtui.ui.arrangement import PANES
from mdtui.ui.experiment_actions import ExperimentActions
from mdtui.ui.filtering import matching
from mdtui.ui.footer import footer_actions, row_status
from mdtui.ui.messages import (
    ExperimentSelected,
    FilterChanged,
    FilterClosed,
    JobChosen,
)
from mdtui.ui.pane_navigation import PaneNavigation
from mdtui.ui.widgets.experiment_table import ExperimentTable
from mdtui.ui.widgets.gpu_list import GpuList
from mdtui.ui.widgets.lined import Lined
from mdtui.ui.widgets.log_view import LogView
from mdtui.ui.widgets.pane import Pane
from mdtui.ui.widgets.plot import Plots
from mdtui.ui.widgets.queue_list import QueueList
from mdtui.ui.widgets.results_table import ResultsTable
from mdtui.ui.widgets.status_line import KeyBar, StatusLine

if TYPE_CHECKING:
    from mdtui.ui.app import MdtuiApp

# Details of experiments looked at before, shown at once when they are selected again.
_REMEMBERED = 32


class ExperimentsScreen(
    ExperimentActions, PaneNavigation, Screen[None], inherit_bindings=False
):
    """Composition of the main screen, and what each pane is given to show.

    Attributes:
      snapshot: what is shown; None before the first one.
    """

    app: MdtuiApp
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("experiment", "main"),
        *keys.bindings("everywhere", namespace="app"),
    ]
    AUTO_FOCUS = "ExperimentTable"

    def __init__(self) -> None:
        super().__init__()
        self.snapshot: Snapshot | None = None
        self._pattern = ""
        self._message: tuple[str, str] | None = None
        self._details: dict[str, Detail] = {}
        self.lower = Container(id="lower")
        self.left = Container(id="left")
        self.right = Container(id="right")
        self.table = ExperimentTable(id="list")
        self.plots = Plots(id="plots")
        self.queue = QueueList(id="queue")
        self.gpus = GpuList(id="gpus")
        self.log_view = LogView(id="log")
        self.results = ResultsTable(id="results")
        self.status = StatusLine(id="status")
        self.key_bar = KeyBar(id="keys")
        self.panes: dict[str, Pane] = dict(
            zip(
                PANES,
                (
                    self.table,
                    self.plots,
                    self.queue,
                    self.gpus,
                    self.log_view,
                    self.results,
                ),
                strict=True,
            )
        )

    def compose(self) -> ComposeResult:
        """Yields all panes; `arrange_panes` shows some of them.

        Log and results are in the right column; on a narrow screen that column takes
        the place of the left one.
        """
        yield self.table
        with self.lower:
            with self.left:
                yield self.plots
                yield self.queue
                yield self.gpus
            with self.right:
                yield self.log_view
                yield self.results
        yield self.status
        yield self.key_bar

    def on_mount(self) -> None:
        """Arranges the panes, and asks for what was read meanwhile."""
        self.arrange_panes()
        self.update_lines()
        self.app.feed.listen(self.app.post_message)

    def on_resize(self) -> None:
        """Arranges the panes for the new size."""
        self.arrange_panes()

    # --- showing

    def show(self, snapshot: Snapshot) -> None:
        """Shows a newer snapshot in every pane."""
        self.snapshot = snapshot
        if snapshot.detail is not None:
            self._details.pop(snapshot.detail.name, None)
            self._details[snapshot.detail.name] = snapshot.detail
            while len(self._details) > _REMEMBERED:
                del self._details[next(iter(self._details))]
        before = self.selected
        self.show_rows()
        now = self.selected
        if before is not None and (now is None or now.state != before.state):
            self._message = None  # what it said of the row may not hold any more
        self.queue.show(snapshot.jobs)
        self.gpus.show(snapshot.gpus, snapshot.jobs)
        self.show_detail()
        self.update_lines()

    def show_rows(self) -> None:
        """Shows the rows that the filter lets through."""
        if self.snapshot is None:
            return
        rows = matching(self.snapshot.rows, self._pattern)
        total = len(matching(self.snapshot.rows, ""))
        before = len(self.table.rows)
        self.table.show(rows, total, self._pattern, self.snapshot.workspace)
        if len(rows) != before:
            self.arrange_panes()

    def show_detail(self) -> None:
        """Shows curves, log and results of the selected experiment."""
        row = self.selected
        if row is None:
            self.plots.show("", None, None, None)
            self.log_view.show((), "")
            self.results.show((), None)
            return
        detail = self._details.get(row.name)
        best = None
        if row.best_accuracy is not None and row.best_update is not None:
            best = row.best_update, row.best_accuracy
        curves = detail.curves if detail else None
        self.plots.show(row.name, curves, row.total, best)
        remark = "no log: it was never launched here" if detail else "reading ..."
        if row.job_id is not None and detail:
            remark = "the log is empty so far"
        self.log_view.show(detail.log if detail else (), remark)
        chosen = detail.best.update if detail and detail.best else None
        self.results.show(detail.results if detail else (), chosen)

    def update_lines(self) -> None:
        """Shows status and keys for what is selected and focused."""
        row = self.selected
        left = [self._message] if self._message is not None else []
        if row is not None and not left:
            left = row_status(row, self.app.glyphs, self.app.size.width)
        problems = self.snapshot.problems if self.snapshot else ()
        right = self.app.trouble or (problems[-1] if problems else "")
        self.status.show(left, right)
        actions = footer_actions(
            self.pane,
            row,
            self.app.workspace.read_only,
            self.zoomed is not None,
            bool(self._pattern),
        )
        self.key_bar.show(actions)

    def say(self, text: str, style: str = "plain") -> None:
        """Shows a message in the status line until the next key; empty ends it."""
        message = (text, style) if text else None
        if message != self._message:
            self._message = message
            self.update_lines()

    @property
    def selected(self) -> ExperimentRow | None:
        """The selected experiment."""
        return self.table.selected

    @property
    def selected_detail(self) -> Detail | None:
        """What was read of the selected experiment, if anything was."""
        return self._details.get(self.selected.name) if self.selected else None

    @property
    def num_active_jobs(self) -> int:
        """How many jobs run or wait, as last seen."""
        jobs = self.snapshot.jobs if self.snapshot else ()
        return sum(view.is_active or view.is_waiting for view in jobs)

    # --- messages of the panes

    def on_experiment_selected(self, message: ExperimentSelected) -> None:
        """Asks for the detail of the selected row, and shows what is known of it."""
        message.stop()
        self.app.feed.select(message.row.name if message.row else None)
        self.show_detail()
        self.update_lines()

    def on_job_chosen(self, message: JobChosen) -> None:
        """Selects the experiment of a job."""
        message.stop()
        self.table.select(message.experiment)

    def on_filter_changed(self, message: FilterChanged) -> None:
        """Filters as it is typed."""
        message.stop()
        self._pattern = message.pattern
        self.show_rows()
        self.update_lines()

    def on_filter_closed(self, message: FilterClosed) -> None:
        """Ends the typing of a filter."""
        message.stop()
        self.status.display = True
        for prompt in self.query("FilterRow"):
            prompt.remove()
        self.focus_pane("experiments")

    # --- keys

    async def action_filter(self) -> None:
        """Opens the line in which a filter is typed, in place of the status line."""
        from mdtui.ui.widgets.prompt import FilterRow  # late: not needed at the start

        if not self.query("FilterRow"):
            self.status.display = False
            row = FilterRow(self._pattern)
            await self.mount(row, after=self.status)
            self.set_focus(row.prompt)

    def action_clear(self) -> None:
        """Ends the zoom; without one clears the filter."""
        if self.zoomed is not None:
            self.action_zoom()
        elif self._pattern:
            self._pattern = ""
            self.show_rows()
            self.update_lines()
        else:
            self.focus_pane("experiments")

    def action_refresh(self) -> None:
        """Reads everything again now."""
        self.app.feed.read_now()
        self.say("read again")

    async def run_command(self, action_id: str, experiment: str | None) -> None:
        """Runs a command of the palette.

        Args:
          action_id: an action of the table.
          experiment: the experiment to select first, if one was named.
        """
        if experiment is not None:
            if all(row.name != experiment for row in self.table.rows):
                self._pattern = f"^{re.escape(experiment)} "
                self.show_rows()
            self.table.select(experiment)
        entry = keys.action(action_id)
        owner = "app" if entry.where == "everywhere" else "screen"
        await self.app.run_action(f"{owner}.{entry.method}")

    def lined_widgets(self) -> list[Lined]:
        """Returns everything that is drawn, for a full repaint."""
        return [*self.panes.values(), self.status, self.key_bar]
