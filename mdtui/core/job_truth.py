"""The truth about a job, from three files and the processes that live.

A file can only say what was true when it was written. A job is shown as running when
its trainer runs, and as ended when its runner says how or when nothing of it is
left: never from a file alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mdtui.core.job_files import Dispatch, JobFolder, Status
from mdtui.core.jobs import WAITING, Job, JobView, Reason, State


@dataclass(frozen=True)
class Life:
    """Which processes of an attempt live; None where this machine cannot know.

    Attributes:
      runner: the runner.
      trainer: the trainer; False also while there is none yet.
    """

    runner: bool | None
    trainer: bool | None


def compose(
    job: Job, dispatch: Dispatch, status: Status | None, life: Life, folder: JobFolder
) -> JobView:
    """Returns what is true of a job right now.

    Args:
      job: what was submitted.
      dispatch: what the dispatcher decided.
      status: what the runner of the dispatch's attempt wrote last, if anything.
      life: which of the processes named in `status` live.
      folder: the job's folder, for the names of the logs.
    """
    attempt = folder.attempt(dispatch.attempt)
    view = JobView(
        job=job,
        state=dispatch.state,
        reason=None,
        detail="",
        attempt=dispatch.attempt,
        started=None,
        ended=None,
        exit_code=None,
        signal=None,
        gpus=dispatch.gpus,
        trainer=None,
        stdout=attempt.stdout,
        stderr=attempt.stderr,
        queued=dispatch.queued,
    )
    if dispatch.state in WAITING:
        return view
    if status is not None:
        view = replace(view, started=status.started, trainer=status.trainer)
    if dispatch.state is State.ENDED:
        return replace(
            view,
            reason=dispatch.reason or Reason.LOST,
            detail=dispatch.detail,
            ended=dispatch.ended,
        )
    if status is None:
        return replace(view, state=State.STARTING)
    if status.state is State.ENDED:
        return replace(
            view,
            state=State.ENDED,
            reason=status.reason or Reason.LOST,
            detail=status.detail,
            ended=status.ended,
            exit_code=status.exit_code,
            signal=status.signal,
        )
    if life.runner is False:
        return _without_runner(view, dispatch, life)
    return _with_runner(view, dispatch, status, life)


def stop_is_pending(dispatch: Dispatch, status: Status | None) -> bool:
    """Returns whether an order to end was given and its runner has not obeyed yet."""
    return dispatch.stop is not None and (
        status is None or status.stop_number < dispatch.stop.number
    )


def _with_runner(
    view: JobView, dispatch: Dispatch, status: Status, life: Life
) -> JobView:
    if status.trainer is None:
        return replace(view, state=State.STARTING)
    if life.trainer is False:
        return replace(
            view, state=State.STOPPING, detail="the trainer has ended; tidying up"
        )
    if dispatch.stop is None and status.stop_signal is None:
        return replace(view, state=State.RUNNING)
    if stop_is_pending(dispatch, status):
        return replace(view, state=State.STOPPING, detail="asked to end")
    return replace(
        view,
        state=State.STOPPING,
        detail=f"{status.stop_signal} sent",
        stop_signal=status.stop_signal,
        next_signal_at=status.next_signal_at,
    )


def _without_runner(view: JobView, dispatch: Dispatch, life: Life) -> JobView:
    if life.trainer is not False:
        return replace(
            view,
            state=State.RUNNING if dispatch.stop is None else State.STOPPING,
            detail="its runner is gone; watched by its process number",
        )
    if dispatch.stop is not None:
        return replace(
            view,
            state=State.ENDED,
            reason=Reason.STOPPED,
            detail=f"{dispatch.stop.action} was asked; how it ended is not known",
        )
    if view.trainer is None:
        detail = "its runner ended before the trainer started"
    else:
        detail = "trainer and runner are gone without a record (killed, or a reboot)"
    return replace(view, state=State.ENDED, reason=Reason.LOST, detail=detail)
