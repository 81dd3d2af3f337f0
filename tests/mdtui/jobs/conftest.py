"""A workspace with real processes, all of which end with the test."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from mdtui.core.job_files import JobFolder
from mdtui.core.jobs import Job, JobView, State
from mdtui.jobs import detach, processes
from mdtui.jobs.records import JobReader, submit
from mdtui.jobs.requests import request

TRAINER = Path(__file__).parents[2] / "fakes" / "trainer.py"
DEADLINE_SECONDS = 20.0


class Workspace:
    """Submits fake trainings and waits for what becomes of them."""

    def __init__(self, root: Path):
        self.root = root
        self.state_dir = root / ".mdtui"
        self.reader = JobReader(self.state_dir)

    def job(self, job_id, *options, **fields) -> Job:
        command = (
            *(sys.executable, "-I", "-S", str(TRAINER)),
            *("--journal", str(self.root / f"{job_id}.journal")),
            *("--until", str(self.root / f"{job_id}.end")),
            *options,
        )
        facts = {
            "kind": "train",
            "experiment": job_id,
            "run": job_id,
            "dataset": None,
            "command": command,
            "working_directory": str(self.root),
            "submitted": time.time(),
            "grace_seconds": 0.3,
        }
        return Job(id=job_id, **(facts | fields))

    def submit(self, job_id, *options, **fields) -> None:
        """Submits a job and lets a dispatcher start it."""
        submit(self.state_dir, self.job(job_id, *options, **fields))
        self.dispatch()

    def dispatch(self) -> None:
        detach.ensure_dispatcher(self.state_dir)

    def ask(self, job_id, action) -> None:
        request(self.state_dir, job_id, action)
        self.dispatch()

    def finish(self, job_id) -> None:
        """Lets a fake trainer end by itself."""
        (self.root / f"{job_id}.end").touch()

    def view(self, job_id) -> JobView:
        views = {view.job.id: view for view in self.reader.read()}
        return views[job_id]

    def folder(self, job_id) -> JobFolder:
        return JobFolder(self.state_dir / "jobs" / job_id)

    def starts(self, job_id) -> list[dict]:
        """Returns what the trainer noted at each of its starts."""
        try:
            text = (self.root / f"{job_id}.journal").read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines()]

    def wait(self, condition, what: str = "") -> None:
        """Waits until a condition holds; fails with the state of all jobs."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                log = self.state_dir / detach.LOG_NAME
                said = log.read_text() if log.exists() else ""
                states = [(v.job.id, v.state, v.detail) for v in self.reader.read()]
                pytest.fail(f"waited in vain {what}: {states}\n{said}")
            time.sleep(0.01)

    def wait_running(self, job_id, attempt=1) -> JobView:
        """Waits until the trainer itself says that it runs."""
        self.wait(
            lambda: (
                len(self.starts(job_id)) >= attempt
                and self.view(job_id).state is State.RUNNING
            ),
            f"for {job_id} to run",
        )
        return self.view(job_id)

    def wait_ended(self, job_id) -> JobView:
        self.wait(
            lambda: self.view(job_id).state is State.ENDED, f"for {job_id} to end"
        )
        return self.view(job_id)

    def wait_left(self) -> None:
        """Waits until the dispatcher has left."""
        self.wait(lambda: not self.dispatchers(), "for the dispatcher to leave")

    def dispatchers(self) -> list[int]:
        return self.pids_with("mdtui.jobs.dispatcher", str(self.state_dir))

    def runners(self, job_id) -> list[int]:
        return self.pids_with("mdtui.jobs.runner", f"jobs/{job_id}/")

    def pids_with(self, *words) -> list[int]:
        """Returns the living processes of this workspace with words in their command."""
        words = [os.fsencode(word) for word in (str(self.root), *words)]
        found = []
        for name in os.listdir("/proc"):
            try:
                command = Path("/proc", name, "cmdline").read_bytes()
            except OSError:
                continue
            if name.isdecimal() and all(word in command for word in words):
                found.append(int(name))
        return [pid for pid in found if is_running(pid)]

    def kill_dispatcher(self) -> None:
        self.kill(self.dispatchers())

    def kill(self, pids) -> None:
        """Kills processes and waits until they are gone."""
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.wait(lambda: not any(map(is_running, pids)), "for the killed to go")

    def end_all(self) -> None:
        while pids := self.pids_with():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.01)


def is_running(pid: int) -> bool:
    process = processes.identify(pid)
    return process is not None and processes.is_alive(process) is True


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    fake_gpus = tmp_path / "gpus.json"
    monkeypatch.setenv("MDTUI_FAKE_GPUS", str(fake_gpus))
    monkeypatch.delenv("MDTUI_CPU_SLOTS", raising=False)
    workspace = Workspace(tmp_path)
    yield workspace
    workspace.end_all()
