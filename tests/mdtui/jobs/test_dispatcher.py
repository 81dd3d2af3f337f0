"""The dispatcher without processes: an executor and devices that do as told."""

import os
import subprocess

import pytest

from mdtui.core import job_files
from mdtui.core.job_files import AttemptFolder, Status
from mdtui.core.jobs import Reason, State
from mdtui.executors.local import module_command
from mdtui.jobs import detach, dispatcher, processes
from mdtui.jobs.dispatcher import Dispatcher
from mdtui.jobs.records import submit
from mdtui.jobs.requests import request
from meta_dataset import whole_files


class FakeExecutor:
    """Notes what is submitted; the test plays the runners."""

    def __init__(self):
        self.submitted, self.running, self.codes = [], set(), {}

    def submit(self, attempt):
        self.submitted.append(f"{attempt.parent.name}/{attempt.name}")
        self.running.add(attempt)

    def poll(self):
        codes, self.codes = self.codes, {}
        self.running -= codes.keys()
        return codes

    def is_running(self, attempt):
        return attempt in self.running

    def claim(self, folder, state=State.RUNNING, **facts):
        me = processes.identify(os.getpid())
        content = job_files.status_to_json(Status(state, me, me, **facts))
        whole_files.write_json(folder.status, content)


class NoGpus:
    def read(self):
        return None


@pytest.fixture
def executor():
    return FakeExecutor()


@pytest.fixture
def make(workspace, executor):
    def make(cpu_slots=1):
        return Dispatcher(
            workspace.state_dir, executor, NoGpus(), cpu_slots, lambda line: None
        )

    return make


def test_each_tick_does_what_is_due_and_no_more(workspace, executor, make):
    submit(workspace.state_dir, workspace.job("a"))
    submit(workspace.state_dir, workspace.job("b"))
    dispatcher = make()
    for _ in range(3):
        assert not dispatcher.tick()
    assert executor.submitted == ["a/attempt-1"]
    folder = workspace.folder("a").attempt(1)
    executor.claim(folder)
    assert not dispatcher.tick()
    executor.claim(folder, State.ENDED, reason=Reason.DONE, exit_code=0)
    dispatcher.tick()
    assert executor.submitted == ["a/attempt-1", "b/attempt-1"]
    executor.claim(workspace.folder("b").attempt(1), State.ENDED, reason=Reason.DONE)
    dispatcher.tick()
    assert dispatcher.tick()
    assert not dispatcher.has_work()


def test_an_attempt_without_a_claim_is_handed_over_again(workspace, executor, make):
    submit(workspace.state_dir, workspace.job("a"))
    make().tick()
    executor.running.clear()  # this dispatcher's successor knows of no runner
    make().tick()
    assert executor.submitted == ["a/attempt-1", "a/attempt-1"]


def test_a_runner_that_never_claims_is_a_failure(workspace, executor, make):
    submit(workspace.state_dir, workspace.job("a"))
    dispatcher = make()
    dispatcher.tick()
    executor.codes = {workspace.folder("a").attempt(1).path: 1}
    dispatcher.tick()
    view = workspace.view("a")
    assert (view.state, view.reason) == (State.ENDED, Reason.FAILED)
    assert "the runner ended with code 1 before it began" in view.detail
    with pytest.raises(FileExistsError):  # the claim of a runner that was only slow
        whole_files.create_bytes(AttemptFolder(view.stdout.parent).status, b"")


def test_a_full_disk_is_waited_for(workspace, executor, make, monkeypatch):
    submit(workspace.state_dir, workspace.job("a"))
    job = make()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(dispatcher, "write_dispatch", full)
        for _ in range(3):
            with pytest.raises(OSError, match="No space left"):
                job._decided = float("-inf")
                job.tick()
    assert executor.submitted == []
    job._decided = float("-inf")
    job.tick()
    assert executor.submitted == ["a/attempt-1"]


def test_a_process_that_cannot_be_made_is_tried_again(workspace, executor, make):
    submit(workspace.state_dir, workspace.job("a"))
    dispatcher, submit_really = make(), executor.submit

    def fail(attempt):
        raise OSError(11, "Resource temporarily unavailable")

    executor.submit = fail
    with pytest.raises(OSError, match="temporarily"):
        dispatcher.tick()
    executor.submit = submit_really
    dispatcher.tick()
    assert executor.submitted == ["a/attempt-1"]


def test_a_request_is_work_until_it_is_answered(workspace, make):
    submit(workspace.state_dir, workspace.job("a"))
    request(workspace.state_dir, "a", "hold")
    dispatcher = make()
    dispatcher.tick()
    assert workspace.view("a").state is State.HELD
    assert not dispatcher.has_work()
    request(workspace.state_dir, "a", "release")
    assert dispatcher.has_work()


def test_several_requests_meet_the_states_they_made(workspace, executor, make):
    submit(workspace.state_dir, workspace.job("a"))
    for action in ("stop", "resume", "hold", "release", "stop", "resume"):
        request(workspace.state_dir, "a", action)
    make().tick()
    assert executor.submitted == ["a/attempt-3"]
    assert os.listdir(workspace.folder("a").requests) == []


@pytest.mark.parametrize("slots", ["0", "-1", "many"])
def test_slots_must_be_a_number(workspace, slots):
    workspace.state_dir.mkdir()
    command, directory = module_command(
        "mdtui.jobs.dispatcher", str(workspace.state_dir), f"--cpu-slots={slots}"
    )
    refused = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "--cpu-slots" in refused.stderr and "Traceback" not in refused.stderr


def test_what_keeps_a_dispatcher_from_starting_is_told(workspace, monkeypatch):
    monkeypatch.setenv("MDTUI_CPU_SLOTS", "many")
    with pytest.raises(detach.WorkspaceError, match="'many' CPU slots: give a whole"):
        detach.ensure_dispatcher(workspace.state_dir)
    monkeypatch.setenv("MDTUI_CPU_SLOTS", "2")
    for name in ("a", "b", "c"):
        workspace.submit(name)
    workspace.wait_running("a")
    workspace.wait_running("b")
    assert workspace.view("c").state is State.QUEUED


def test_a_long_log_is_begun_anew(workspace):
    workspace.state_dir.mkdir()
    log = workspace.state_dir / detach.LOG_NAME
    log.write_bytes(b"x" * (1 << 21))
    workspace.submit("a")
    workspace.wait_running("a")
    assert log.stat().st_size < 1000
    assert log.with_suffix(".log.1").stat().st_size == 1 << 21
