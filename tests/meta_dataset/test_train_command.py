"""The true command line, in processes of its own: few, because each loads TensorFlow."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meta_dataset import run_files

ROOT = Path(__file__).parents[2]
BINDINGS = (
    "Trainer.experiment_name='tiny'",
    "benchmark.train_datasets='dtd'",
    "benchmark.eval_datasets='dtd'",
    "DataConfig.image_height=16",
    "Trainer.num_eval_episodes=2",
    "Trainer.num_updates=4",
    "Trainer.checkpoint_every=2",
    "Trainer.validate_every=2",
    "Trainer.log_every=1",
)
UPDATE_LINE = re.compile(
    r"Update (\d+)\. Train loss: ([\d.]+), Train accuracy: [\d.]+, "
    r"Valid accuracy [\d.]+ \+/- [\d.]+\. [\d.]+ updates/s, \d+:\d\d:\d\d left\."
)


class Trainer:
    """`python -m meta_dataset.train` on tiny records, from any folder."""

    def __init__(self, records, root):
        self.records = records
        self.root = run_files.ExperimentRoot(root)

    def command(self, run, *more, experiment="prototypical_imagenet"):
        return [
            sys.executable,
            "-m",
            "meta_dataset.train",
            f"--records_root_dir={self.records}",
            f"--train_checkpoint_dir={self.root.checkpoints(run)}",
            f"--summary_dir={self.root.summaries(run)}",
            f"--gin_config=meta_dataset/learn/gin/best/{experiment}.gin",
            "--gin_config=meta_dataset/learn/gin/setups/demo.gin",
            *(f"--gin_bindings={binding}" for binding in BINDINGS),
            *more,
        ]

    def run(self, run, *more, **options):
        return subprocess.run(
            self.command(run, *more, **options),
            cwd=self.root.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, run, log, *more):
        return subprocess.Popen(
            self.command(run, *more),
            cwd=self.root.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=log,
        )


@pytest.fixture(scope="module")
def trainer(tiny_records, tmp_path_factory):
    return Trainer(tiny_records, tmp_path_factory.mktemp("exproot"))


def wait_for(path, text, process, seconds=100):
    """Waits until a log file says something."""
    deadline = time.monotonic() + seconds
    while text not in path.read_text():
        assert process.poll() is None, path.read_text()
        assert time.monotonic() < deadline, path.read_text()
        time.sleep(0.02)


def test_train_resume_and_evaluate(trainer, tmp_path):
    first = trainer.run("run", "--gin_bindings=Trainer.num_updates=2")
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert "Starting training from global_step: 0" in first.stderr
    assert [m[0] for m in UPDATE_LINE.findall(first.stderr)] == ["1", "2"]
    # TensorFlow's notes about itself are no part of the log.
    assert "oneDNN" not in first.stderr
    assert "InitializeLog" not in first.stderr

    log = tmp_path / "log"
    with log.open("w") as stream:
        process = trainer.start(
            "run", stream, "--gin_bindings=Trainer.num_updates=9999"
        )
    wait_for(log, "Update 3.", process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    text = log.read_text()
    assert "Restored latest checkpoint from training:" in text
    assert "SIGTERM received" in text
    reached = int(UPDATE_LINE.findall(text)[-1][0])
    checkpoints = trainer.root.checkpoints("run")
    assert run_files.latest_checkpoint(checkpoints) == reached
    assert len(list(trainer.root.summaries("run").glob("events*"))) == 2

    prefix = run_files.checkpoint_prefix(checkpoints, reached)
    tested = trainer.run(
        "run_eval_dtd",
        "--is_training=False",
        f"--gin_bindings=Trainer.checkpoint_to_restore='{prefix}'",
    )
    assert tested.returncode == 0, tested.stderr
    assert f"Restored checkpoint for evaluation: {prefix}" in tested.stderr
    assert re.search(
        r"Accuracy on the meta-test split: 0\.\d{6}, \+/- 0\.\d{6}\.", tested.stderr
    )


def assert_one_message(finished, code, *parts):
    """One line on stderr that starts with 'Error:', after whatever was logged."""
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    message = finished.stderr[finished.stderr.index("Error: ") :]
    assert message.count("Error: ") == 1
    for part in parts:
        assert part in message


def test_a_truncated_record_is_one_message(trainer, tmp_path):
    records = tmp_path / "records"
    subprocess.run(["cp", "-r", trainer.records, records], check=True)
    file = records / "dtd/3.tfrecords"
    file.write_bytes(file.read_bytes()[:-20])
    finished = trainer.run("truncated", f"--records_root_dir={records}")
    assert_one_message(finished, 1, str(file))


def test_a_full_disk_is_one_message(trainer, tmp_path):
    """A limit on the size of files stands for the disk: no checkpoint fits."""
    command = trainer.command("full")
    finished = subprocess.run(
        ["bash", "-c", 'ulimit -f 64; trap "" XFSZ; exec "$@"', "-", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert_one_message(finished, 1, "model_0.ckpt", "--train_checkpoint_dir")
    assert run_files.list_checkpoints(trainer.root.checkpoints("full")) == ()


# What follows is answered before TensorFlow is loaded.


def test_a_wrong_binding_is_named(trainer):
    finished = trainer.run("wrong", "--gin_bindings=Trainer.num_udpates=3")
    assert_one_message(finished, 2, "Trainer.num_udpates", "Trainer.num_updates")


def test_a_planned_learner_is_named(trainer):
    from meta_dataset import registry

    if "RelationNet" not in registry.PLANNED_LEARNERS:
        pytest.skip("every published learner is here")
    finished = trainer.run(
        "planned", "--gin_bindings=Trainer.train_learner_class='RelationNet'"
    )
    assert_one_message(finished, 2, "'RelationNet'", "not available yet")


def test_missing_records_are_named(trainer):
    finished = trainer.run("missing", "--records_root_dir=/nowhere")
    assert_one_message(finished, 1, "/nowhere", "--records_root_dir")


def test_help_from_the_checkout_loads_the_installed_gin():
    """The folder `gin/` of the checkout bears the name of a package."""
    code = (
        "import sys; from meta_dataset import train, gin_files; import gin;"
        "code = train.main(['train', '--help']);"
        "print(gin.__file__, file=sys.stderr);"
        "assert 'tensorflow' not in sys.modules; sys.exit(code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "--records_root_dir" in finished.stdout
    assert str(ROOT / "gin") not in finished.stderr
