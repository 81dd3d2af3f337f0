"""Where the application keeps its own files in a workspace.

The names of what the trainer writes come from `meta_dataset.run_files`; this module
adds what belongs to the application: `$EXPROOT/.mdtui`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mdtui.core.settings import CONFIG_NAME, STATE_FOLDER


@dataclass(frozen=True)
class StatePaths:
    """The application's own files in a workspace.

    Attributes:
      workspace: the `$EXPROOT` folder.
    """

    workspace: Path

    @property
    def state(self) -> Path:
        """The folder of everything the application writes for itself."""
        return self.workspace / STATE_FOLDER

    @property
    def config(self) -> Path:
        """The workspace's settings."""
        return self.state / CONFIG_NAME

    @property
    def jobs(self) -> Path:
        """One folder a job."""
        return self.state / "jobs"
