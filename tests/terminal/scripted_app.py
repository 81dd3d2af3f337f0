"""Opens the app on a scripted workspace; for tests in a real terminal."""

import sys

from mdtui.ui.app import run
from tests.mdtui.ui.fake_workspace import busy_workspace


def main() -> int:
    workspace = busy_workspace()
    if "crash" in sys.argv:
        # A fault of the app itself: what it shows cannot be drawn.
        workspace.rows = {"x": "no row"}
    return run(workspace)


if __name__ == "__main__":
    sys.exit(main())
