"""One dispatcher per workspace, started on demand, free of any terminal.

The lock is a `flock` on `.mdtui/dispatcher.lock`, so that it goes with its process
whatever ends it. Whoever wants a dispatcher takes the lock and hands it over to the
new process; so two cannot start at once, and nobody ever waits for a lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

from mdtui.core.errors import WorkspaceError
from mdtui.executors.local import module_command
from mdtui.jobs.records import PRIVATE_FILE, PRIVATE_FOLDER

LOCK_NAME = "dispatcher.lock"
LOG_NAME = "dispatcher.log"

_LOG_BYTES = 1 << 20
_START_SECONDS = 30.0


def ensure_dispatcher(state_dir: Path, cpu_slots: int | None = None) -> bool:
    """Starts a dispatcher for the workspace unless one is there.

    It runs in a session of its own, writes to `.mdtui/dispatcher.log`, outlives this
    process and the terminal, and leaves when nothing is queued or running. Returns
    when it is at work.

    Args:
      state_dir: the workspace's `.mdtui`; made if missing.
      cpu_slots: how many jobs may run without a GPU at once; None for what the
        environment variable `MDTUI_CPU_SLOTS` says, else 1.

    Returns:
      Whether one was started.

    Raises:
      WorkspaceError: the workspace cannot be written, or the dispatcher did not come
        up; with what it said.
    """
    state_dir = Path(os.path.abspath(state_dir))
    descriptor = take_lock(state_dir)
    if descriptor is None:
        return False
    try:
        _start(state_dir, descriptor, cpu_slots)
    finally:
        os.close(descriptor)
    return True


def take_lock(state_dir: Path) -> int | None:
    """Returns a descriptor that holds the dispatcher's lock, or None if it is held.

    Raises:
      WorkspaceError: the workspace cannot be written or cannot be locked.
    """
    path = state_dir / LOCK_NAME
    try:
        state_dir.mkdir(PRIVATE_FOLDER, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as error:
        raise WorkspaceError(
            f"{path}: cannot run jobs in this workspace: {error.strerror or error}. "
            "Is it yours to write, and the disk not full?"
        ) from error
    if lock(descriptor, path):
        return descriptor
    os.close(descriptor)
    return None


def lock(descriptor: int, path: Path) -> bool:
    """Takes the lock on an open lock file; returns whether it was free.

    Raises:
      WorkspaceError: the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise WorkspaceError(
            f"{path}: the file system cannot lock files: {error.strerror or error}. "
            "Move the workspace to one that can, or mount it with locks"
        ) from error
    return True


def unlock(descriptor: int) -> None:
    """Lets go of the lock on an open lock file."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def detach(state_dir: Path) -> None:
    """Goes on in a new process without terminal; the present one ends with code 0.

    Messages go to the workspace's log from here on, which is begun anew (the old one
    kept beside it) when it has become long.

    Raises:
      OSError: the log cannot be written.
    """
    log = state_dir / LOG_NAME
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    nothing = os.open(os.devnull, os.O_RDONLY)
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    os.chdir("/")
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)


def _start(state_dir: Path, descriptor: int, cpu_slots: int | None) -> None:
    arguments = [str(state_dir), "--lock-descriptor", str(descriptor)]
    if cpu_slots is not None:
        arguments += ["--cpu-slots", str(cpu_slots)]
    command, directory = module_command("mdtui.jobs.dispatcher", *arguments)
    try:
        # The process that is started here ends as soon as its child, which has let
        # go of this pipe, is at work.
        ended = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor,),
            timeout=_START_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkspaceError(
            f"{state_dir}: cannot start the dispatcher: {error}"
        ) from error
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else f"exit code {ended.returncode}"
        raise WorkspaceError(
            f"{state_dir}: the dispatcher did not start: {last} "
            f"(try {sys.executable} -m mdtui.jobs.dispatcher --foreground {state_dir})"
        )
