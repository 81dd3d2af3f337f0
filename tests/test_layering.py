"""Who may import whom, by reading imports and by looking at what is truly loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What of `meta_dataset` is free of TensorFlow, and may be imported by `mdtui`.
LIGHT = (
    "meta_dataset.errors",
    "meta_dataset.whole_files",
    "meta_dataset.run_files",
    "meta_dataset.registry",
    "meta_dataset.gin_files",
    "meta_dataset.pretrained",
    "meta_dataset.tfrecord",
    "meta_dataset.data.learning_spec",
    "meta_dataset.data.dataset_spec",
    "meta_dataset.data.imagenet_specification",
    "meta_dataset.data.config",
    "meta_dataset.data.sampling",
    "meta_dataset.data.open_files",
    "meta_dataset.data.record_index",
    "meta_dataset.analysis.event_files",
    "meta_dataset.analysis.selection",
    "meta_dataset.analysis.select_best_model",
    "meta_dataset.dataset_conversion.drawings",
    "meta_dataset.dataset_conversion.make_demo_records",
    "meta_dataset.dataset_conversion.convert_datasets_to_records",
)
# Folder -> prefixes it must not import.
FORBIDDEN = {
    "meta_dataset": ("mdtui", "textual"),
    "mdtui": ("tensorflow", "keras"),
    "mdtui/core": (
        "textual",
        "mdtui.ui",
        "mdtui.jobs",
        "mdtui.executors",
        "mdtui.workspace",
        "subprocess",
    ),
    "mdtui/events": ("textual", "mdtui.ui", "mdtui.jobs", "mdtui.executors"),
    "mdtui/executors": ("textual", "mdtui.ui", "mdtui.jobs", "mdtui.events"),
    "mdtui/jobs": ("textual", "mdtui.ui", "mdtui.events"),
    "mdtui/ui": ("mdtui.executors", "mdtui.jobs.dispatcher", "mdtui.jobs.runner"),
    "meta_dataset/backbones": ("meta_dataset.learners", "meta_dataset.data"),
    "meta_dataset/learners": ("meta_dataset.trainer", "meta_dataset.train"),
    "meta_dataset/data": ("meta_dataset.learners", "meta_dataset.backbones"),
    "meta_dataset/analysis": ("meta_dataset.learners", "meta_dataset.trainer"),
}


def imports_of(path):
    """Yields the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_layer_does_not_reach_above_itself(folder):
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports_of(path)
        if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN[folder])
    ]
    assert not wrong


def test_mdtui_imports_only_the_light_part_of_the_trainer():
    allowed = (*LIGHT, "meta_dataset", "meta_dataset.data", "meta_dataset.analysis")
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "mdtui").rglob("*.py")
        for name in imports_of(path)
        if name.startswith("meta_dataset")
        and not any(name == each or name.startswith(f"{each}.") for each in LIGHT)
        and name not in allowed
    ]
    assert not wrong


def loaded_after(*modules):
    """Returns the modules that a fresh interpreter holds after importing some."""
    code = f"import sys, {', '.join(modules)}; print('\\n'.join(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(found.stdout.split())


def test_the_light_part_of_the_trainer_loads_no_tensorflow():
    assert not {"tensorflow", "keras", "textual"} & loaded_after(*LIGHT)


def test_the_app_loads_no_tensorflow():
    loaded = loaded_after("mdtui.workspace", "mdtui.commands", "mdtui.ui.app")
    assert "textual" in loaded
    assert not {"tensorflow", "keras"} & loaded


def test_the_commands_load_no_screen():
    assert "textual" not in loaded_after("mdtui.workspace", "mdtui.commands")


def test_the_version_costs_nothing_but_itself():
    loaded = loaded_after("mdtui.cli")
    assert not {"numpy", "gin", "textual", "rich", "psutil"} & loaded


def test_the_runner_stays_tiny():
    loaded = loaded_after("mdtui.jobs.runner")
    assert not {"numpy", "textual", "gin", "rich", "tensorflow"} & loaded


def test_the_gin_module_wins_over_the_gin_folder():
    found = subprocess.run(
        [sys.executable, "-c", "import gin; print(gin.__file__)"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert Path(found.stdout.strip()).parent != ROOT / "gin"
    assert "site-packages" in found.stdout or "dist-packages" in found.stdout
