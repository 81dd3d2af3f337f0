"""Whoever dies at whatever moment: no job is lost, none starts twice, none lies."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from mdtui.core import job_files
from mdtui.core.job_files import Dispatch, Status
from mdtui.core.jobs import ProcessIdentity, Reason, State
from mdtui.executors.local import module_command
from mdtui.jobs import detach, processes
from mdtui.jobs.records import JobReader, read_jobs, submit, write_dispatch
from mdtui.jobs.requests import request
from mdtui.jobs.runner import EXIT_CLAIMED
from meta_dataset import whole_files


def test_a_killed_dispatcher_loses_nothing(workspace):
    workspace.submit("a")
    workspace.submit("b")
    workspace.wait_running("a")
    workspace.kill_dispatcher()
    assert workspace.view("a").state is State.RUNNING
    workspace.finish("a")
    workspace.finish("b")
    assert workspace.wait_ended("a").reason is Reason.DONE
    assert workspace.view("b").state is State.QUEUED
    workspace.dispatch()
    assert workspace.wait_ended("b").reason is Reason.DONE
    assert len(workspace.starts("a")) == len(workspace.starts("b")) == 1


def test_a_dispatcher_killed_again_and_again_starts_everything_once(workspace):
    names = [f"j{n}" for n in range(6)]
    for name in names:
        workspace.finish(name)  # each ends as soon as it has started
        submit(workspace.state_dir, workspace.job(name))
    for round_ in range(12):
        workspace.dispatch()
        time.sleep(0.02 * (round_ % 6))
        workspace.kill_dispatcher()
    workspace.dispatch()
    for name in names:
        assert workspace.wait_ended(name).reason is Reason.DONE
        assert len(workspace.starts(name)) == 1


def test_an_order_is_obeyed_though_the_dispatcher_is_killed(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    workspace.kill_dispatcher()
    request(workspace.state_dir, "a", "terminate")
    assert workspace.view("a").state is State.RUNNING
    workspace.dispatch()
    workspace.wait(lambda: workspace.view("a").state is not State.RUNNING)
    workspace.kill_dispatcher()
    view = workspace.wait_ended("a")
    assert (view.reason, view.exit_code) == (Reason.STOPPED, 143)


def test_a_trainer_without_a_runner_goes_on_and_ends_as_lost(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    workspace.kill(workspace.runners("a"))
    view = workspace.view("a")
    assert (view.state, view.detail) == (
        State.RUNNING,
        "its runner is gone; watched by its process number",
    )
    workspace.finish("a")
    view = workspace.wait_ended("a")
    assert view.reason is Reason.LOST
    workspace.wait_left()
    assert workspace.view("a").reason is Reason.LOST
    assert len(workspace.starts("a")) == 1


@pytest.mark.parametrize("action, last", [("stop", "SIGKILL"), ("kill", "SIGKILL")])
def test_a_trainer_without_a_runner_can_be_stopped(workspace, action, last):
    workspace.submit(
        "a", "--ignore", "SIGTERM", "--ignore", "SIGINT", "--children", "1"
    )
    workspace.wait_running("a")
    workspace.kill(workspace.runners("a"))
    workspace.kill_dispatcher()
    workspace.ask("a", action)
    view = workspace.wait_ended("a")
    assert view.reason is Reason.STOPPED
    workspace.wait_left()
    assert workspace.pids_with("trainer.py") == []
    assert f"{last} sent" in (workspace.state_dir / detach.LOG_NAME).read_text()


def test_a_runner_killed_at_any_moment_leaves_nothing_unknown(workspace):
    """From before its claim to after the trainer's start."""
    for number in range(12):
        name = f"j{number}"
        workspace.submit(name)
        workspace.wait(lambda name=name: workspace.runners(name))
        time.sleep(0.012 * number)
        workspace.kill([min(workspace.runners(name))])
        # A child that waits to become the trainer still looks like its runner.
        workspace.wait(lambda name=name: not workspace.runners(name))
        trainers = workspace.pids_with("trainer.py", f"{name}.journal")
        if trainers:
            assert workspace.view(name).trainer.pid == trainers[0]
            workspace.finish(name)
        view = workspace.wait_ended(name)
        assert view.reason in (Reason.LOST, Reason.FAILED)
        assert len(workspace.starts(name)) == len(trainers) <= 1


