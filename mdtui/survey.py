"""Reads a workspace again and again and says what is true of it now.

The survey keeps a follower for every run folder, so that a second look costs what
changed since the first. It reads; it starts and writes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mdtui.core import plain_text, progress, results
from mdtui.core.experiments import Experiment
from mdtui.core.jobs import JobView, State
from mdtui.core.model import (
    BestReport,
    Detail,
    EvaluationResult,
    ExperimentRow,
    Snapshot,
)
from mdtui.core.paths import StatePaths
from mdtui.events.follower import RunCurves, RunFollower
from mdtui.jobs.records import JobReader
from mdtui.log_tail import last_lines
from meta_dataset import run_files
from meta_dataset.analysis.selection import Best, best_of_series
from meta_dataset.run_files import EVALUATION_DATASETS, ExperimentRoot, Tags

_LOG_LINES = 200


@dataclass(frozen=True)
class _RunState:
    """What is known of a run's newest job."""

    job: JobView | None

    @property
    def text(self) -> str:
        if self.job is None:
            return ""
        if self.job.state is State.ENDED and self.job.reason is not None:
            return str(self.job.reason)
        return str(self.job.state)

    @property
    def is_active(self) -> bool:
        return self.job is not None and self.job.state is not State.ENDED


class Survey:
    """The reading side of one workspace; any thread may ask.

    Args:
      workspace: the `$EXPROOT` folder.
      experiments: the catalogue, in the order of the list.
    """

    def __init__(self, workspace: Path, experiments: Sequence[Experiment]):
        self._root = ExperimentRoot(workspace)
        self._experiments = tuple(experiments)
        self._jobs = JobReader(StatePaths(workspace).state)
        self._followers: dict[Path, RunFollower] = {}
        # Readers keep what they saw last: two threads must not look at once.
        self._lock = threading.Lock()

    def jobs(self) -> tuple[JobView, ...]:
        """Returns every job's true state now, oldest first."""
        with self._lock:
            return self._jobs.read()

    def newest_job(self, run: str) -> JobView | None:
        """Returns the newest job of a run, None if it never had one."""
        return _newest(self.jobs()).get(run)

    def curves(self, run: str) -> RunCurves:
        """Returns the curves of a run as far as they are written."""
        folder = self._root.summaries(run)
        with self._lock:
            if folder not in self._followers:
                self._followers[folder] = RunFollower(folder)
            return self._followers[folder].poll()

    def snapshot(self, selected: str | None) -> Snapshot:
        """Returns the whole workspace, with the detail of one experiment."""
        with self._lock:
            jobs, problems = self._jobs.read(), self._jobs.problems
        newest = _newest(jobs)
        now = time.time()
        rows = tuple(
            self._row(each, _RunState(newest.get(each.name)), now)
            for each in self._experiments
        )
        names = {each.name for each in self._experiments}
        detail = self.detail(selected, newest) if selected in names else None
        damage = detail.curves.damage if detail else ()
        # One setting can break every experiment in the same way.
        broken = dict.fromkeys(each.problem for each in self._experiments)
        broken.pop("", None)
        return Snapshot(
            rows=rows,
            detail=detail,
            jobs=jobs,
            problems=(*problems, *broken, *damage),
            workspace=str(self._root.root),
            taken_at=now,
        )

    def detail(self, name: str, newest: dict[str, JobView] | None = None) -> Detail:
        """Returns what the panes show of one experiment."""
        newest = _newest(self.jobs()) if newest is None else newest
        job = newest.get(name)
        return Detail(
            name=name,
            curves=self.curves(name),
            log=_log(job) if job else (),
            best=self.selected_best(name),
            results=self.results(name, newest),
            checkpoints=run_files.list_checkpoints(self._root.checkpoints(name)),
        )

    def results(
        self, name: str, newest: dict[str, JobView] | None = None
    ) -> tuple[EvaluationResult, ...]:
        """Returns the ten evaluations of an experiment."""
        newest = _newest(self.jobs()) if newest is None else newest
        found = []
        for dataset in EVALUATION_DATASETS:
            run = self._root.evaluation_run(name, dataset)
            state = _RunState(newest.get(run)).text or None
            curves = self.curves(run).curves
            found.append(results.evaluation_result(dataset, curves, state))
        return tuple(found)

    def selected_best(self, name: str) -> BestReport | None:
        """Returns what `best_<name>.txt` says; None when it is not there or damaged."""
        path = self._root.best_text(name)
        try:
            fields = dict(
                line.split(": ", 1) for line in path.read_text().splitlines() if line
            )
            best = Best(
                variant=fields["best_variant"],
                accuracy=float(fields["best_valid_acc"]),
                update=int(fields["best_update_num"]),
            )
        except (OSError, KeyError, ValueError):
            return None
        return self.describe_best(name, best)

    def describe_best(self, name: str, best: Best) -> BestReport:
        """Returns the report of a selected checkpoint: value, file, and why."""
        folder = self._root.checkpoints(name)
        prefix = run_files.checkpoint_prefix(folder, best.update)
        run = self.curves(name)
        curves = run.curves
        files = list(folder.glob(f"{prefix.name}.*"))
        return BestReport(
            experiment=name,
            update=best.update,
            accuracy=best.accuracy,
            interval=_value_at(curves, Tags.VALID_INTERVAL, best.update),
            checkpoint=str(prefix),
            checkpoint_exists=best.update in run_files.list_checkpoints(folder),
            size_bytes=sum(file.stat().st_size for file in files),
            text_file=str(self._root.best_text(name)),
            why=_why(run, best),
        )

    def _row(self, experiment: Experiment, run: _RunState, now: float) -> ExperimentRow:
        name = experiment.name
        curves = self.curves(name).curves
        checkpoints = run_files.list_checkpoints(self._root.checkpoints(name))
        update = progress.last_update(curves)
        if update is None and checkpoints:
            update = checkpoints[-1]
        loss = curves.get(Tags.TRAIN_LOSS)
        best = _best(curves)
        state, reason = self._state(experiment, run, bool(checkpoints))
        running = run.job is not None and run.job.state is State.RUNNING
        return ExperimentRow(
            name=name,
            model=experiment.model,
            source=experiment.source,
            in_walkthrough=experiment.in_walkthrough,
            state=state,
            reason=reason,
            update=update,
            total=_total(experiment, run),
            eta_seconds=(
                progress.eta_seconds(
                    loss.steps, loss.wall_times, _total(experiment, run), now
                )
                if running and loss is not None
                else None
            ),
            last_loss=float(loss.values[-1]) if loss is not None else None,
            best_accuracy=best.accuracy if best else None,
            best_update=best.update if best else None,
            gpu=_device(run),
            job_id=run.job.job.id if run.job else None,
            hidden=experiment.hidden,
            can_resume=_can_resume(run, checkpoints, _total(experiment, run)),
            is_active=run.is_active,
        )

    def _state(
        self, experiment: Experiment, run: _RunState, has_checkpoints: bool
    ) -> tuple[str, str]:
        if run.job is not None:
            return run.text, run.job.detail
        if experiment.links_to and self._root.checkpoints(experiment.name).is_symlink():
            return "linked", f"to {experiment.links_to}"
        if has_checkpoints:
            return "on disk", "trained without a job of this workspace"
        needed = experiment.links_to or experiment.pretrained_run
        if needed:
            folder = self._root.checkpoints(needed)
            if run_files.latest_checkpoint(folder) is None:
                return f"blocked by {needed}", ""
        return "not started", experiment.problem


