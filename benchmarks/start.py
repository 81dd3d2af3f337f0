"""Start-up: `mdtui --version` over bare Python, and the app's first frame.

    python benchmarks/start.py [--workspace demo]

The first frame is the first moment at which the list with an experiment's name is on
a 120x40 pseudo-terminal; beside it, in the same run, a bare Textual app with one
widget. Medians.
"""

import argparse
import importlib.util
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 7
BARE_APP = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("prototypical_imagenet")
Bare().run()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", default="demo")
    options = parser.parse_args()
    python = [sys.executable, "-X", "importtime"]
    bare = median(lambda: seconds([*python, "-c", "pass"]))
    version = median(lambda: seconds([*python, "-m", "mdtui", "--version"]))
    print(
        f"bare Python {bare:.3f} s, mdtui --version {version:.3f} s: "
        f"{version - bare:.3f} s over it"
    )
    app = [sys.executable, "-m", "mdtui", "--workspace", options.workspace]
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(BARE_APP)
        file.flush()
        floor = median(lambda: first_frame([sys.executable, file.name]))
    ours = median(lambda: first_frame(app))
    print(
        f"first frame: bare Textual app {floor:.2f} s, mdtui {ours:.2f} s "
        f"(ratio {ours / floor:.1f})"
    )


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def first_frame(command: list[str]) -> float:
    with terminal()(command) as program:
        program.wait_for(re.escape("prototypical_imagenet"), seconds=30)
        return time.monotonic() - program.started


def terminal():
    """Returns the tests' terminal driver; the tests are no package."""
    path = Path(__file__).parent.parent / "tests" / "terminal" / "terminal.py"
    spec = importlib.util.spec_from_file_location("terminal", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Terminal


def median(measure) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


if __name__ == "__main__":
    main()
