"""What a job is, and what can be said of it at one moment.

A job is one command in the queue: a training or an evaluation. `Job` is written once
by whoever submits; `JobView` is the truth right now, put together from what the
submitter, the dispatcher and the runner wrote and from which processes live. How
these are kept on disk is the subject of `job_files`; how jobs get their turn, of
`queue`.
"""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

DEFAULT_GRACE_SECONDS = 60.0

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class State(StrEnum):
    """Where a job is on its way; an ended one has a `Reason`."""

    QUEUED = "queued"
    HELD = "held"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a job ended."""

    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"
    PREEMPTED = "preempted"
    LOST = "lost"


class Action(StrEnum):
    """What can be asked of a job.

    `STOP` sends SIGINT, then SIGTERM, then SIGKILL, each after the job's grace;
    `TERMINATE` begins at SIGTERM, `KILL` is SIGKILL at once. A job that waits ends at
    once by any of them. `HOLD` and `RELEASE` concern waiting jobs. `RESUME` queues an
    ended job for another attempt.
    """

    STOP = "stop"
    TERMINATE = "terminate"
    KILL = "kill"
    HOLD = "hold"
    RELEASE = "release"
    RESUME = "resume"


# States in which processes of the job live or are about to.
ACTIVE = frozenset({State.STARTING, State.RUNNING, State.STOPPING})
# States in which a job waits for its turn.
WAITING = frozenset({State.QUEUED, State.HELD})


@dataclass(frozen=True)
class Job:
    """One command in the queue, as submitted; never changed afterwards.

    Attributes:
      id: name of its folder; see `new_job_id`.
      kind: `train` or `evaluate`.
      experiment: the experiment it belongs to.
      run: name of the run folder that it writes.
      dataset: what an evaluation evaluates on.
      command: the program and its arguments; no shell sees them.
      working_directory: absolute folder in which it starts.
      environment: variables added to the dispatcher's environment.
      gpus: GPUs wanted where the machine has any; 0 for the CPU only.
      num_updates: updates of the whole run, where known.
      after: ids of the jobs that must be done before this one starts; they are
        submitted before it.
      submitted: Unix time in seconds.
      grace_seconds: time between two signals when the job does not heed the first.
    """

    id: str
    kind: str
    experiment: str
    run: str
    dataset: str | None
    command: tuple[str, ...]
    working_directory: str
    # Kept out of the representation: it may carry secrets, and logs print jobs.
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    gpus: int = 1
    num_updates: int | None = None
    after: tuple[str, ...] = ()
    submitted: float = 0.0
    grace_seconds: float = DEFAULT_GRACE_SECONDS


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, told apart from a later one with the same number.

    Attributes:
      pid: process number.
      boot_id: the kernel's random id of this boot of the machine.
      start_ticks: when it started, in clock ticks since that boot.
      host: name of the machine.
    """

    pid: int
    boot_id: str
    start_ticks: int
    host: str = ""


@dataclass(frozen=True)
class JobView:
    """What is true of a job right now.

    Attributes:
      job: what was submitted.
      state: where it is.
      reason: why it ended; None unless `state` is ENDED.
      detail: one printable line about the state: exit code, last error, what it
        waits for; may be empty.
      attempt: number of the present attempt, from 1.
      started: Unix time at which the attempt's trainer started.
      ended: Unix time at which it ended.
      exit_code: of the trainer, if it ended by itself.
      signal: name of the signal that ended the trainer, such as `SIGKILL`.
      gpus: UUIDs of the GPUs it has; empty on the CPU.
      trainer: the trainer's process.
      stdout: the attempt's log; may not exist yet.
      stderr: the same for the error channel.
      queued: Unix time at which it joined the queue.
      stop_signal: name of the last signal sent by request, while stopping.
      next_signal_at: Unix time of the next, harder signal, while stopping.
    """

    job: Job
    state: State
    reason: Reason | None
    detail: str
    attempt: int
    started: float | None
    ended: float | None
    exit_code: int | None
    signal: str | None
    gpus: tuple[str, ...]
    trainer: ProcessIdentity | None
    stdout: Path
    stderr: Path
    queued: float = 0.0
    stop_signal: str | None = None
    next_signal_at: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether processes of it live or are about to."""
        return self.state in ACTIVE

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its turn."""
        return self.state in WAITING


class RandomBits(Protocol):
    """A source of randomness such as `random.SystemRandom()`."""

    def getrandbits(self, k: int, /) -> int:
        """Returns a non-negative integer of at most k bits."""
        ...


def new_job_id(now: float, experiment: str, random: RandomBits) -> str:
    """Returns an id that sorts by time, says what it is and is a safe folder name.

    Args:
      now: Unix time in seconds; written in UTC.
      experiment: any text; what is unsafe in a folder name becomes a hyphen.
      random: 32 bits of it tell jobs of one second apart.
    """
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    plain = unicodedata.normalize("NFKD", experiment)
    name = _UNSAFE.sub("-", plain).strip("-.")[:60] or "job"
    return f"{moment}-{name}-{random.getrandbits(32):08x}"


def is_job_id(text: str) -> bool:
    """Returns whether a text can be a job's id: a plain folder name, not hidden."""
    return _ID.fullmatch(text) is not None
