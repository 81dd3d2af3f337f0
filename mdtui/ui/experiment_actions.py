"""What the keys do to the selected experiment.

Each asks the workspace in the errand thread, shows a dialog with the answer, and asks
again when the dialog says so. What is allowed is the workspace's to decide: a refusal
comes back as an error with the one message to show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mdtui.core.jobs import JobView
from mdtui.core.model import (
    BestReport,
    Detail,
    ExperimentRow,
    LaunchPlan,
    Snapshot,
    StopPreview,
)

if TYPE_CHECKING:
    from mdtui.ui.app import MdtuiApp


class ExperimentActions:
    """The actions of the context `experiment`, for the main screen.

    Dialogs are imported when they are first shown: the first frame needs none.
    """

    app: MdtuiApp
    snapshot: Snapshot | None
    pane: str
    selected: ExperimentRow | None
    selected_detail: Detail | None

    def say(self, text: str, style: str = "plain") -> None:
        """Shows a message in the status line; the screen has it."""
        raise TypeError("the screen that takes these actions has a status line")

    # --- launching

    def action_launch(self) -> None:
        """Shows the dry run of a launch."""
        self._plan(self.app.workspace.plan_launch, "Launch", "launched")

    def action_resume(self) -> None:
        """Shows the dry run of going on from the last checkpoint."""
        self._plan(self.app.workspace.plan_resume, "Resume", "resumed")

    def action_evaluate(self) -> None:
        """Shows the dry run of the ten evaluations."""
        self._plan(self.app.workspace.plan_evaluations, "Evaluate", "queued")

    def _plan(self, plan: Callable[[str], LaunchPlan], verb: str, done: str) -> None:
        name = self._selected_name()
        if name is not None:
            then = partial(self._show_plan, name, verb, done)
            self.app.errand(partial(plan, name), then, f"{verb} {name}: looking ...")

    def _show_plan(self, name: str, verb: str, done: str, plan: LaunchPlan) -> None:
        from mdtui.ui.screens.launch import launch_dialog

        def answered(answer: str | None) -> None:
            if answer is None:
                return
            self.app.errand(
                partial(self.app.workspace.submit, plan),
                lambda ids: self._submitted(name, done, ids),
                f"{verb} {name} ...",
            )

        self.app.push_screen(launch_dialog(plan, verb), answered)

    def _submitted(self, name: str, done: str, ids: tuple[str, ...]) -> None:
        many = f"{len(ids)} jobs of " if len(ids) > 1 else ""
        self.say(f"{many}{name} {done}", "good")
        self.app.feed.read_now()

    # --- stopping

    def action_stop(self) -> None:
        """Asks whether to stop gently."""
        self._ask_to_stop("stop")

    def action_terminate(self) -> None:
        """Asks whether to terminate."""
        self._ask_to_stop("terminate")

    def action_kill(self) -> None:
        """Asks whether to kill."""
        self._ask_to_stop("kill")

    def _ask_to_stop(self, how: str) -> None:
        name = self._selected_name()
        if name is not None:
            preview = partial(self.app.workspace.stop_preview, name)
            self.app.errand(preview, partial(self._show_stop, name, how), "looking ...")

    def _show_stop(self, name: str, how: str, preview: StopPreview) -> None:
        from mdtui.ui.screens.confirm import stop_dialog

        def answered(answer: str | None) -> None:
            if answer is None:
                return
            # The job that the dialog spoke of, not whatever runs by now.
            work = partial(self.app.workspace.stop, preview.job_id, answer)
            self.app.errand(work, self._stopped, f"{how} {name} ...")

        self.app.push_screen(stop_dialog(preview, how), answered)

    def _stopped(self, message: str) -> None:
        self.say(message, "good")
        self.app.feed.read_now()

    # --- looking

    def action_best(self) -> None:
        """Selects the best checkpoint and shows it."""
        name = self._selected_name()
        if name is not None:
            work = partial(self.app.workspace.select_best, name)
            self.app.errand(work, self._show_best, f"best checkpoint of {name} ...")

    def _show_best(self, report: BestReport) -> None:
        from mdtui.ui.screens.best import best_dialog

        def answered(answer: str | None) -> None:
            if answer is not None:
                work = partial(self.app.workspace.plan_evaluations, report.experiment)
                then = partial(self._show_plan, report.experiment, "Evaluate", "queued")
                self.app.errand(work, then, "looking ...")

        self.say("")
        self.app.push_screen(best_dialog(report, self.app.glyphs), answered)

    def action_describe(self) -> None:
        """Shows everything known of the experiment."""
        row = self.selected
        if row is None:
            return
        from mdtui.ui.screens.describe import Describe, Known

        def known() -> Known:
            now = self.selected if self.selected is not None else row
            return now, self.selected_detail, self._job(now.job_id)

        self.app.push_screen(Describe(row.name, known, self.app.glyphs))

    def _job(self, job_id: str | None) -> JobView | None:
        jobs = self.snapshot.jobs if self.snapshot else ()
        return next((view for view in jobs if view.job.id == job_id), None)

    def _selected_name(self) -> str | None:
        if self.selected is None:
            self.say("no experiment is selected", "warning")
            return None
        return self.selected.name
