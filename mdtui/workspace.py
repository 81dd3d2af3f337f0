"""One workspace, as the screen and the command line use it.

Everything here may block on a disk: the screen calls it from worker threads only.
Failures are `MdtuiError`s with the one message a person needs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mdtui.core import experiments
from mdtui.core.errors import BlockedError, MdtuiError, UsageError, WorkspaceError
from mdtui.core.gpus import Gpu, describe
from mdtui.core.jobs import JobView, State
from mdtui.core.model import (
    BestReport,
    EvaluationResult,
    Finding,
    LaunchPlan,
    Level,
    Snapshot,
    StopPreview,
)
from mdtui.core.paths import StatePaths
from mdtui.core.settings import Settings, load
from mdtui.executors.gpu_readings import GpuReader, gpu_reader
from mdtui.jobs import detach, records, requests
from mdtui.planning import Planner
from mdtui.survey import Survey
from meta_dataset import gin_files, run_files
from meta_dataset.analysis.select_best_model import select_best
from meta_dataset.errors import MetaDatasetError
from meta_dataset.run_files import ExperimentRoot, Tags

# How often looking at unfinished jobs makes sure that a dispatcher is there.
_TEND_SECONDS = 5.0
_GPU_SECONDS = 2.0


class Workspace:
    """The experiments, runs and jobs of one `$EXPROOT`.

    Args:
      root: the folder; made when something is first written.
      settings: see `mdtui.core.settings`.
      read_only: whether everything that writes or signals is refused.
    """

    def __init__(self, root: Path, settings: Settings, read_only: bool = False):
        self.root = root
        self.settings = settings
        self.read_only = read_only
        self.experiments = experiments.read_catalogue(
            _gin_files(settings),
            settings.gin_configs,
            settings.gin_bindings,
        )
        self._paths = StatePaths(root)
        self._tend_again_at = 0.0
        self._gpu_reader: GpuReader | None = None
        self._gpus: tuple[Gpu, ...] = ()
        self._read_gpus_again_at = 0.0
        self._runs = ExperimentRoot(root)
        self._survey = Survey(root, self.experiments)
        self._planner = Planner(self._runs, settings, self._survey)

    @classmethod
    def open(
        cls,
        root: str | os.PathLike[str],
        environment: Mapping[str, str] = os.environ,
        flags: Mapping[str, Any] | None = None,
        read_only: bool = False,
    ) -> Workspace:
        """Returns the workspace at `root` with its settings read.

        Raises:
          UsageError: a setting is unknown or malformed.
          WorkspaceError: `root` exists and is no folder that can be read.
        """
        path = Path(os.path.abspath(root))
        if path.exists() and not path.is_dir():
            raise WorkspaceError(
                f"The workspace {path} is not a folder. Name the $EXPROOT folder."
            )
        if path.exists() and not os.access(path, os.R_OK | os.X_OK):
            raise WorkspaceError(
                f"The workspace {path} cannot be read. Check its permissions."
            )
        return cls(path, load(path, environment, flags), read_only)

    # --- looking

    def snapshot(self, selected: str | None = None) -> Snapshot:
        """Returns what is true now; cheap to call twice a second.

        Looking also sees to it that queued jobs go on: a dispatcher that was killed
        is replaced.
        """
        with _one_message(self.root):
            snapshot = self._survey.snapshot(selected)
        self._tend(snapshot)
        return dataclasses.replace(snapshot, gpus=self._gpu_lines(snapshot))

    def results(self, name: str) -> tuple[EvaluationResult, ...]:
        """Returns the ten evaluations of an experiment."""
        self._experiment(name)
        return self._survey.results(name)

    def jobs(self) -> tuple[JobView, ...]:
        """Returns every job, oldest first."""
        return self._survey.jobs()

    def newest_job(self, name: str) -> JobView:
        """Returns the newest job of a run, or the job with this id.

        Raises:
          UsageError: there is none.
        """
        for view in reversed(self._survey.jobs()):
            if name in (view.job.run, view.job.id):
                return view
        if all(name != each.name for each in self.experiments):
            self._experiment(name)  # names the nearest one
        raise UsageError(f"{name} has no job yet. Launch it: mdtui launch {name}")

    def examine(self, name: str | None = None) -> tuple[Finding, ...]:
        """Returns the preflight of one experiment, or of what every launch needs."""
        with _one_message(self.root):
            if name is not None:
                return self._planner.launch(self._experiment(name)).findings
            return self._planner.examine_everything(self.experiments)

    # --- planning

    def plan_launch(self, name: str) -> LaunchPlan:
        """Returns the dry run of training `name`: command and findings."""
        with _one_message(self.root):
            return self._planner.launch(self._experiment(name))

    def plan_resume(self, name: str) -> LaunchPlan:
        """Returns the dry run of going on with `name` from its last checkpoint.

        Raises:
          UsageError: there is nothing to go on from.
        """
        with _one_message(self.root):
            return self._planner.resume(self._experiment(name))

    def plan_evaluations(
        self, name: str, datasets: Sequence[str] | None = None
    ) -> LaunchPlan:
        """Returns the dry run of evaluating the selected best checkpoint.

        The best checkpoint is selected first if that was not done yet.

        Args:
          name: the experiment.
          datasets: which ones; None for those of the ten that are missing.

        Raises:
          UsageError: an unknown dataset.
        """
        experiment = self._experiment(name)
        with _one_message(self.root):
            best = self._survey.selected_best(name) or self.select_best(name)
            return self._planner.evaluations(experiment, best, datasets)

    def stop_preview(self, name: str) -> StopPreview:
        """Returns what stopping `name` would cost.

        Raises:
          UsageError: it is not running.
        """
        view = self._active(name)
        checkpoint = run_files.latest_checkpoint(self._runs.checkpoints(name))
        rows = self._survey.snapshot(None).rows
        update = next((row.update for row in rows if row.name == name), None)
        lost = None if update is None else max(0, update - (checkpoint or 0))
        return StopPreview(view.job.id, view.job.run, checkpoint, update, lost)

    # --- doing

    def submit(self, plan: LaunchPlan) -> tuple[str, ...]:
        """Carries a plan out: submits its jobs and sees to it that they start.

        Returns:
          The ids of the jobs.

        Raises:
          BlockedError: a finding forbids it.
          WorkspaceError: the workspace cannot be written.
        """
        self._refuse_when_read_only()
        if plan.blocked:
            raise BlockedError(_blocking_text(plan))
        with _one_message(self.root):
            for link, target in plan.links:
                _make_link(Path(link), target)
            for job in plan.jobs:
                records.submit(self._paths.state, job)
            if plan.resumes:
                requests.request(self._paths.state, plan.resumes, "resume")
            if plan.jobs or plan.resumes:
                self.ensure_dispatcher()
        resumed = (plan.resumes,) if plan.resumes else ()
        return (*(job.id for job in plan.jobs), *resumed)

    def stop(self, name: str, how: str) -> str:
        """Asks for the end of a run (or of one job by its id).

        Args:
          name: an experiment, an evaluation run, or a job id.
          how: `stop` (saves a checkpoint first), `terminate` or `kill`.

        Returns:
          What was asked for, one sentence.
        """
        self._refuse_when_read_only()
        view = self._active(name)
        with _one_message(self.root):
            requests.request(self._paths.state, view.job.id, how)
            self.ensure_dispatcher()
        signals = {"stop": "SIGINT", "terminate": "SIGTERM", "kill": "SIGKILL"}
        return f"Asked job {view.job.id} to end ({signals[how]})."

    def select_best(self, name: str) -> BestReport:
        """Selects the best checkpoint of `name` and writes `best_<name>.txt` and `.pklz`.

        Raises:
          MdtuiError: no validation was recorded, or the files cannot be written.
        """
        self._refuse_when_read_only()
        self._experiment(name)
        with _one_message(self.root):
            written = self._survey.curves(name)
            if Tags.MEAN_VALID_ACCURACY not in written.curves:
                damage = f" Damage met: {written.damage[0]}." if written.damage else ""
                raise MdtuiError(
                    f"{name} has no validation accuracy yet, so there is nothing to "
                    f"select from.{damage} Launch it: mdtui launch {name}"
                )
            best = select_best(self.root, name)
            return self._survey.describe_best(name, best)

    def ensure_dispatcher(self) -> None:
        """Starts the dispatcher unless one is at work."""
        detach.ensure_dispatcher(self._paths.state, cpu_slots=self.settings.cpu_slots)

    # --- helpers

    def _gpu_lines(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Returns one line a device, read again every few seconds.

        The first look goes without: loading NVML would delay the first frame.
        """
        now = time.monotonic()
        if self._gpu_reader is None:
            self._gpu_reader = gpu_reader(os.environ, log=lambda line: None)
        elif now >= self._read_gpus_again_at:
            self._read_gpus_again_at = now + _GPU_SECONDS
            self._gpus = self._gpu_reader.read() or ()
        runs: dict[str, list[str]] = {}
        for view in snapshot.jobs:
            if view.is_active:
                for uuid in view.gpus:
                    runs.setdefault(uuid, []).append(view.job.run)
        return tuple(describe(gpu, runs.get(gpu.uuid, ())) for gpu in self._gpus)

    def _tend(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        unfinished = any(view.state is not State.ENDED for view in snapshot.jobs)
        if unfinished and not self.read_only and now >= self._tend_again_at:
            self._tend_again_at = now + _TEND_SECONDS
            # Looking must work where writing does not: a colleague's workspace.
            with contextlib.suppress(WorkspaceError):
                self.ensure_dispatcher()

    def _experiment(self, name: str) -> experiments.Experiment:
        return experiments.find_experiment(self.experiments, name)

    def _active(self, name: str) -> JobView:
        view = self.newest_job(name)
        if view.state is State.ENDED:
            raise UsageError(f"{name} is not queued or running.")
        return view

    def _refuse_when_read_only(self) -> None:
        if self.read_only:
            raise UsageError(
                "This is a read-only view. Start mdtui without --readonly."
            )


def _gin_files(settings: Settings) -> tuple[str, ...]:
    """Returns every experiment's gin file, spelled as on a command line.

    Raises:
      UsageError: a folder of the settings does not exist.
    """
    found: dict[str, str] = {}
    for folder in settings.experiment_folders:
        paths = [place / folder for place in gin_files.SEARCH_PATH]
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            raise UsageError(
                f"experiments.gin names {folder}, which exists neither as given nor "
                "beside the package meta_dataset."
            )
        files = sorted(path.glob("*.gin")) if path.is_dir() else [path]
        for file in files:
            spelling = f"{folder.rstrip('/')}/{file.name}" if path.is_dir() else folder
            found[file.stem] = spelling
    return tuple(found.values())


def _make_link(link: Path, target: str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target, target_is_directory=True)


def _blocking_text(plan: LaunchPlan) -> str:
    stops = [each for each in plan.findings if each.level is Level.STOP]
    return " ".join(f"{each.text} {each.remedy}".strip() for each in stops)


@contextlib.contextmanager
def _one_message(root: Path) -> Iterator[None]:
    """Turns what the disk and the trainer's side raise into one clear message."""
    try:
        yield
    except MetaDatasetError as error:
        raise MdtuiError(str(error)) from error
    except OSError as error:
        where = error.filename or root
        raise WorkspaceError(
            f"{where}: {error.strerror or error}. Check permissions and free space of "
            f"the workspace {root}; nothing already written is lost."
        ) from error
