import os

import pytest

from mdtui.core.errors import UsageError, WorkspaceError
from mdtui.core.job_files import Dispatch
from mdtui.core.jobs import Action, Reason, State
from mdtui.jobs import detach, records, requests
from mdtui.jobs.records import JobReader, read_jobs, submit, write_dispatch


def test_a_workspace_without_jobs_has_none(workspace):
    assert read_jobs(workspace.state_dir) == ((), ())
    assert not workspace.state_dir.exists()


def test_what_is_submitted_is_queued(workspace):
    job = workspace.job("a", dataset="omniglot", environment=(("TOKEN", "x"),))
    submit(workspace.state_dir, job)
    (view,), problems = read_jobs(workspace.state_dir)
    assert (view.job, view.state, view.attempt) == (job, State.QUEUED, 1)
    assert problems == ()
    assert os.listdir(workspace.state_dir / "jobs") == ["a"]


def test_an_id_is_used_once(workspace):
    submit(workspace.state_dir, workspace.job("a", run="first"))
    with pytest.raises(WorkspaceError, match="cannot queue a"):
        submit(workspace.state_dir, workspace.job("a", run="second"))
    assert workspace.view("a").job.run == "first"
    assert os.listdir(workspace.state_dir / "jobs") == ["a"]


@pytest.mark.parametrize("job_id", ["../a", ".a", "a/b", ""])
def test_an_id_that_is_no_folder_name_is_refused(workspace, job_id):
    with pytest.raises(WorkspaceError, match="cannot name a job's folder"):
        submit(workspace.state_dir, workspace.job(job_id))
    with pytest.raises(UsageError, match="there is no job"):
        requests.request(workspace.state_dir, job_id, "stop")


def test_a_workspace_that_cannot_be_written_is_one_clear_error(workspace):
    workspace.state_dir.write_text("a file where the folder should be")
    with pytest.raises(WorkspaceError, match=r"\.mdtui.*cannot queue a: "):
        submit(workspace.state_dir, workspace.job("a"))
    with pytest.raises(WorkspaceError, match="cannot run jobs in this workspace"):
        detach.ensure_dispatcher(workspace.state_dir)


def test_a_full_disk_queues_nothing(workspace, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records.whole_files, "write_json", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        submit(workspace.state_dir, workspace.job("a"))
    assert os.listdir(workspace.state_dir / "jobs") == []


def test_nothing_new_is_the_same_value(workspace):
    for name in ("a", "b"):
        submit(workspace.state_dir, workspace.job(name))
    submit(workspace.state_dir, workspace.job("c", after=("b",)))
    reader = JobReader(workspace.state_dir)
    views = reader.read()
    assert reader.read() is views
    write_dispatch(workspace.folder("a"), Dispatch(state=State.HELD))
    changed = reader.read()
    assert [view.state for view in changed] == ["held", "queued", "queued"]
    assert changed[1] is views[1]
    assert changed[2].detail == "waits for b"


def test_a_folder_that_is_removed_is_forgotten(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    reader = JobReader(workspace.state_dir)
    assert len(reader.read()) == 1
    workspace.folder("a").path.rename(workspace.root / "elsewhere")
    assert reader.read() == ()


def test_the_oldest_come_first(workspace):
    for name, submitted in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
        submit(workspace.state_dir, workspace.job(name, submitted=submitted))
    assert [view.job.id for view in workspace.reader.read()] == ["b", "c", "a"]


def test_requests_keep_their_order(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    for action in ("hold", Action.RELEASE, "stop"):
        requests.request(workspace.state_dir, "a", action)
    asked, problems = requests.pending(workspace.folder("a"))
    assert [request.action for request in asked] == ["hold", "release", "stop"]
    assert problems == []
    workspace.dispatch()
    assert workspace.wait_ended("a").reason is Reason.STOPPED


def test_an_action_nobody_knows(workspace):
    submit(workspace.state_dir, workspace.job("a"))
    with pytest.raises(UsageError, match="unknown action 'dance'; known are stop, "):
        requests.request(workspace.state_dir, "a", "dance")
    with pytest.raises(UsageError, match="there is no job 'b'"):
        requests.request(workspace.state_dir, "b", "stop")
