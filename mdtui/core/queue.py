"""Which job starts when: a pure function from what is true to what to do.

First come, first served, for each kind of place: a job that wants GPUs waits for
GPUs, one that wants none (and every job of a machine without GPUs) for a CPU slot. A
job at the head of its line is never overtaken, so that one that wants two GPUs gets
its turn; a job that waits for another one is not in the line yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mdtui.core.gpus import Gpu, free_gpus
from mdtui.core.jobs import JobView, Reason, State


@dataclass(frozen=True)
class QueueState:
    """What is true at one moment.

    Attributes:
      jobs: every job whose files can be read.
      gpus: a reading of every device; None on a machine without any; empty when they
        cannot be read just now, which lets jobs that want one wait.
      cpu_slots: how many jobs may run without a GPU at once.
      unreadable: ids of jobs whose files are damaged; who needs one of them waits.
    """

    jobs: tuple[JobView, ...]
    gpus: tuple[Gpu, ...] | None = None
    cpu_slots: int = 1
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Start:
    """Start a job.

    Attributes:
      job_id: which.
      gpus: UUIDs assigned to it; empty for the CPU.
    """

    job_id: str
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refuse:
    """End a job that can never start.

    Attributes:
      job_id: which.
      detail: why, one line.
    """

    job_id: str
    detail: str


def decide(state: QueueState) -> tuple[Start | Refuse, ...]:
    """Returns what to do now; the same state gives the same answer.

    Nothing is done for jobs that are held, run or have ended.
    """
    by_id = {view.job.id: view for view in state.jobs}
    queued = [view for view in state.jobs if view.state is State.QUEUED]
    queued.sort(key=lambda view: (view.queued, view.job.submitted, view.job.id))
    places = _Places(state)
    actions: list[Start | Refuse] = []
    for view in queued:
        obstacle = refusal(view, by_id, state.unreadable)
        if obstacle is not None:
            actions.append(Refuse(view.job.id, obstacle))
        elif not waits_for(view, by_id):
            gpus = places.take(view.job.gpus)
            if gpus is not None:
                actions.append(Start(view.job.id, gpus))
    return tuple(actions)


def waits_for(view: JobView, by_id: Mapping[str, JobView]) -> tuple[str, ...]:
    """Returns the ids of the jobs that must be done before this one and are not."""
    return tuple(
        job_id
        for job_id in view.job.after
        if job_id not in by_id or by_id[job_id].reason is not Reason.DONE
    )


def refusal(
    view: JobView, by_id: Mapping[str, JobView], unreadable: frozenset[str]
) -> str | None:
    """Returns why a waiting job can never start, or None if it can."""
    for job_id in waits_for(view, by_id):
        needed = by_id.get(job_id)
        if needed is not None and needed.state is State.ENDED:
            return f"dependency failed: {job_id} ended as {needed.reason}"
        if needed is None and job_id not in unreadable:
            return f"dependency failed: there is no job {job_id}"
    return None


class _Places:
    """The places still free while the line is served."""

    def __init__(self, state: QueueState):
        active = [view for view in state.jobs if view.is_active]
        assigned = {uuid for view in active for uuid in view.gpus}
        on_cpu = sum(not view.gpus for view in active)
        self._gpus = state.gpus
        self._free = list(free_gpus(state.gpus or (), assigned))
        self._slots = state.cpu_slots - on_cpu

    def take(self, wanted: int) -> tuple[str, ...] | None:
        """Returns the devices of the next job in the line, or None: it waits."""
        if self._gpus is None or wanted == 0:
            self._slots -= 1
            return () if self._slots >= 0 else None
        # A job may want more than the machine has: it gets them all.
        wanted = max(1, min(wanted, len(self._gpus)))
        taken, self._free = self._free[:wanted], self._free[wanted:]
        if len(taken) == wanted:
            return tuple(taken)
        self._free = []
        return None
