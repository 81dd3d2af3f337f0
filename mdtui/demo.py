"""The demo workspace: drawn records, small settings, nothing to download.

The folder is an ordinary workspace whose settings name its own records and add
`setups/demo.gin` to every launch; deleting it loses nothing that cannot be made again.
"""

from __future__ import annotations

from pathlib import Path

from mdtui.core.errors import WorkspaceError
from mdtui.core.paths import StatePaths
from meta_dataset.dataset_conversion.drawings.progress import shown_progress
from meta_dataset.dataset_conversion.make_demo_records import make_demo_records
from meta_dataset.errors import MetaDatasetError
from meta_dataset.whole_files import write_text

DEMO_GIN = "meta_dataset/learn/gin/setups/demo.gin"
_CONFIG = f"""\
# Settings of the demo workspace; see docs/settings.md.
records = "records"

[trainer]
# Small images, a few hundred updates, few validation episodes.
gin_configs = ["{DEMO_GIN}"]
"""


def prepare(workspace: Path) -> None:
    """Writes the records and the settings of the demo, whichever are missing.

    Shows its progress on standard error.

    Args:
      workspace: the demo's folder; made if missing.

    Raises:
      WorkspaceError: the folder cannot be written, its disk is full, or it holds
        records of another origin.
    """
    config = StatePaths(workspace).config
    try:
        with shown_progress() as on_progress:
            make_demo_records(workspace / "records", on_progress=on_progress)
        if not config.exists():
            config.parent.mkdir(mode=0o700, exist_ok=True)
            write_text(config, _CONFIG)
    except MetaDatasetError as error:
        raise WorkspaceError(str(error)) from error
    except OSError as error:
        raise WorkspaceError(
            f"The demo workspace {workspace} cannot be written: {error.strerror}. "
            "Free some space or name another folder: mdtui demo FOLDER."
        ) from error
