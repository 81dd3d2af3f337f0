"""Asking something of a job, and what was asked.

A request is a file that is written once by whoever asks and removed by the dispatcher
once it is answered. Asking needs no dispatcher, being answered does.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from mdtui.core import job_files
from mdtui.core.errors import UsageError, WorkspaceError
from mdtui.core.job_files import JobFolder
from mdtui.core.jobs import Action, is_job_id
from mdtui.core.json_fields import DamagedFileError
from mdtui.jobs.records import JOBS_FOLDER, PRIVATE_FILE, PRIVATE_FOLDER, mark_change
from meta_dataset import whole_files


@dataclass(frozen=True)
class Request:
    """Something asked of a job and not yet answered.

    Attributes:
      name: name of its file.
      action: what is asked.
      asked: Unix time in seconds.
    """

    name: str
    action: Action
    asked: float


def request(state_dir: Path, job_id: str, action: str) -> None:
    """Asks something of a job; call `detach.ensure_dispatcher` after this.

    What cannot be done in the job's state (holding one that runs) changes nothing.

    Args:
      state_dir: the workspace's `.mdtui`.
      job_id: which job.
      action: a member of `Action` or its name.

    Raises:
      UsageError: there is no such action or no such job.
      WorkspaceError: the request cannot be written.
    """
    try:
        action = Action(action)
    except ValueError as error:
        raise UsageError(
            f"unknown action {action!r}; known are {', '.join(Action)}"
        ) from error
    folder = JobFolder(Path(state_dir) / JOBS_FOLDER / job_id)
    if not is_job_id(job_id) or not folder.path.is_dir():
        raise UsageError(f"there is no job {job_id!r} in {folder.path.parent}")
    # Nanoseconds order the requests of one second; the rest tells two writers apart.
    name = f"{time.time_ns():020d}-{os.urandom(4).hex()}.json"
    content = job_files.action_to_json(action, time.time())
    try:
        folder.requests.mkdir(PRIVATE_FOLDER, exist_ok=True)
        whole_files.write_json(folder.requests / name, content, PRIVATE_FILE)
    except OSError as error:
        raise WorkspaceError(
            f"{folder.requests}: cannot ask {action} of {job_id}: "
            f"{error.strerror or error}. Is the workspace yours to write?"
        ) from error
    mark_change(state_dir)


def pending(folder: JobFolder) -> tuple[list[Request], list[str]]:
    """Returns what was asked of a job, the oldest first, and what is not understood.

    A request that is not understood is renamed, so that it is reported once.
    """
    requests, problems = [], []
    try:
        names = sorted(os.listdir(folder.requests))
    except OSError:
        return [], []
    for name in names:
        if not name.endswith(".json") or name.startswith("."):
            continue
        path = folder.requests / name
        try:
            action, asked = job_files.action_from_bytes(path.read_bytes(), path)
        except DamagedFileError as error:
            problems.append(str(error))
            with contextlib.suppress(OSError):
                path.rename(path.with_suffix(".damaged"))
        except OSError as error:
            problems.append(f"{path}: {error.strerror or error}")
        else:
            requests.append(Request(name, action, asked))
    return requests, problems
