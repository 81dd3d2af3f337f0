"""The runner: one small process per attempt, which starts the trainer and sees it end.

    python -m mdtui.jobs.runner <workspace>/.mdtui/jobs/<job>/attempt-<n>

It claims the attempt by creating `status.json`, which only one process can; so an
attempt starts at most once, however many runners are sent. It reads what to run from
`job.json` and when to stop from `dispatch.json`, and depends on no other process: the
dispatcher and the terminal may die at any moment.

Kept small (no TensorFlow, no Textual, no subprocess): it lives as long as the trainer.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mdtui.core import job_files, plain_text
from mdtui.core.endings import Escalation, first_signal, judge, last_error_line
from mdtui.core.job_files import AttemptFolder, Dispatch, JobFolder, Status
from mdtui.core.jobs import Job, Reason, State
from mdtui.core.json_fields import DamagedFileError
from mdtui.jobs import processes
from mdtui.jobs.signals import SignalInbox
from mdtui.jobs.spawn import GatedProcess
from meta_dataset import whole_files

EXIT_CLAIMED = 3  # somebody else runs this attempt

_POLL_SECONDS = 0.1
# How long processes that the trainer left behind have between SIGTERM and SIGKILL:
# after its own end, and when it was told to end, which they were, too.
_TIDY_SECONDS = 2.0
_TIDY_STOPPED_SECONDS = 0.5
_KILLED_SECONDS = 5.0  # after SIGKILL; longer only in an uninterruptible call
_REPAIR_SECONDS = 1.0
_RECORD_SECONDS = 3600.0  # how long a full disk is waited for
_TAIL_BYTES = 65536


class Runner:
    """Runs one attempt.

    Args:
      attempt: its folder, absolute.
      signals: what was sent to this process.
    """

    def __init__(self, attempt: AttemptFolder, signals: SignalInbox):
        self._attempt = attempt
        self._folder = JobFolder(attempt.path.parent)
        self._signals = signals
        me = processes.identify(os.getpid())
        self._status = Status(State.STARTING, runner=me)
        self._written: tuple[int, ...] | None = None
        self._repaired = time.monotonic()
        self._stop = Escalation()
        self._order: tuple[int, ...] | None = None

    def run(self) -> int:
        """Runs the attempt to its end; returns the exit code of this process."""
        content = whole_files.json_bytes(job_files.status_to_json(self._status))
        try:
            whole_files.create_bytes(self._attempt.status, content, 0o600)
        except FileExistsError:
            return EXIT_CLAIMED
        try:
            job, dispatch = self._orders()
        except (OSError, DamagedFileError) as error:
            self._end(Reason.FAILED, f"cannot tell what to run: {error}")
            return 1
        if dispatch.attempt != self._attempt.number:
            self._end(Reason.FAILED, "this attempt is not wanted any more")
        elif dispatch.stop is not None:
            self._end(Reason.STOPPED, "stopped before it started")
        else:
            self._run(job, dispatch)
        return 0

    def _orders(self) -> tuple[Job, Dispatch]:
        job = self._folder.job
        dispatch = self._folder.dispatch
        return (
            job_files.job_from_bytes(job.read_bytes(), job),
            job_files.dispatch_from_bytes(dispatch.read_bytes(), dispatch),
        )

    def _run(self, job: Job, dispatch: Dispatch) -> None:
        memory_kills = processes.kills_for_memory()
        try:
            trainer = self._start(job, dispatch)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            self._end(Reason.FAILED, f"cannot start: {where}{error.strerror or error}")
            return
        exit_status = self._watch(trainer, job.grace_seconds)
        ended = time.time()
        left, survivors = self._tidy(trainer)
        os.waitpid(trainer, 0)
        verdict = judge(
            exit_status,
            self._stop,
            processes.kills_for_memory() > memory_kills,
            self._last_error(),
        )
        detail = verdict.detail
        if left:
            detail += f"; ended {left} processes that it left behind"
        if survivors:
            detail += f"; these do not end: {', '.join(map(str, survivors))}"
        self._end(
            verdict.reason,
            detail.removeprefix("; "),
            ended=ended,
            exit_code=verdict.exit_code,
            signal=verdict.signal,
        )

    def _start(self, job: Job, dispatch: Dispatch) -> int:
        """Starts the trainer, on record before it begins; returns its number."""
        environment = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            **dict(job.environment),
            **dict(dispatch.environment),
            processes.ATTEMPT_VARIABLE: str(self._attempt.path),
        }
        with _log(self._attempt.stdout) as stdout, _log(self._attempt.stderr) as stderr:
            trainer = GatedProcess(
                job.command, job.working_directory, environment, stdout, stderr
            )
        running = replace(
            self._status,
            state=State.RUNNING,
            trainer=processes.identify(trainer.pid),
            gpus=dispatch.gpus,
            started=time.time(),
        )
        try:
            self._write(running)
        except OSError:
            trainer.abandon()
            raise
        try:
            trainer.release()
        except OSError:
            os.waitpid(trainer.pid, 0)
            raise
        return trainer.pid

    def _watch(self, trainer: int, grace: float) -> int:
        """Waits for the trainer, forwarding orders and signals; returns its exit.

        The trainer stays a zombie, so that its number keeps meaning its session.
        """
        while True:
            exited = os.waitid(os.P_PID, trainer, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if exited is not None:
                by_itself = exited.si_code == os.CLD_EXITED
                return exited.si_status if by_itself else -exited.si_status
            self._obey(trainer, grace)
            if time.monotonic() - self._repaired > _REPAIR_SECONDS:
                self._repair()
            self._signals.wait(_POLL_SECONDS)

    def _obey(self, trainer: int, grace: float) -> None:
        """Sends the trainer the signals that are due."""
        before, now = self._stop, time.monotonic()
        order = self._changed_order()
        if order is not None and order.stop and order.stop.number > before.number:
            which = first_signal(order.stop.action)
            self._stop = before.ordered(order.stop.number, which, now, grace)
        for received in self._signals.taken():
            self._stop = self._stop.ordered(self._stop.number, received, now, grace)
        if self._stop is before:
            if not before.overdue(now):
                return
            self._stop = before.harder(now, grace)
        self._send(trainer, self._stop.sent)
        due = self._stop.due
        with contextlib.suppress(OSError):  # written again by `_repair`
            self._write(
                replace(
                    self._status,
                    state=State.STOPPING,
                    stop_number=self._stop.number,
                    stop_signal=self._stop.sent.name if self._stop.sent else None,
                    next_signal_at=None if due is None else time.time() + due - now,
                )
            )

    def _changed_order(self) -> Dispatch | None:
        """Returns the dispatcher's file if it is another than at the last look."""
        path = self._folder.dispatch
        try:
            seen = _signature(path)
            if seen == self._order:
                return None
            dispatch = job_files.dispatch_from_bytes(path.read_bytes(), path)
        except (OSError, DamagedFileError):
            return None
        self._order = seen
        return dispatch if dispatch.attempt == self._attempt.number else None

    def _send(self, trainer: int, which: signal.Signals | None) -> None:
        if which is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(trainer, which)
        if which is signal.SIGKILL:
            for member in self._members(trainer):
                processes.send(member, which)

    def _members(self, trainer: int) -> list[Any]:
        return processes.attempt_members(str(self._attempt.path), session=trainer)

    def _tidy(self, trainer: int) -> tuple[int, list[int]]:
        """Ends what the trainer left behind.

        Returns:
          How many processes there were, and the numbers of those that remain.
        """
        left = self._members(trainer)
        if not left:
            return 0, []
        patience = _TIDY_SECONDS if self._stop.sent is None else _TIDY_STOPPED_SECONDS
        if self._stop.sent is not signal.SIGKILL:
            for member in left:
                processes.send(member, signal.SIGTERM)
            if not self._outlived(trainer, patience, None):
                return len(left), []
        remaining = self._outlived(trainer, _KILLED_SECONDS, signal.SIGKILL)
        return len(left), [member.pid for member in remaining]

    def _outlived(
        self, trainer: int, seconds: float, which: signal.Signals | None
    ) -> list[Any]:
        """Waits for the rest to go, signalling again; returns who is still there."""
        deadline = time.monotonic() + seconds
        while True:
            members = self._members(trainer)
            if which is not None:
                for member in members:
                    processes.send(member, which)
            if not members or time.monotonic() > deadline:
                return members
            time.sleep(0.05)

    def _last_error(self) -> str:
        for path in (self._attempt.stderr, self._attempt.stdout):
            line = last_error_line(plain_text.lines(_tail(path)))
            if line:
                return line
        return ""

    def _end(self, reason: Reason, detail: str, **facts: Any) -> None:
        """Writes the record of the end, however long a full disk takes."""
        facts.setdefault("ended", time.time())
        status = replace(
            self._status,
            state=State.ENDED,
            reason=reason,
            detail=plain_text.harmless(detail),
            **facts,
        )
        deadline = time.monotonic() + _RECORD_SECONDS
        while True:
            try:
                self._write(status)
                return
            except FileNotFoundError:
                return  # somebody removed the job's folder
            except OSError as error:
                print(f"{self._attempt.status}: {error}", file=sys.stderr, flush=True)
                if time.monotonic() > deadline:
                    return
            time.sleep(1.0)

    def _write(self, status: Status) -> None:
        self._status = status
        whole_files.write_json(
            self._attempt.status, job_files.status_to_json(status), 0o600
        )
        self._written = _signature(self._attempt.status)

    def _repair(self) -> None:
        """Writes the status again when the file is not the one written last."""
        self._repaired = time.monotonic()
        with contextlib.suppress(OSError):
            if _signature(self._attempt.status) != self._written:
                self._write(self._status)


@contextlib.contextmanager
def _log(path: Path):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _tail(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            return file.read()
    except OSError:
        return b""


def _signature(path: Path) -> tuple[int, ...]:
    stat = os.stat(path)
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the attempt whose folder is the only argument."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print("usage: python -m mdtui.jobs.runner ATTEMPT_FOLDER", file=sys.stderr)
        return 2
    os.umask(0o077)
    signals = SignalInbox()
    attempt = AttemptFolder(Path(os.path.abspath(arguments[0])))
    os.chdir("/")
    return Runner(attempt, signals).run()


if __name__ == "__main__":
    sys.exit(main())