def _newest(jobs: Sequence[JobView]) -> dict[str, JobView]:
    """Returns the newest job of each run; `jobs` are oldest first."""
    return {view.job.run: view for view in jobs}


def _total(experiment: Experiment, run: _RunState) -> int | None:
    if run.job is not None and run.job.job.num_updates is not None:
        return run.job.job.num_updates
    return experiment.num_updates


def _can_resume(run: _RunState, checkpoints: Sequence[int], total: int | None) -> bool:
    if run.is_active or not checkpoints:
        return False
    return total is None or checkpoints[-1] < total


def _device(run: _RunState) -> str:
    if run.job is None or run.job.state in (State.ENDED, State.QUEUED, State.HELD):
        return ""
    return ", ".join(uuid[:12] for uuid in run.job.gpus) or "cpu"


def _log(job: JobView) -> tuple[str, ...]:
    lines = last_lines(job.stderr, _LOG_LINES) or last_lines(job.stdout, _LOG_LINES)
    return tuple(map(plain_text.without_logging_prefix, lines))


def _best(curves) -> Best | None:
    curve = curves.get(Tags.MEAN_VALID_ACCURACY)
    if curve is None or not len(curve.steps):
        return None
    return best_of_series(curve.steps, curve.values)


def _value_at(curves, tag: str, update: int) -> float | None:
    curve = curves.get(tag)
    if curve is None:
        return None
    found = curve.values[curve.steps == update]
    return float(found[-1]) if len(found) else None


def _why(run: RunCurves, best: Best) -> str:
    curve = run.curves.get(Tags.MEAN_VALID_ACCURACY)
    if curve is None or not len(curve.steps):
        return "The validations it was chosen from are gone."
    damage = f" Damage met: {run.damage[0]}." if run.damage else ""
    return (
        f"The highest of {len(curve.steps)} mean validation accuracies, "
        f"update {int(curve.steps[0])} to {int(curve.steps[-1])}.{damage}"
    )