def test_runner_and_trainer_killed_is_lost_and_its_children_end(workspace):
    workspace.submit("a", "--children", "1", "--escape")
    workspace.wait_running("a")
    workspace.kill(workspace.runners("a"))
    workspace.kill([workspace.starts("a")[0]["pid"]])
    assert workspace.view("a").reason is Reason.LOST
    workspace.wait_left()
    assert workspace.pids_with() == []
    workspace.ask("a", "resume")
    workspace.wait_running("a", attempt=2)


@pytest.mark.parametrize("which", ["SIGKILL", "SIGSEGV"])
def test_a_killed_trainer_has_failed_with_the_signal(workspace, which):
    workspace.submit("a", "--ends-by", which)
    workspace.wait_running("a")
    workspace.finish("a")
    view = workspace.wait_ended("a")
    assert (view.reason, view.signal) == (Reason.FAILED, which)
    assert view.detail.startswith(f"signal {which}")


def test_a_signal_to_the_runner_reaches_the_trainer(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    os.kill(workspace.runners("a")[0], signal.SIGHUP)
    os.kill(workspace.runners("a")[0], signal.SIGTERM)
    view = workspace.wait_ended("a")
    assert (view.reason, view.exit_code) == (Reason.STOPPED, 143)


def test_an_attempt_can_be_claimed_once(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    attempt = workspace.folder("a").attempt(1).path
    command, directory = module_command("mdtui.jobs.runner", str(attempt))
    second = subprocess.run(command, cwd=directory, check=False)
    assert second.returncode == EXIT_CLAIMED
    workspace.finish("a")
    workspace.wait_ended("a")
    second = subprocess.run(command, cwd=directory, check=False)
    assert second.returncode == EXIT_CLAIMED
    assert len(workspace.starts("a")) == 1


def test_runners_sent_twice_start_the_trainer_once(workspace):
    """As after a dispatcher that died between sending a runner and hearing of it."""
    submit(workspace.state_dir, workspace.job("a"))
    folder = workspace.folder("a")
    write_dispatch(folder, Dispatch(state=State.STARTING))
    attempt = folder.attempt(1).path
    attempt.mkdir()
    command, directory = module_command("mdtui.jobs.runner", str(attempt))
    runners = [subprocess.Popen(command, cwd=directory) for _ in range(3)]
    workspace.dispatch()
    workspace.wait_running("a")
    workspace.finish("a")
    codes = sorted(runner.wait() for runner in runners)
    assert workspace.wait_ended("a").reason is Reason.DONE
    assert codes[1:] == [EXIT_CLAIMED, EXIT_CLAIMED]
    assert len(workspace.starts("a")) == 1


def test_a_runner_that_cannot_begin_is_a_failure_not_a_loop(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    folder = workspace.folder("a")
    folder.attempt(1).path.mkdir()
    # Where the status should be is something that no file can replace: the runner
    # takes it for a claim and leaves, and nobody ever writes a status.
    (folder.attempt(1).path / "status.json").mkdir()
    workspace.dispatch()
    view = workspace.wait_ended("a")
    assert view.reason is Reason.LOST
    assert workspace.starts("a") == []


def test_two_dispatchers_at_once(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    started, start = [], threading.Barrier(4)

    def ensure():
        start.wait()
        started.append(detach.ensure_dispatcher(workspace.state_dir))

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False, False, False, True]
    assert len(workspace.dispatchers()) == 1
    command, directory = module_command(
        "mdtui.jobs.dispatcher", str(workspace.state_dir)
    )
    again = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0 and "has a dispatcher already" in again.stderr
    workspace.wait_running("a")
    assert len(workspace.starts("a")) == 1


def test_no_job_is_stranded_between_leaving_and_submitting(workspace):
    """Jobs that end at once, so that the dispatcher is always about to leave."""
    for number in range(12):
        workspace.finish(f"j{number}")
        workspace.submit(f"j{number}")
        time.sleep(0.03 * (number % 5))
    for number in range(12):
        workspace.wait_ended(f"j{number}")
    workspace.wait_left()


def test_the_process_that_asked_for_a_dispatcher_may_die(workspace):
    """The terminal is closed: its whole session gets SIGHUP, then is killed."""
    submit(workspace.state_dir, workspace.job("a"))
    program = (
        "import sys, pathlib; from mdtui.jobs.detach import ensure_dispatcher as e;"
        "e(pathlib.Path(sys.argv[1])); sys.stdin.read()"
    )
    terminal = subprocess.Popen(
        [sys.executable, "-c", program, str(workspace.state_dir)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        cwd=module_command("")[1],
    )
    workspace.wait_running("a")
    os.killpg(terminal.pid, signal.SIGHUP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(terminal.pid, signal.SIGKILL)
    terminal.communicate()
    workspace.finish("a")
    assert workspace.wait_ended("a").reason is Reason.DONE


# What the files say and what is true


def written(workspace, status, dispatch=None):
    """Makes a job whose files say something that may not be true any more."""
    submit(workspace.state_dir, workspace.job("a"))
    folder = workspace.folder("a")
    write_dispatch(folder, dispatch or Dispatch(state=State.STARTING))
    folder.attempt(1).path.mkdir()
    whole_files.write_json(folder.attempt(1).status, job_files.status_to_json(status))
    return folder


@pytest.mark.parametrize(
    "change",
    [
        {"boot_id": "another boot"},
        {"start_ticks": 1},
        {"pid": 2**22 + 1},
    ],
)
def test_after_a_reboot_or_with_a_number_used_again_a_job_is_lost(workspace, change):
    me = vars(processes.identify(os.getpid())) | change
    written(workspace, Status(State.RUNNING, ProcessIdentity(**me), None))
    assert workspace.view("a").reason is Reason.LOST
    workspace.dispatch()
    workspace.wait_left()
    views, problems = read_jobs(workspace.state_dir)
    assert [view.reason for view in views] == [Reason.LOST] and not problems


def test_of_another_machine_nothing_is_concluded(workspace):
    elsewhere = ProcessIdentity(1, "its boot", 1, "another machine")
    written(workspace, Status(State.RUNNING, elsewhere, elsewhere))
    assert workspace.view("a").state is State.RUNNING


def test_a_status_cut_in_half_is_written_again(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    status = workspace.folder("a").attempt(1).status
    status.write_bytes(status.read_bytes()[:50])
    assert workspace.view("a").state is State.RUNNING
    assert "status.json" in workspace.reader.problems[0]
    workspace.wait(lambda: workspace.view("a") and not workspace.reader.problems)
    workspace.finish("a")
    assert workspace.wait_ended("a").reason is Reason.DONE


def test_a_damaged_dispatch_file_starts_nothing_and_loses_nothing(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    workspace.folder("a").dispatch.write_text("{")
    workspace.dispatch()
    workspace.wait_left()
    assert workspace.view("a").state is State.HELD
    assert "damaged" in workspace.view("a").detail
    workspace.ask("a", "release")
    workspace.wait_running("a")
    workspace.kill_dispatcher()
    workspace.folder("a").dispatch.write_text("{")
    assert workspace.view("a").state is State.RUNNING
    workspace.dispatch()
    workspace.finish("a")
    assert workspace.wait_ended("a").reason is Reason.DONE
    assert len(workspace.starts("a")) == 1


def test_a_damaged_folder_costs_its_own_row(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    submit(workspace.state_dir, workspace.job("b"))
    submit(workspace.state_dir, workspace.job("c", after=("a",)))
    (workspace.state_dir / "jobs" / "empty").mkdir()
    workspace.folder("a").job.write_bytes(b"\x00\xff{{{")
    reader = JobReader(workspace.state_dir)
    assert [view.job.id for view in reader.read()] == ["b", "c"]
    assert len(reader.problems) == 2
    assert reader.unreadable == {"a", "empty"}
    workspace.dispatch()
    workspace.wait_running("b")
    assert workspace.view("c").state is State.QUEUED


def test_a_request_nobody_understands_is_put_aside(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    strange = workspace.folder("a").requests / "0-0.json"
    strange.write_text('{"version": 1, "action": "dance"}')
    workspace.ask("a", "hold")  # changes nothing for a running job
    workspace.wait(lambda: not list(strange.parent.glob("*.json")))
    assert strange.with_suffix(".damaged").exists()
    assert workspace.view("a").state is State.RUNNING


def test_an_answered_request_is_not_answered_again(workspace):
    """As after a dispatcher that died between the answer and the removal."""
    submit(workspace.state_dir, workspace.job("a"))
    ended = Dispatch(State.ENDED, reason=Reason.STOPPED)
    request(workspace.state_dir, "a", "resume")
    (name,) = os.listdir(workspace.folder("a").requests)
    write_dispatch(
        workspace.folder("a"), Dispatch(**vars(ended) | {"applied": (name,)})
    )
    workspace.dispatch()
    workspace.wait_left()
    assert workspace.view("a").state is State.ENDED
    assert os.listdir(workspace.folder("a").requests) == []
