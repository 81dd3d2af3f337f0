"""Submitting jobs and reading what is true of them.

A job's folder appears whole: it is made under a hidden name and renamed. Reading
needs no dispatcher and writes nothing. Damage stays local: what can be read of a
folder is shown, the rest is a line of text.
"""

from __future__ import annotations

import contextlib
import operator
import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mdtui.core import job_files
from mdtui.core.errors import WorkspaceError
from mdtui.core.job_files import Dispatch, JobFolder, Status
from mdtui.core.job_truth import Life, compose
from mdtui.core.jobs import Job, JobView, Reason, State, is_job_id
from mdtui.core.json_fields import DamagedFileError
from mdtui.core.queue import waits_for
from mdtui.jobs import processes
from meta_dataset import whole_files

JOBS_FOLDER = "jobs"
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_T = TypeVar("_T")


def submit(state_dir: Path, job: Job) -> None:
    """Puts a job into the queue; a dispatcher is needed to start it.

    Call `detach.ensure_dispatcher` after this, in that order: a dispatcher about to
    leave looks once more after it has let go of its lock.

    Args:
      state_dir: the workspace's `.mdtui`; made if missing.
      job: what to run; its id must be new.

    Raises:
      WorkspaceError: the id is taken or no folder name, or the state folder cannot be
        written. Nothing has been queued then.
    """
    if not is_job_id(job.id):
        raise WorkspaceError(f"{job.id!r} cannot name a job's folder")
    jobs = Path(state_dir) / JOBS_FOLDER
    beside = jobs / f".{job.id}.{os.urandom(4).hex()}.tmp"
    try:
        for folder in (jobs.parent, jobs):
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        for folder in (beside, JobFolder(beside).requests):
            folder.mkdir(PRIVATE_FOLDER)
        whole_files.write_json(
            JobFolder(beside).job, job_files.job_to_json(job), PRIVATE_FILE
        )
        os.rename(beside, jobs / job.id)
        whole_files.flush_folder(jobs)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise WorkspaceError(
            f"{jobs}: cannot queue {job.id}: {error.strerror or error}. "
            "Is the workspace yours to write, and the disk not full?"
        ) from error


def read_jobs(state_dir: Path) -> tuple[tuple[JobView, ...], tuple[str, ...]]:
    """Returns every job as it is right now, and the damage met.

    Whoever asks repeatedly keeps a `JobReader`, which reads only what changed.
    """
    reader = JobReader(state_dir)
    return reader.read(), reader.problems


