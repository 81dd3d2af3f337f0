from pathlib import Path

import pytest

from mdtui.core.job_files import Dispatch, JobFolder, Status, StopOrder
from mdtui.core.job_truth import Life, compose
from mdtui.core.jobs import Action, Job, ProcessIdentity, Reason, State

JOB = Job("a", "train", "e", "e", None, ("true",), "/")
FOLDER = JobFolder(Path("/w/jobs/a"))
ALIVE, GONE = Life(True, True), Life(False, False)
HANDED_OVER = Dispatch(state=State.STARTING, attempt=2, gpus=("GPU-1",))
TRAINER = ProcessIdentity(7, "boot", 1)
RUNNING = Status(State.RUNNING, TRAINER, TRAINER, started=5.0)
STOP = StopOrder(Action.STOP, 1, 9.0)


def truth(dispatch, status, life):
    return compose(JOB, dispatch, status, life, FOLDER)


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_a_waiting_job_waits(state):
    assert truth(Dispatch(state=state), None, GONE).state is state


def test_the_logs_are_those_of_the_attempt():
    view = truth(HANDED_OVER, RUNNING, ALIVE)
    assert view.stdout == Path("/w/jobs/a/attempt-2/stdout.log")
    assert view.stderr == Path("/w/jobs/a/attempt-2/stderr.log")
    assert (view.state, view.gpus, view.started) == (State.RUNNING, ("GPU-1",), 5.0)


@pytest.mark.parametrize(
    "status, life, state",
    [
        (None, GONE, State.STARTING),
        (Status(State.STARTING, TRAINER), Life(True, False), State.STARTING),
        (RUNNING, ALIVE, State.RUNNING),
        (RUNNING, Life(None, None), State.RUNNING),
        (RUNNING, Life(True, False), State.STOPPING),
        (RUNNING, Life(False, True), State.RUNNING),
        (RUNNING, GONE, State.ENDED),
        (Status(State.STARTING, TRAINER), GONE, State.ENDED),
    ],
)
def test_what_runs_is_known_from_the_processes(status, life, state):
    view = truth(HANDED_OVER, status, life)
    assert view.state is state
    assert view.reason is (Reason.LOST if state is State.ENDED else None)


def test_the_record_of_the_runner_is_the_end():
    status = Status(
        State.ENDED, TRAINER, TRAINER, reason=Reason.FAILED, detail="x", exit_code=3
    )
    view = truth(HANDED_OVER, status, GONE)
    assert (view.reason, view.detail, view.exit_code) == (Reason.FAILED, "x", 3)


def test_an_order_shows_at_once_and_then_its_signal():
    dispatch = Dispatch(state=State.STARTING, stop=STOP)
    assert truth(dispatch, RUNNING, ALIVE).state is State.STOPPING
    obeyed = Status(
        State.STOPPING,
        TRAINER,
        TRAINER,
        stop_number=1,
        stop_signal="SIGINT",
        next_signal_at=99.0,
    )
    view = truth(dispatch, obeyed, ALIVE)
    assert (view.stop_signal, view.next_signal_at) == ("SIGINT", 99.0)


def test_a_stopped_job_without_a_runner_is_stopped_not_lost():
    view = truth(Dispatch(state=State.STARTING, stop=STOP), RUNNING, GONE)
    assert view.reason is Reason.STOPPED


def test_the_end_that_the_dispatcher_wrote_counts():
    dispatch = HANDED_OVER.ends(Reason.LOST, "gone", 12.0)
    view = truth(dispatch, RUNNING, ALIVE)
    assert (view.state, view.reason, view.ended) == (State.ENDED, Reason.LOST, 12.0)
    again = dispatch.next_attempt(20.0)
    assert truth(again, None, GONE).state is State.QUEUED
    assert (again.attempt, again.gpus) == (3, ())
