"""Damage, full disks and kills: one message each, and nothing lost that was whole."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdtui.cli import main as mdtui
from meta_dataset import run_files
from meta_dataset.analysis.select_best_model import select_best
from meta_dataset.dataset_conversion.make_demo_records import Size, make_demo_records
from meta_dataset.errors import EventFileError, MetaDatasetError, RecordError
from meta_dataset.preparation import prepare
from meta_dataset.stop_signals import StopSignals
from meta_dataset.train_flags import Arguments
from tests.fakes.runs import write_training

NAME = "prototypical_imagenet"
SMALL = (
    "Trainer.experiment_name = 'tiny'",
    "benchmark.train_datasets = 'dtd'",
    "benchmark.eval_datasets = 'dtd'",
    "DataConfig.image_height = 16",
    "Trainer.num_eval_episodes = 2",
    "Trainer.num_updates = 12",
    "Trainer.checkpoint_every = 1",
    "Trainer.validate_every = 50",
    "Trainer.log_every = 50",
)
SIZE = Size(classes=0.2, images=14)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    root = tmp_path_factory.mktemp("records")
    make_demo_records(root, size=SIZE, datasets=["dtd"], processes=1)
    return root


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a small disk, or with `ro` one that cannot be written."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        is_there = shutil.which("mount") is not None
        if not is_there or subprocess.run(command, check=False).returncode:
            pytest.skip("mounting a small disk needs more rights than this user has")
        return folder

    yield mount
    if os.path.ismount(folder):
        subprocess.run(["umount", folder], check=True)


def fill(folder):
    """Leaves no byte free on a disk."""
    with open(folder / "fill", "wb", buffering=0) as file, pytest.raises(OSError):
        while file.write(bytes(1024)):
            pass


def train(records, checkpoints, summaries, *bindings):
    from meta_dataset import assembly

    arguments = Arguments(
        records_root_dir=str(records),
        train_checkpoint_dir=str(checkpoints),
        summary_dir=str(summaries),
        gin_config=(
            f"meta_dataset/learn/gin/best/{NAME}.gin",
            "meta_dataset/learn/gin/setups/demo.gin",
        ),
        gin_bindings=(*SMALL, *bindings),
    )
    assembly.run(prepare(arguments), StopSignals())


def flip(path):
    data = bytearray(path.read_bytes())
    data[700] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (flip, "checksum"),
        (lambda path: path.write_bytes(b""), "empty"),
        (Path.unlink, "missing"),
    ],
)
def test_damaged_records_are_named(records, tmp_path, damage, words):
    copy = shutil.copytree(records, tmp_path / "records")
    for path in (copy / "dtd").glob("*.tfrecords"):
        damage(path)
    with pytest.raises(RecordError, match=words) as raised:
        train(copy, tmp_path / "checkpoints", tmp_path / "summaries")
    assert str(copy / "dtd") in str(raised.value)
    assert "onvert the" in str(raised.value)


def test_a_disk_that_fills_up_keeps_what_was_saved(records, disk, tmp_path):
    folder = disk("size=6m")
    with pytest.raises(MetaDatasetError, match="No space left on device.*again") as e:
        train(records, folder / "checkpoints", tmp_path / "summaries")
    assert e.value.exit_code == 1
    saved = run_files.list_checkpoints(folder / "checkpoints")
    assert saved
    assert not list((folder / "checkpoints").glob(".*"))
    subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
    train(records, folder / "checkpoints", tmp_path / "summaries")
    assert run_files.latest_checkpoint(folder / "checkpoints") == 12
    assert run_files.list_checkpoints(folder / "checkpoints")[: len(saved)] == saved


@pytest.mark.parametrize("which", ["checkpoints", "summaries"])
def test_a_full_disk_at_the_start(records, disk, tmp_path, which):
    folder = disk("size=100k")
    fill(folder)
    places = {name: tmp_path / name for name in ("checkpoints", "summaries")}
    places[which] = folder / which
    with pytest.raises(MetaDatasetError, match="No space left on device") as raised:
        train(records, *places.values())
    assert str(folder / which) in str(raised.value)


def test_a_run_on_a_disk_that_cannot_be_written(records, disk, tmp_path):
    folder = disk("ro")
    with pytest.raises(MetaDatasetError, match="Read-only file system") as raised:
        train(records, folder / "checkpoints", tmp_path / "summaries")
    assert str(folder) in str(raised.value)


SAVER = """
import sys
from pathlib import Path
import numpy as np
from meta_dataset import quiet_tensorflow
quiet_tensorflow.load()
import tensorflow as tf
from meta_dataset.checkpoints import CheckpointFolder
folder = CheckpointFolder(Path(sys.argv[1]))
value = tf.Variable(np.zeros(1_000_000, np.float32))
for update in range(10_000):
    value.assign(tf.fill([1_000_000], float(update)))
    folder.save(update, {"value": value})
"""


def test_a_kill_while_checkpoints_are_written_leaves_whole_ones(tmp_path):
    from meta_dataset import checkpoints

    folder = tmp_path / "checkpoints"
    process = subprocess.Popen([sys.executable, "-c", SAVER, folder])
    deadline = time.monotonic() + 60
    while not (folder / "model_3.ckpt.index").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.003)
    # Usually in the midst of the next one.
    process.send_signal(signal.SIGKILL)
    process.wait()
    updates = run_files.list_checkpoints(folder)
    assert updates == tuple(range(updates[-1] + 1))
    for update in updates:
        prefix = run_files.checkpoint_prefix(folder, update)
        assert (checkpoints.read(prefix)["value"] == update).all()


def test_demo_records_on_a_full_disk_are_completed_later(disk):
    root = disk("size=200k") / "records"
    with pytest.raises(RecordError, match="No space left on device.*run the command"):
        make_demo_records(root, size=SIZE, datasets=["dtd"], processes=1)
    assert not (root / "dtd" / "dataset_spec.json").exists()
    assert not list(root.rglob("*.part"))
    subprocess.run(["mount", "-o", "remount,size=16m", root.parent], check=True)
    assert make_demo_records(root, size=SIZE, datasets=["dtd"], processes=1)
    assert (root / "dtd" / "dataset_spec.json").exists()


def test_a_full_disk_leaves_the_earlier_selection(disk):
    root = disk("size=1m")
    write_training(root, NAME)
    select_best(root, NAME)
    earlier = (root / f"best_{NAME}.txt").read_text()
    fill(root)
    with pytest.raises(EventFileError, match="No space left on device"):
        select_best(root, NAME)
    assert (root / f"best_{NAME}.txt").read_text() == earlier
    assert not list(root.glob(".*.tmp"))


@pytest.mark.parametrize(("options", "code"), [("size=100k", 1), ("ro", 3)])
def test_a_launch_that_cannot_be_written_queues_nothing(
    disk, tmp_path, capsys, monkeypatch, options, code
):
    for name in ("EXPROOT", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    records = tmp_path / "records"
    make_demo_records(records, size=SIZE, datasets=["ilsvrc_2012"], processes=1)
    monkeypatch.setenv("RECORDS", str(records))
    folder = disk(options)
    if options != "ro":
        fill(folder)
    workspace_files = sorted(folder.rglob("*"))
    found = mdtui(["-w", str(folder), "launch", NAME])
    error = capsys.readouterr().err
    assert (found, error.count("mdtui: "), "Traceback" in error) == (code, 1, False)
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left == [path for path in workspace_files if path.is_file()]
