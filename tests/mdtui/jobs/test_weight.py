"""How little the processes weigh that live as long as a training."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdtui.executors.local import module_command
from mdtui.jobs.requests import request

HEAVY = (
    *("tensorflow", "textual", "numpy", "rich", "psutil", "pynvml", "subprocess"),
    *("asyncio", "logging", "gin", "mdtui.ui", "mdtui.jobs.dispatcher"),
)


def resident_mib(pid: int) -> float:
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return pytest.fail(f"{pid} has no memory")


def test_runner_and_dispatcher_are_small(workspace):
    workspace.submit("a")
    workspace.wait_running("a")
    assert resident_mib(workspace.runners("a")[0]) < 20
    assert resident_mib(workspace.dispatchers()[0]) < 60


def test_the_runner_loads_nothing_heavy():
    program = (
        "import sys, mdtui.jobs.runner;"
        "print([m for m in sys.argv[1:] if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, *HEAVY],
        cwd=module_command("")[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"


def test_a_signal_follows_its_request_at_once(workspace):
    """Half a second is promised; the bound leaves room for a busy machine."""
    workspace.submit("a")
    log = workspace.wait_running("a").stderr
    asked = time.monotonic()
    request(workspace.state_dir, "a", "stop")
    workspace.wait(lambda: "received SIGINT" in log.read_text())
    assert time.monotonic() - asked < 2.0
