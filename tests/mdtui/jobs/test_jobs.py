"""The life of a job with real processes, as it should be."""

import stat
import time

from mdtui.core.jobs import Reason, State


def test_a_job_runs_to_its_end_and_the_dispatcher_leaves(workspace):
    workspace.submit("a")
    running = workspace.wait_running("a")
    assert running.trainer.pid == workspace.starts("a")[0]["pid"]
    assert running.started is not None and running.attempt == 1
    workspace.finish("a")
    ended = workspace.wait_ended("a")
    assert (ended.reason, ended.exit_code, ended.detail) == (Reason.DONE, 0, "")
    assert ended.ended >= ended.started
    assert "update 1" in ended.stderr.read_text()
    assert ended.stdout.read_text() == "output of the trainer\n"
    workspace.wait_left()
    assert workspace.pids_with() == []


def test_arguments_and_environment_arrive_as_they_are(workspace):
    odd = ("a;b", "$(touch x)", "`x`", "'\"", "line\nfeed", "", "日本", "-", "*")
    (workspace.root / "a folder; $HOME").mkdir()
    workspace.submit(
        "a",
        "--",
        *odd,
        working_directory=str(workspace.root / "a folder; $HOME"),
        environment=(("EXTRA", "$PATH;\n"),),
    )
    workspace.wait_running("a")
    start = workspace.starts("a")[0]
    assert tuple(start["arguments"]) == odd
    assert start["directory"] == str(workspace.root / "a folder; $HOME")
    assert start["environment"]["EXTRA"] == "$PATH;\n"
    assert start["environment"]["PYTHONUNBUFFERED"] == "1"
    assert start["session"] == start["pid"]