class JobReader:
    """Reads the jobs of a workspace again and again, cheaply.

    Files are read when they changed, and the processes of running jobs looked at. One
    `stat` a job is the price of a job that does nothing.

    Args:
      state_dir: the workspace's `.mdtui`; need not exist.

    Attributes:
      problems: what the last reading could not understand, one line each.
      unreadable: ids of the jobs of which nothing is known but the name.
    """

    def __init__(self, state_dir: Path):
        self._jobs = Path(state_dir) / JOBS_FOLDER
        self._readings: dict[str, _Reading] = {}
        self._views: tuple[JobView, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.unreadable: frozenset[str] = frozenset()

    def read(self, only_active: bool = False) -> tuple[JobView, ...]:
        """Returns every job as it is right now, the oldest first.

        The same tuple comes back when nothing changed.

        Args:
          only_active: look only at jobs that were active at the last reading. For the
            dispatcher, which knows by itself when the others change.

        Raises:
          WorkspaceError: the folder of the jobs exists and cannot be listed.
        """
        if only_active:
            changed = False
            readings = [r for r in self._readings.values() if r.is_active]
        else:
            changed = self._list()
            readings = list(self._readings.values())
        for reading in readings:
            changed = reading.refresh(only_status=only_active) or changed
        if changed:
            self._collect()
        return self._views

    def folder(self, job_id: str) -> JobFolder:
        """Returns where the files of a job lie."""
        return self._readings[job_id].folder

    def life(self, job_id: str) -> Life:
        """Returns which processes of a job lived at the last reading."""
        return self._readings[job_id].life

    def dispatch(self, job_id: str) -> Dispatch:
        """Returns the dispatcher's file of a job as it was at the last reading."""
        return self._readings[job_id].dispatch

    def status(self, job_id: str) -> Status | None:
        """Returns the runner's file of a job as it was at the last reading."""
        return self._readings[job_id].status

    def _list(self) -> bool:
        """Notes the folders there are; returns whether they are others than before."""
        try:
            with os.scandir(self._jobs) as entries:
                names = {entry.name for entry in entries if is_job_id(entry.name)}
        except (FileNotFoundError, NotADirectoryError):
            names = set()
        except OSError as error:
            raise WorkspaceError(
                f"{self._jobs}: cannot list the jobs: {error.strerror or error}"
            ) from error
        if names == self._readings.keys():
            return False
        for name in self._readings.keys() - names:
            del self._readings[name]
        for name in names - self._readings.keys():
            self._readings[name] = _Reading(JobFolder(self._jobs / name))
        return True

    def _collect(self) -> None:
        readings = self._readings.items()
        views = [reading.view for _, reading in readings if reading.view is not None]
        by_id = {view.job.id: view for view in views}
        views = [_with_obstacles(view, by_id) for view in views]
        views.sort(key=lambda view: (view.job.submitted, view.job.id))
        self._views = tuple(views)
        self.problems = tuple(
            problem for _, reading in sorted(readings) for problem in reading.problems
        )
        self.unreadable = frozenset(
            job_id for job_id, reading in readings if reading.view is None
        )


def _with_obstacles(view: JobView, by_id: dict[str, JobView]) -> JobView:
    if not view.job.after or not view.is_waiting:
        return view
    missing = waits_for(view, by_id)
    return replace(view, detail=f"waits for {', '.join(missing)}") if missing else view


@dataclass
class _File:
    """One file, read when it changes.

    Attributes:
      seen: what told the last content apart; None when there was no file.
      problem: why the content was not understood.
    """

    seen: tuple[int, int, int] | None = None
    problem: str | None = None

    def changed(self, path: str) -> bool:
        """Returns whether the file is another one than at the last call."""
        try:
            stat = os.stat(path)
        except OSError:
            seen = None
        else:
            seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        before, self.seen = self.seen, seen
        return seen != before

    def load(self, path: str, parse: Callable[[bytes, Path], _T]) -> _T | None:
        """Returns the parsed content; None without a file or with a problem."""
        self.problem = None
        try:
            with open(path, "rb") as file:
                return parse(file.read(), Path(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem = f"{path}: {error.strerror or error}"
        except DamagedFileError as error:
            self.problem = str(error)
        return None


class _Reading:
    """What is known of one job's folder."""

    def __init__(self, folder: JobFolder):
        self.folder = folder
        self.job: Job | None = None
        self.dispatch = Dispatch()
        self.status: Status | None = None
        self.life = Life(False, False)
        self.view: JobView | None = None
        self._composed_of: tuple[Dispatch | None, Status | None] = (None, None)
        self._job_path = str(folder.job)
        self._dispatch_path = str(folder.dispatch)
        self._status_path = ""
        self._job_file = _File()
        self._dispatch_file = _File()
        self._status_file = _File()

    @property
    def is_active(self) -> bool:
        return self.view is not None and self.view.is_active

    @property
    def problems(self) -> tuple[str, ...]:
        problems = (
            self._job_file.problem,
            self._dispatch_file.problem,
            self._status_file.problem,
        )
        return tuple(filter(None, problems))

    def refresh(self, only_status: bool) -> bool:
        """Reads what changed; returns whether the view or a problem did.

        Args:
          only_status: look only at what the runner writes and at its processes.
        """
        before, problems = self.view, self.problems
        if only_status or self._must_compose():
            self._load_status()
            self.view = self._composed()
            if self.view.reason is Reason.LOST:
                # The runner may have written its record and left between our looks.
                self._load_status()
                self.view = self._composed()
            if self.view == before:
                self.view = before
        return self.view is not before or self.problems != problems

    def _must_compose(self) -> bool:
        """Reads the other files; returns whether the view may be another one."""
        if not self._has_job():
            return False
        changed = self._dispatch_file.changed(self._dispatch_path)
        if changed or self.view is None:
            self._load_dispatch()
            return True
        return self.view.is_active or self._status_file.problem is not None

    def _has_job(self) -> bool:
        if self.job is None and self._job_file.changed(self._job_path):
            self.job = self._job_file.load(self._job_path, job_files.job_from_bytes)
        if self.job is None and self._job_file.problem is None:
            self._job_file.problem = f"{self._job_path}: missing"
        return self.job is not None

    def _load_dispatch(self) -> None:
        parse = job_files.dispatch_from_bytes
        dispatch = self._dispatch_file.load(self._dispatch_path, parse)
        if dispatch is None and self._dispatch_file.problem is None:
            dispatch = Dispatch(queued=self.job.submitted if self.job else 0.0)
        self.dispatch = dispatch or self._recovered()
        status = str(self.folder.attempt(self.dispatch.attempt).status)
        if status != self._status_path:
            self._status_path, self.status, self._status_file = status, None, _File()

    def _recovered(self) -> Dispatch:
        """Returns what can be concluded when the dispatcher's file is damaged.

        An attempt that a runner took says for itself how it goes. Without one nothing
        starts until somebody releases the job.
        """
        attempts = _attempts(self.folder)
        last = self.folder.attempt(max(attempts, default=1))
        status = _File().load(str(last.status), job_files.status_from_bytes)
        return Dispatch(
            state=State.HELD if status is None else State.STARTING,
            attempt=last.number,
            queued=self.job.submitted if self.job else 0.0,
            gpus=status.gpus if status else (),
        )

    def _load_status(self) -> None:
        if self._status_file.changed(self._status_path):
            parse = job_files.status_from_bytes
            self.status = self._status_file.load(self._status_path, parse)

    def _composed(self) -> JobView:
        if self.job is None:
            raise ValueError("a view needs the job")
        if self._status_file.problem and self.dispatch.state is State.STARTING:
            return self._composed_from_processes(self.job)
        before, self.life = self.life, _life(self.status)
        known = (self.dispatch, self.status)
        same = all(map(operator.is_, known, self._composed_of))
        if self.view is not None and same and self.life == before:
            return self.view
        self._composed_of = known
        view = compose(self.job, self.dispatch, self.status, self.life, self.folder)
        if self._dispatch_file.problem and view.is_waiting:
            return replace(view, detail="dispatch.json is damaged; release to queue it")
        return view

    def _composed_from_processes(self, job: Job) -> JobView:
        """Returns the view of an attempt whose status file is damaged."""
        attempt = self.folder.attempt(self.dispatch.attempt)
        members = processes.attempt_members(str(attempt.path))
        status = Status(State.RUNNING, trainer=members[0] if members else None)
        life = Life(runner=False, trainer=bool(members))
        view = compose(job, self.dispatch, status, life, self.folder)
        return replace(view, detail="status.json is damaged")


def _attempts(folder: JobFolder) -> Iterable[int]:
    with contextlib.suppress(OSError):
        for name in os.listdir(folder.path):
            if name.startswith("attempt-"):
                with contextlib.suppress(DamagedFileError):
                    yield job_files.AttemptFolder(folder.path / name).number


def _life(status: Status | None) -> Life:
    if status is None or status.state is State.ENDED:
        return Life(runner=False, trainer=False)
    return Life(
        runner=status.runner is not None and processes.is_alive(status.runner),
        trainer=status.trainer is not None and processes.is_alive(status.trainer),
    )


def write_dispatch(folder: JobFolder, dispatch: Dispatch) -> None:
    """Replaces the dispatcher's file of a job.

    Raises:
      OSError: the folder cannot be written or the disk is full.
    """
    whole_files.write_json(
        folder.dispatch, job_files.dispatch_to_json(dispatch), PRIVATE_FILE
    )


def mark_change(state_dir: Path) -> None:
    """Lets a dispatcher see at once that something was asked.

    It watches the time of the jobs' folder. Where that cannot be set (a folder of
    somebody else) it looks by itself every few seconds.
    """
    now = time.time_ns()
    with contextlib.suppress(OSError):
        os.utime(Path(state_dir) / JOBS_FOLDER, ns=(now, now))
