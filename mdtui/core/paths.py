"""Where things lie in a workspace and in the installation.

The names of what the trainer writes come from `meta_dataset.run_files`; this module
adds what belongs to the application: `$EXPROOT/.mdtui`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import meta_dataset
from mdtui.core.settings import CONFIG_NAME, STATE_FOLDER

# The folder that holds the `meta_dataset` package: published gin paths such as
# `meta_dataset/learn/gin/best/X.gin` are relative to it.
INSTALLATION = Path(os.path.abspath(meta_dataset.__file__)).parent.parent


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


def find_gin_file(name: str, directory: Path | None = None) -> Path | None:
    """Returns the gin file (or folder) that `name` stands for, or None.

    Looks where the trainer looks: as given, below `directory`, then beside the
    `meta_dataset` package.
    """
    candidates = [Path(name)] if directory is None else [directory / name]
    candidates.append(INSTALLATION / name)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    return None
