"""What a request changes, as a table of states and actions.

| asked                 | waiting          | active            | ended        |
| --------------------- | ---------------- | ----------------- | ------------ |
| stop, terminate, kill | ended as stopped | ordered to end    | -            |
| hold                  | held             | -                 | -            |
| release               | queued           | -                 | -            |
| resume                | -                | -                 | next attempt |
"""

from __future__ import annotations

from dataclasses import replace

from mdtui.core.job_files import Dispatch, StopOrder
from mdtui.core.jobs import Action, JobView, Reason, State

_ENDINGS = frozenset({Action.STOP, Action.TERMINATE, Action.KILL})


def answer(
    dispatch: Dispatch, view: JobView, action: Action, asked: float, now: float
) -> Dispatch:
    """Returns the dispatch after a request; the same one if it changes nothing.

    Args:
      dispatch: what the dispatcher decided so far.
      view: the truth about the job right now.
      action: what is asked.
      asked: Unix time of the request.
      now: Unix time.
    """
    if action in _ENDINGS and view.is_waiting:
        return dispatch.ends(Reason.STOPPED, "stopped before it started", now)
    if action in _ENDINGS and view.is_active:
        number = dispatch.stop.number + 1 if dispatch.stop else 1
        return replace(dispatch, stop=StopOrder(action, number, asked))
    if action is Action.HOLD and view.is_waiting:
        return replace(dispatch, state=State.HELD)
    if action is Action.RELEASE and view.is_waiting:
        return replace(dispatch, state=State.QUEUED)
    if action is Action.RESUME and view.state is State.ENDED:
        return dispatch.next_attempt(now)
    return dispatch
