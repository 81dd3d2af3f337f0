"""The files of a job's folder: their names, their values, their JSON form.

    jobs/<id>/job.json                 `Job`, by whoever submits, once
    jobs/<id>/requests/<time>-<n>.json  an `Action`, by whoever asks, once
    jobs/<id>/dispatch.json            `Dispatch`, by the dispatcher
    jobs/<id>/attempt-<n>/status.json  `Status`, by the runner of that attempt
    jobs/<id>/attempt-<n>/{stdout,stderr}.log   the trainer's output

Every file has one writer and a version. Fields that are not known are ignored, so
that a file of a later program loads here; the version rises only when that would be
wrong. Nothing here touches the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mdtui.core.jobs import (
    DEFAULT_GRACE_SECONDS,
    Action,
    Job,
    ProcessIdentity,
    Reason,
    State,
)
from mdtui.core.json_fields import VERSION, DamagedFileError, JsonFields


@dataclass(frozen=True)
class JobFolder:
    """Where the files of one job lie.

    Attributes:
      path: the job's folder, named by its id.
    """

    path: Path

    @property
    def job(self) -> Path:
        """What was submitted."""
        return self.path / "job.json"

    @property
    def dispatch(self) -> Path:
        """What the dispatcher decided."""
        return self.path / "dispatch.json"

    @property
    def requests(self) -> Path:
        """Folder of what was asked and not yet answered."""
        return self.path / "requests"

    def attempt(self, number: int) -> AttemptFolder:
        """Returns where the files of one attempt lie."""
        return AttemptFolder(self.path / f"attempt-{number}")


@dataclass(frozen=True)
class AttemptFolder:
    """Where the files of one attempt lie.

    Attributes:
      path: the attempt's folder, `attempt-<n>`.
    """

    path: Path

    @property
    def status(self) -> Path:
        """What the runner knows; its first version is the claim on the attempt."""
        return self.path / "status.json"

    @property
    def stdout(self) -> Path:
        """The trainer's output."""
        return self.path / "stdout.log"

    @property
    def stderr(self) -> Path:
        """The trainer's messages."""
        return self.path / "stderr.log"

    @property
    def number(self) -> int:
        """Which attempt it is, from 1.

        Raises:
          DamagedFileError: the folder is not named `attempt-<n>`.
        """
        word, _, number = self.path.name.partition("-")
        if word != "attempt" or not number.isdecimal():
            raise DamagedFileError(f"{self.path}: not named attempt-<number>")
        return int(number)


@dataclass(frozen=True)
class StopOrder:
    """That an attempt is to end.

    Attributes:
      action: STOP, TERMINATE or KILL.
      number: counts the orders of the attempt, from 1, so that each is obeyed once.
      asked: Unix time of the request.
    """

    action: Action
    number: int
    asked: float


@dataclass(frozen=True)
class Dispatch:
    """What the dispatcher decided about a job.

    Attributes:
      state: QUEUED, HELD, STARTING (handed to a runner, which says the rest) or ENDED
        (ended without a runner's record).
      attempt: the present or coming attempt, from 1.
      queued: Unix time at which the job joined the queue; its place in the order.
      gpus: UUIDs assigned to the attempt.
      environment: variables that the assignment sets for the trainer.
      stop: the last order to end the attempt.
      reason: why it ended, if `state` is ENDED.
      detail: one line about the end.
      ended: Unix time of the end.
      applied: requests already answered whose files may still lie there.
    """

    state: State = State.QUEUED
    attempt: int = 1
    queued: float = 0.0
    gpus: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    stop: StopOrder | None = None
    reason: Reason | None = None
    detail: str = ""
    ended: float | None = None
    applied: tuple[str, ...] = ()

    def ends(self, reason: Reason, detail: str, now: float) -> Dispatch:
        """Returns the dispatch of a job that ends without a runner's record."""
        return replace(self, state=State.ENDED, reason=reason, detail=detail, ended=now)

    def next_attempt(self, now: float) -> Dispatch:
        """Returns the dispatch of an ended job that is queued again."""
        return Dispatch(attempt=self.attempt + 1, queued=now, applied=self.applied)


@dataclass(frozen=True)
class Status:
    """What the runner knows about its attempt.

    Attributes:
      state: STARTING, RUNNING, STOPPING or ENDED.
      runner: its own process.
      trainer: the trainer's process, known before the trainer's program begins.
      gpus: UUIDs the trainer was given.
      started: Unix time at which the trainer started.
      ended: Unix time at which it ended.
      reason: why, if `state` is ENDED.
      detail: one printable line about the end.
      exit_code: of the trainer, if it ended by itself.
      signal: name of the signal that ended it.
      stop_number: the last order obeyed; 0 for none.
      stop_signal: name of the last signal sent by an order.
      next_signal_at: Unix time of the next, harder signal.
    """

    state: State
    runner: ProcessIdentity | None = None
    trainer: ProcessIdentity | None = None
    gpus: tuple[str, ...] = ()
    started: float | None = None
    ended: float | None = None
    reason: Reason | None = None
    detail: str = ""
    exit_code: int | None = None
    signal: str | None = None
    stop_number: int = 0
    stop_signal: str | None = None
    next_signal_at: float | None = None


