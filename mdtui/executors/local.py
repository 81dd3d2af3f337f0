"""Runners as processes of this machine, each in a session of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import mdtui

# The runner is started here, so that `-m` finds this package in a checkout that was
# not installed; it then leaves for the job's own folder.
_PACKAGE_ROOT = Path(os.path.abspath(mdtui.__file__)).parent.parent


def module_command(module: str, *arguments: str) -> tuple[list[str], Path]:
    """Returns the command that runs one of our modules, and where to start it."""
    return [sys.executable, "-m", module, *arguments], _PACKAGE_ROOT


class LocalExecutor:
    """Starts runners that outlive this process."""

    def __init__(self) -> None:
        self._runners: dict[Path, subprocess.Popen[bytes]] = {}

    def submit(self, attempt: Path) -> None:
        """Starts a runner for an attempt; see `Executor.submit`."""
        command, directory = module_command("mdtui.jobs.runner", str(attempt))
        self._runners[attempt] = subprocess.Popen(
            command, cwd=directory, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def poll(self) -> Mapping[Path, int]:
        """Returns the exit codes of the runners that ended since the last call."""
        codes = {path: runner.poll() for path, runner in self._runners.items()}
        ended = {path: code for path, code in codes.items() if code is not None}
        for path in ended:
            del self._runners[path]
        return ended

    def is_running(self, attempt: Path) -> bool:
        """Returns whether a runner that was submitted here has not ended yet."""
        return attempt in self._runners
