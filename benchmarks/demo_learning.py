"""How much there is to learn in the demo's drawings, and how long it takes.

    python benchmarks/demo_learning.py [--workspace demo]

Trains prototypical_imagenet with the demo's settings but 100 validation episodes, and
prints mean validation accuracy before training and after, and the seconds from the
start of the process to its end. About a minute on two cores.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mdtui.events.follower import RunFollower
from meta_dataset.run_files import Tags

NAME = "prototypical_imagenet"
GIN = "meta_dataset/learn/gin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", default="demo")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        trained = subprocess.run(
            [
                sys.executable,
                "-m",
                "meta_dataset.train",
                f"--records_root_dir={Path(options.workspace).resolve() / 'records'}",
                f"--train_checkpoint_dir={folder}/checkpoints",
                f"--summary_dir={folder}/summaries",
                f"--gin_config={GIN}/best/{NAME}.gin",
                f"--gin_config={GIN}/setups/demo.gin",
                f"--gin_bindings=Trainer.experiment_name = '{NAME}'",
                "--gin_bindings=Trainer.num_eval_episodes = 100",
                "--gin_bindings=Trainer.validate_every = 100",
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        if trained.returncode:
            sys.exit(trained.stderr.splitlines()[-1])
        seconds = time.monotonic() - start
        curves = RunFollower(Path(folder) / "summaries").poll().curves
    mean, interval = curves[Tags.MEAN_VALID_ACCURACY], curves[Tags.VALID_INTERVAL]
    for step, value, half in zip(mean.steps, mean.values, interval.values, strict=True):
        print(f"update {step:4d}: {value:.3f} +- {half:.3f}")
    print(f"trained in {seconds:.0f} s")


if __name__ == "__main__":
    main()