def job_to_json(job: Job) -> dict[str, Any]:
    """Returns what `job.json` holds."""
    return _to_json(job)


def dispatch_to_json(dispatch: Dispatch) -> dict[str, Any]:
    """Returns what `dispatch.json` holds."""
    return _to_json(dispatch)


def status_to_json(status: Status) -> dict[str, Any]:
    """Returns what `status.json` holds."""
    return _to_json(status)


def job_from_bytes(data: bytes, path: Path) -> Job:
    """Returns the job of a `job.json`.

    Args:
      data: content of the file.
      path: the file, for messages; the folder's name is the id.

    Raises:
      DamagedFileError: what is wrong, with the file's name.
    """
    fields = JsonFields(data, path)
    job = Job(
        id=fields.text("id"),
        kind=fields.text("kind"),
        experiment=fields.text("experiment"),
        run=fields.text("run"),
        dataset=fields.optional("dataset", str),
        command=fields.texts("command"),
        working_directory=fields.text("working_directory"),
        environment=fields.pairs("environment"),
        gpus=fields.number("gpus", 1),
        num_updates=fields.optional("num_updates", int),
        after=fields.texts("after", ()),
        submitted=fields.seconds("submitted", 0.0),
        grace_seconds=fields.seconds("grace_seconds", DEFAULT_GRACE_SECONDS),
    )
    if job.id != path.parent.name:
        raise DamagedFileError(f"{path}: says it is job {job.id!r}")
    if not job.command:
        raise DamagedFileError(f"{path}: the command is empty")
    return job


def dispatch_from_bytes(data: bytes, path: Path) -> Dispatch:
    """Returns the value of a `dispatch.json`; errors as in `job_from_bytes`."""
    fields = JsonFields(data, path)
    stop = fields.child("stop")
    return Dispatch(
        state=fields.choice("state", State),
        attempt=fields.number("attempt", 1),
        queued=fields.seconds("queued", 0.0),
        gpus=fields.texts("gpus", ()),
        environment=fields.pairs("environment"),
        stop=stop
        and StopOrder(
            action=stop.choice("action", Action),
            number=stop.number("number", 1),
            asked=stop.seconds("asked", 0.0),
        ),
        reason=fields.optional_choice("reason", Reason),
        detail=fields.text("detail", ""),
        ended=fields.optional("ended", float),
        applied=fields.texts("applied", ()),
    )


def status_from_bytes(data: bytes, path: Path) -> Status:
    """Returns the value of a `status.json`; errors as in `job_from_bytes`."""
    fields = JsonFields(data, path)
    return Status(
        state=fields.choice("state", State),
        runner=_process(fields, "runner"),
        trainer=_process(fields, "trainer"),
        gpus=fields.texts("gpus", ()),
        started=fields.optional("started", float),
        ended=fields.optional("ended", float),
        reason=fields.optional_choice("reason", Reason),
        detail=fields.text("detail", ""),
        exit_code=fields.optional("exit_code", int),
        signal=fields.optional("signal", str),
        stop_number=fields.number("stop_number", 0),
        stop_signal=fields.optional("stop_signal", str),
        next_signal_at=fields.optional("next_signal_at", float),
    )


def action_to_json(action: Action, asked: float) -> dict[str, Any]:
    """Returns what the file of a request holds."""
    return {"version": VERSION, "action": str(action), "asked": asked}


def action_from_bytes(data: bytes, path: Path) -> tuple[Action, float]:
    """Returns what a request asks and when it was asked, in Unix time.

    Raises:
      DamagedFileError: as in `job_from_bytes`.
    """
    fields = JsonFields(data, path)
    return fields.choice("action", Action), fields.seconds("asked", 0.0)


def _to_json(value: Any) -> dict[str, Any]:
    """Returns the fields of a frozen dataclass, nested ones as objects."""
    fields = {"version": VERSION}
    for name, item in vars(value).items():
        fields[name] = (
            dict(vars(item)) if hasattr(item, "__dataclass_fields__") else item
        )
    return fields


def _process(fields: JsonFields, name: str) -> ProcessIdentity | None:
    child = fields.child(name)
    return child and ProcessIdentity(
        pid=child.number("pid", 0),
        boot_id=child.text("boot_id"),
        start_ticks=child.number("start_ticks", 0),
        host=child.text("host", ""),
    )