def test_files_are_private(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    for path in [workspace.state_dir, *workspace.state_dir.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_one_at_a_time_in_order_and_dependents_last(workspace):
    workspace.submit("a", submitted=1.0)
    workspace.submit("b", submitted=2.0)
    workspace.submit("n", after=("b",), submitted=0.0)
    workspace.wait_running("a")
    assert workspace.view("b").state is State.QUEUED
    assert workspace.view("n").detail == "waits for b"
    for job_id in ("a", "b", "n"):
        workspace.wait_running(job_id)
        workspace.finish(job_id)
    assert workspace.wait_ended("n").reason is Reason.DONE
    times = [workspace.starts(job_id)[0]["time"] for job_id in ("a", "b", "n")]
    assert times == sorted(times)


def test_a_failure_says_why_and_ends_its_dependents(workspace):
    workspace.submit("a", "--exit-code", "1")
    workspace.submit("b", after=("a",))
    workspace.finish("a")
    view = workspace.wait_ended("a")
    assert (view.reason, view.exit_code) == (Reason.FAILED, 1)
    assert view.detail == ("exit code 1: " + view.detail.removeprefix("exit code 1: "))
    assert view.detail.endswith("RecordError: records/omniglot: no dataset_spec.json")
    assert "\x1b" not in view.detail
    view = workspace.wait_ended("b")
    assert view.reason is Reason.FAILED
    assert view.detail == "dependency failed: a ended as failed"


def test_a_program_that_is_not_there(workspace):
    workspace.submit("a", command=("/no/such/program", "x"))
    view = workspace.wait_ended("a")
    assert view.reason is Reason.FAILED
    assert view.detail == "cannot start: /no/such/program: No such file or directory"
    workspace.submit("b", working_directory="/no/such/folder")
    assert "/no/such/folder: No such file" in workspace.wait_ended("b").detail


def test_each_gpu_has_one_job_and_the_cpu_none(workspace):
    gpus = workspace.root / "gpus.json"
    gpus.write_text(
        '{"gpus": [{"uuid": "GPU-1"}, {"uuid": "GPU-2", "processes": [{"pid": 1}]}]}'
    )
    workspace.submit("a")
    workspace.submit("b")
    workspace.submit("cpu", gpus=0)
    workspace.wait_running("a")
    workspace.wait_running("cpu")
    assert workspace.view("a").gpus == ("GPU-1",)
    assert workspace.view("b").state is State.QUEUED
    seen = workspace.starts("a")[0]["environment"]
    assert seen["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert seen["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert workspace.starts("cpu")[0]["environment"]["CUDA_VISIBLE_DEVICES"] == ""
    gpus.write_text('{"gpus": [{"uuid": "GPU-1"}, {"uuid": "GPU-2"}]}')
    assert workspace.wait_running("b").gpus == ("GPU-2",)


def test_hold_and_release(workspace):
    workspace.submit("a")
    workspace.submit("b")
    workspace.wait_running("a")
    workspace.ask("b", "hold")
    workspace.wait(lambda: workspace.view("b").state is State.HELD)
    workspace.finish("a")
    workspace.wait_ended("a")
    workspace.wait_left()
    assert workspace.view("b").state is State.HELD
    workspace.ask("b", "release")
    workspace.wait_running("b")


def test_a_job_stopped_while_it_waits_never_starts(workspace):
    workspace.submit("a")
    workspace.submit("b")
    workspace.wait_running("a")
    workspace.ask("b", "stop")
    view = workspace.wait_ended("b")
    assert (view.reason, view.detail) == (
        Reason.STOPPED,
        "stopped before it started",
    )
    workspace.finish("a")
    workspace.wait_left()
    assert workspace.starts("b") == []


def test_stop_lets_the_trainer_save_and_resume_goes_on(workspace):
    workspace.submit("a", grace_seconds=30.0)
    workspace.wait_running("a")
    asked = time.time()
    workspace.ask("a", "stop")
    view = workspace.wait_ended("a")
    assert time.time() - asked < 5.0
    assert (view.reason, view.exit_code) == (Reason.STOPPED, 130)
    assert view.detail == "SIGINT sent by request: exit code 130"
    assert "received SIGINT; saving" in view.stderr.read_text()
    workspace.ask("a", "resume")
    again = workspace.wait_running("a", attempt=2)
    assert again.attempt == 2
    assert again.stderr != view.stderr and view.stderr.exists()
    workspace.finish("a")
    assert workspace.wait_ended("a").reason is Reason.DONE
    assert len(workspace.starts("a")) == 2


def test_a_trainer_that_ignores_sigterm_is_killed_after_the_grace(workspace):
    workspace.submit("a", "--ignore", "SIGTERM", "--ignore", "SIGINT")
    workspace.wait_running("a")
    workspace.ask("a", "stop")
    workspace.wait(lambda: workspace.view("a").stop_signal == "SIGTERM")
    stopping = workspace.view("a")
    assert stopping.state is State.STOPPING
    assert 0 < stopping.next_signal_at - time.time() <= 0.3
    view = workspace.wait_ended("a")
    assert (view.reason, view.signal) == (Reason.STOPPED, "SIGKILL")


def test_a_kill_is_immediate_and_nobody_survives(workspace):
    workspace.submit(
        "a", "--ignore", "SIGTERM", "--children", "2", "--escape", grace_seconds=30.0
    )
    workspace.wait_running("a")
    pids = [workspace.starts("a")[0]["pid"], *workspace.starts("a")[0]["children"]]
    workspace.ask("a", "kill")
    view = workspace.wait_ended("a")
    assert (view.reason, view.signal) == (Reason.STOPPED, "SIGKILL")
    assert not set(pids) & set(workspace.pids_with())


def test_children_do_not_outlive_a_trainer_that_ends_by_itself(workspace):
    workspace.submit("a", "--children", "2", "--escape")
    workspace.wait_running("a")
    children = workspace.starts("a")[0]["children"]
    workspace.finish("a")
    view = workspace.wait_ended("a")
    assert view.reason is Reason.DONE
    assert view.detail == "ended 2 processes that it left behind"
    assert not set(children) & set(workspace.pids_with())
