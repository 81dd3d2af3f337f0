"""What an executor promises: to bring a runner to life where an attempt is to run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Executor(Protocol):
    """Starts runners and says which of them have ended.

    Submitting the same attempt twice is harmless: only the first runner that claims
    the attempt's folder starts the trainer. All else goes through files: the runner
    reads what to run and when to stop, and writes how it went.
    """

    def submit(self, attempt: Path) -> None:
        """Starts a runner for an attempt.

        Args:
          attempt: the attempt's folder, absolute; exists.

        Raises:
          OSError: no process can be started.
        """
        ...

    def poll(self) -> Mapping[Path, int]:
        """Returns the exit codes of the runners that ended since the last call."""
        ...

    def is_running(self, attempt: Path) -> bool:
        """Returns whether a runner that was submitted here has not ended yet."""
        ...
