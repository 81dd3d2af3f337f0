"""Which pane has the focus, which ones are on the screen, and the keys that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

from mdtui.ui.arrangement import PANES, Arrangement, arrange
from mdtui.ui.widgets.experiment_table import ExperimentTable
from mdtui.ui.widgets.pane import Pane
from mdtui.ui.widgets.results_table import ResultsTable

if TYPE_CHECKING:
    from mdtui.ui.app import MdtuiApp


class PaneNavigation:
    """The actions of the context `main` that move between panes, for the main screen.

    Attributes:
      panes: every pane by its name, in the order of the number keys.
      pane: the focused pane.
      zoomed: the pane that has the whole screen, if one has.
    """

    app: MdtuiApp
    focused: Widget | None
    set_focus: Callable[[Widget | None], None]
    panes: dict[str, Pane]
    table: ExperimentTable
    results: ResultsTable
    lower: Widget
    left: Widget
    right: Widget
    pane = "experiments"
    zoomed: str | None = None
    _recent: tuple[str, ...] = ()
    _came_from = "experiments"

    def update_lines(self) -> None:
        """Shows status and keys for what is focused; the screen has them."""
        raise TypeError("the screen with these panes has a footer")

    def arrange_panes(self) -> None:
        """Shows and sizes the panes for the screen, the focus and the zoom."""
        columns, lines = self.app.size
        plan = arrange(
            columns, lines, len(self.table.rows) or 15, self._recent, self.zoomed
        )
        self._apply(plan)

    def _apply(self, plan: Arrangement) -> None:
        visible = set(plan.visible)
        for name, pane in self.panes.items():
            pane.display = name in visible
        right = {"log", "results"} & visible
        left = {"plots", "queue", "gpus"} & visible
        self.lower.display = bool(left or right)
        self.left.display = bool(left)
        self.right.display = bool(right)
        self.table.styles.height = plan.list_lines
        both = {"log", "results"} <= right
        self.results.styles.height = plan.results_lines if both else "1fr"

    def focus_pane(self, name: str) -> None:
        """Puts the focus on a pane, and the pane on the screen."""
        self.pane = name
        if name != "experiments":
            others = (other for other in self._recent if other != name)
            self._recent = (name, *others)
        if self.zoomed is not None:
            self.zoomed = name
        self.arrange_panes()
        self.set_focus(self.panes[name])  # at once: the next key is for this pane
        self.update_lines()

    def on_descendant_focus(self) -> None:
        """Keeps in mind which pane has the focus."""
        for name, pane in self.panes.items():
            if pane is self.focused and name != self.pane:
                self.pane = name
                self.update_lines()

    def go_back(self) -> bool:
        """Goes one level back; returns whether there was one."""
        if self.zoomed is not None:
            self.action_zoom()
            return True
        return False

    def action_zoom(self) -> None:
        """Gives the focused pane the whole screen, or takes it away."""
        if self.zoomed is None:
            self._zoom(self.pane)
        else:
            back, self.zoomed = self._came_from, None
            self.focus_pane(back)

    def action_open(self) -> None:
        """Shows the focused pane, from the list the plots, over the whole screen."""
        if self.zoomed is None:
            self._zoom("plots" if self.pane == "experiments" else self.pane)

    def action_log(self) -> None:
        """Shows the log over the whole screen."""
        self._zoom("log")

    def _zoom(self, name: str) -> None:
        if self.zoomed is None:
            self._came_from = self.pane
        self.zoomed = name
        self.focus_pane(name)

    def action_next_pane(self) -> None:
        """Goes to the next pane."""
        self._step_pane(1)

    def action_previous_pane(self) -> None:
        """Goes to the previous pane."""
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        order = [name for name in PANES if self.panes[name].display]
        if len(order) < 3:  # a narrow screen or a zoom: every pane in turn
            order = list(PANES)
        place = order.index(self.pane) if self.pane in order else 0
        self.focus_pane(order[(place + by) % len(order)])

    def action_pane_experiments(self) -> None:
        """Goes to the list."""
        self.focus_pane("experiments")

    def action_pane_plots(self) -> None:
        """Goes to the plots."""
        self.focus_pane("plots")

    def action_pane_queue(self) -> None:
        """Goes to the queue."""
        self.focus_pane("queue")

    def action_pane_gpus(self) -> None:
        """Goes to the GPUs."""
        self.focus_pane("gpus")

    def action_pane_log(self) -> None:
        """Goes to the log."""
        self.focus_pane("log")

    def action_pane_results(self) -> None:
        """Goes to the results."""
        self.focus_pane("results")
