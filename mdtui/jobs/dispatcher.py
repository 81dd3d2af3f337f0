"""The dispatcher: reads what is true, decides with `core.queue`, acts, and leaves.

    python -m mdtui.jobs.dispatcher <workspace>/.mdtui

One per workspace (see `detach`). It writes each job's `dispatch.json` before it acts
on it, and acts on what it finds there; so whoever continues after it was killed, at
any point, finds what to do: a request is removed after its answer is on disk, an
attempt that no runner has claimed is handed over again, and only one runner can claim
it. It leaves when nothing is queued or active.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mdtui.core import job_files
from mdtui.core.answers import answer
from mdtui.core.endings import Escalation, first_signal
from mdtui.core.errors import MdtuiError, UsageError
from mdtui.core.gpus import device_environment
from mdtui.core.job_files import AttemptFolder, Dispatch, Status
from mdtui.core.jobs import JobView, Reason, State
from mdtui.core.queue import QueueState, Start, decide
from mdtui.executors.base import Executor
from mdtui.executors.gpu_readings import GpuReader, gpu_reader
from mdtui.executors.local import LocalExecutor
from mdtui.jobs import detach, processes, requests
from mdtui.jobs.records import JOBS_FOLDER, PRIVATE_FOLDER, JobReader, write_dispatch
from mdtui.jobs.signals import SignalInbox
from meta_dataset import whole_files

SLOTS_VARIABLE = "MDTUI_CPU_SLOTS"

_TICK_SECONDS = 0.2
_FULL_SECONDS = 4.0  # a full look at every folder, should a mark have been missed
_DECIDE_SECONDS = 1.0  # how often GPUs are read while jobs wait for one
_FAILURE_SECONDS = 5.0  # pause after an unexpected failure
_NEVER = float("-inf")


class Dispatcher:
    """Brings the jobs of one workspace to their end.

    Args:
      state_dir: the workspace's `.mdtui`, absolute.
      executor: starts runners.
      gpus: reads the devices of this machine.
      cpu_slots: how many jobs may run without a GPU at once.
      log: takes one line a thing done.
    """

    def __init__(
        self,
        state_dir: Path,
        executor: Executor,
        gpus: GpuReader,
        cpu_slots: int,
        log: Callable[[str], None],
    ):
        self._jobs = state_dir / JOBS_FOLDER
        self._reader = JobReader(state_dir)
        self._executor = executor
        self._gpus = gpus
        self._cpu_slots = cpu_slots
        self._log = log
        self._folder_time: int | None = None
        self._looked = self._decided = _NEVER
        self._views: tuple[JobView, ...] = ()
        self._asked: dict[str, int] = {}
        self._unclaimed: dict[Path, int] = {}
        self._stops: dict[str, Escalation] = {}

    def tick(self) -> bool:
        """Looks and acts once; returns whether there is nothing left to do.

        Raises:
          OSError: the workspace cannot be written; the next tick tries again.
          WorkspaceError: it cannot be read.
        """
        full = self._must_look_everywhere()
        before, self._views = self._views, self._reader.read(only_active=not full)
        if full and self._answer_all():
            self._views = self._reader.read()
        changed = self._views is not before
        if changed:
            self._record_losses()
        waiting = any(view.state is State.QUEUED for view in self._views)
        if waiting and (changed or self._is_time_to_decide()):
            self._decide()
        active = [view for view in self._views if view.is_active]
        self._hand_over(active)
        self._note_ended_runners()
        self._stop_orphans(active)
        if active or any(view.state is State.QUEUED for view in self._views):
            return False
        if not full:
            self._looked = _NEVER
        return full

    def has_work(self) -> bool:
        """Looks at every folder, without acting; returns whether there is work."""
        self._looked = _NEVER
        views = self._reader.read()
        return any(
            view.is_active or view.state is State.QUEUED or self._is_asked(view)
            for view in views
        )

    def _is_asked(self, view: JobView) -> bool:
        asked, _ = requests.pending(self._reader.folder(view.job.id))
        applied = self._reader.dispatch(view.job.id).applied
        return any(request.name not in applied for request in asked)

    def _must_look_everywhere(self) -> bool:
        """Returns whether a job or a request may have come since the last full look."""
        try:
            folder_time = os.stat(self._jobs).st_mtime_ns
        except OSError:
            folder_time = None
        now = time.monotonic()
        if folder_time == self._folder_time and now - self._looked < _FULL_SECONDS:
            return False
        self._folder_time, self._looked = folder_time, now
        return True

    def _is_time_to_decide(self) -> bool:
        return time.monotonic() - self._decided >= _DECIDE_SECONDS

    def _write(self, job_id: str, dispatch: Dispatch) -> None:
        write_dispatch(self._reader.folder(job_id), dispatch)

    # Requests

    def _answer_all(self) -> bool:
        """Answers what was asked, in order; returns whether a job changed."""
        views, changed = self._views, False
        while answered := {v.job.id for v in views if self._answer_next(v)}:
            # Who asked one thing may have asked another; it meets the new state.
            views = tuple(v for v in self._reader.read() if v.job.id in answered)
            changed = True
        return changed

    def _answer_next(self, view: JobView) -> bool:
        """Answers requests to a job until one changes it; returns whether one did."""
        job_id = view.job.id
        try:
            # A text, not a path: this is asked of every job at every full look.
            folder_time = os.stat(f"{self._jobs}/{job_id}/requests").st_mtime_ns
        except OSError:
            return False
        if self._asked.get(job_id) == folder_time:
            return False
        folder = self._reader.folder(job_id)
        asked, problems = requests.pending(folder)
        for problem in problems:
            self._log(f"{job_id}: a request is not understood: {problem}")
        dispatch = self._reader.dispatch(job_id)
        names = [request.name for request in asked]
        for request in asked:
            path = folder.requests / request.name
            if request.name in dispatch.applied:
                path.unlink(missing_ok=True)
                continue
            new = answer(dispatch, view, request.action, request.asked, time.time())
            if new == dispatch:
                self._log(f"{job_id}: {request.action} changes nothing: {view.state}")
                path.unlink(missing_ok=True)
                continue
            done = {*dispatch.applied, request.name}
            applied = tuple(name for name in names if name in done)
            self._write(job_id, replace(new, applied=applied))
            path.unlink(missing_ok=True)
            self._log(f"{job_id}: {request.action}")
            return True
        # A folder that changed just now may change again without another time.
        if time.time_ns() - folder_time > 1e9:
            self._asked[job_id] = folder_time
        return False

    # Starting

    def _decide(self) -> None:
        self._decided = time.monotonic()
        gpus = self._gpus.read()
        state = QueueState(self._views, gpus, self._cpu_slots, self._reader.unreadable)
        actions = decide(state)
        for action in actions:
            dispatch = self._reader.dispatch(action.job_id)
            if isinstance(action, Start):
                dispatch = replace(
                    dispatch,
                    state=State.STARTING,
                    gpus=action.gpus,
                    environment=device_environment(action.gpus, gpus is not None),
                )
                place = " on " + ", ".join(action.gpus) if action.gpus else ""
                self._log(f"{action.job_id}: start attempt {dispatch.attempt}{place}")
            else:
                dispatch = dispatch.ends(Reason.FAILED, action.detail, time.time())
                self._log(f"{action.job_id}: {action.detail}")
            self._write(action.job_id, dispatch)
        if actions:
            self._views = self._reader.read()

    def _hand_over(self, active: Sequence[JobView]) -> None:
        """Sends a runner to every attempt that none has claimed."""
        for view in active:
            if view.state is not State.STARTING:
                continue
            attempt = self._reader.folder(view.job.id).attempt(view.attempt)
            claimed = self._reader.status(view.job.id) is not None
            on_its_way = self._executor.is_running(attempt.path)
            if claimed or on_its_way or attempt.path in self._unclaimed:
                continue
            attempt.path.mkdir(PRIVATE_FOLDER, exist_ok=True)
            self._executor.submit(attempt.path)

    def _note_ended_runners(self) -> None:
        """Ends the attempts whose runner ended before it claimed them."""
        self._unclaimed.update(self._executor.poll())
        for path, code in list(self._unclaimed.items()):
            attempt = AttemptFolder(path)
            if not attempt.status.exists() and path.exists():
                # Claimed here: a runner sent earlier that is only slow finds it taken.
                status = Status(
                    State.ENDED,
                    ended=time.time(),
                    reason=Reason.FAILED,
                    detail=f"the runner ended with code {code} before it began; "
                    f"see {detach.LOG_NAME}",
                )
                content = whole_files.json_bytes(job_files.status_to_json(status))
                with contextlib.suppress(FileExistsError):
                    whole_files.create_bytes(attempt.status, content, 0o600)
            del self._unclaimed[path]

    # Ends without a runner

    def _record_losses(self) -> None:
        """Writes down the ends that no runner recorded, and ends what was left."""
        for view in self._views:
            dispatch = self._reader.dispatch(view.job.id)
            if dispatch.state is State.ENDED or not view.reason:
                continue
            status = self._reader.status(view.job.id)
            if status is None or status.state is State.ENDED:
                continue  # the runner's record says it, or its file is damaged
            for member in self._members(view):
                processes.send(member, signal.SIGKILL)
            self._log(f"{view.job.id}: {view.reason}: {view.detail}")
            self._write(
                view.job.id, dispatch.ends(view.reason, view.detail, time.time())
            )
            self._stops.pop(view.job.id, None)

    def _stop_orphans(self, active: Sequence[JobView]) -> None:
        """Stops trainers whose runner is gone, when that was asked."""
        for view in active:
            order = self._reader.dispatch(view.job.id).stop
            if order is None or view.trainer is None:
                continue
            if self._reader.life(view.job.id).runner is not False:
                continue
            grace, now = view.job.grace_seconds, time.monotonic()
            stop = before = self._stops.get(view.job.id, Escalation())
            if order.number > before.number:
                first = first_signal(order.action)
                stop = before.ordered(order.number, first, now, grace)
            elif before.overdue(now):
                stop = before.harder(now, grace)
            if stop is before or stop.sent is None:
                continue
            self._stops[view.job.id] = stop
            self._log(f"{view.job.id}: without a runner; {stop.sent.name} sent")
            for member in {view.trainer, *self._members(view)}:
                processes.send(member, stop.sent)

    def _members(self, view: JobView) -> list[processes.ProcessIdentity]:
        attempt = self._reader.folder(view.job.id).attempt(view.attempt)
        return processes.attempt_members(str(attempt.path))


def serve(dispatcher: Dispatcher, descriptor: int, lock_path: Path) -> None:
    """Ticks until nothing is left to do, or SIGTERM or SIGINT comes.

    Jobs do not notice that it leaves.

    Args:
      dispatcher: what to run.
      descriptor: holds the lock.
      lock_path: its file, for messages.
    """
    signals = SignalInbox()
    failed = ""
    while not signals.taken():
        pause = _TICK_SECONDS
        try:
            if dispatcher.tick() and _left(dispatcher, descriptor, lock_path):
                return
            failed = ""
        # The edge: a full disk or a surprise must not strand the other jobs.
        except Exception:  # noqa: BLE001
            if traceback.format_exc() != failed:
                failed = traceback.format_exc()
                _log(failed)
            pause = _FAILURE_SECONDS
        signals.wait(pause)


def _left(dispatcher: Dispatcher, descriptor: int, lock_path: Path) -> bool:
    """Lets go of the lock and looks again; returns whether to leave.

    Who submits after the last look finds the lock held and starts nobody. So the
    look is repeated without the lock: what came before it was let go is seen here,
    and who comes later starts a dispatcher.
    """
    detach.unlock(descriptor)
    if not dispatcher.has_work():
        return True
    return not detach.lock(descriptor, lock_path)


def _log(message: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), message, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts the dispatcher of one workspace."""
    parser = argparse.ArgumentParser(prog="python -m mdtui.jobs.dispatcher")
    parser.add_argument("state_dir", type=Path, help="the workspace's .mdtui folder")
    parser.add_argument("--cpu-slots", type=int, help="jobs at a time without a GPU")
    parser.add_argument("--foreground", action="store_true", help="do not detach")
    parser.add_argument("--lock-descriptor", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except (MdtuiError, OSError) as error:
        print(error, file=sys.stderr)
        return error.exit_code if isinstance(error, MdtuiError) else 1


def _run(options: argparse.Namespace) -> int:
    os.umask(0o077)
    state_dir = Path(os.path.abspath(options.state_dir))
    cpu_slots = _cpu_slots(options.cpu_slots, os.environ.get(SLOTS_VARIABLE))
    descriptor = options.lock_descriptor
    if descriptor is None:
        descriptor = detach.take_lock(state_dir)
        if descriptor is None:
            print(f"{state_dir}: has a dispatcher already", file=sys.stderr)
            return 0
    os.set_inheritable(descriptor, False)
    if not options.foreground:
        detach.detach(state_dir)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    dispatcher = Dispatcher(
        state_dir, LocalExecutor(), gpu_reader(os.environ, _log), cpu_slots, _log
    )
    serve(dispatcher, descriptor, state_dir / detach.LOCK_NAME)
    return 0


def _cpu_slots(flag: int | None, variable: str | None) -> int:
    said = variable if flag is None else str(flag)
    if not said:
        return 1
    if not said.isdecimal() or int(said) < 1:
        raise UsageError(
            f"{said!r} CPU slots: give a whole number above 0 "
            f"(--cpu-slots, or the environment variable {SLOTS_VARIABLE})"
        )
    return int(said)


if __name__ == "__main__":
    sys.exit(main())
