"""Learns real Omniglot with our converter, trainer and evaluation.

    python benchmarks/omniglot_learning.py [--updates 1000] [--folder FOLDER]

Unpacks the images found through MDTUI_SHARED (default ../shared), converts them, trains
prototypical networks 5-way 5-shot and evaluates the best checkpoint. Prints the curve
beside the published code's figures (its mean validation accuracy over 100 episodes).
Takes about ten minutes on two cores.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from mdtui.events.follower import RunFollower
from meta_dataset.analysis.select_best_model import select_best
from meta_dataset.run_files import Tags, checkpoint_prefix

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = {0: 0.905, 100: 0.945, 200: 0.956}
PUBLISHED_LATER = (0.952, 0.969)  # from update 300 to 1,000
NAME = "omniglot_5way_5shot"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--folder", help="keep everything here (default: temporary)")
    options = parser.parse_args()
    shared = Path(os.environ.get("MDTUI_SHARED", ROOT.parent / "shared"))
    archive = shared / "data" / "omniglot" / "omniglot.tar.xz"
    if not archive.exists():
        sys.exit(f"{archive} is missing: set MDTUI_SHARED to the folder with the data.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        convert(archive, folder)
        train(folder, options.updates)
        report(folder)


def convert(archive: Path, folder: Path) -> None:
    if (folder / "records" / "omniglot" / "dataset_spec.json").exists():
        return
    with tarfile.open(archive) as images:
        images.extractall(folder / "images", filter="data")
    start = time.monotonic()
    run(
        "meta_dataset.dataset_conversion.convert_datasets_to_records",
        "--dataset=omniglot",
        f"--omniglot_data_root={folder / 'images' / 'omniglot'}",
        f"--records_root={folder / 'records'}",
        f"--splits_root={folder / 'splits'}",
    )
    print(f"converted in {time.monotonic() - start:.1f} s")


def train(folder: Path, updates: int) -> None:
    before = os.times()
    start = time.monotonic()
    run(
        "meta_dataset.train",
        *common(folder),
        f"--train_checkpoint_dir={folder / 'checkpoints' / NAME}",
        f"--summary_dir={folder / 'summaries' / NAME}",
        f"--gin_bindings=Trainer.num_updates = {updates}",
    )
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    print(
        f"trained in {time.monotonic() - start:.0f} s, {cpu:.0f} CPU s with start, "
        "records and validation"
    )


def report(folder: Path) -> None:
    curves = RunFollower(folder / "summaries" / NAME).poll().curves
    mean, interval = curves[Tags.MEAN_VALID_ACCURACY], curves[Tags.VALID_INTERVAL]
    print("update  mean validation accuracy  published")
    for step, value, half in zip(mean.steps, mean.values, interval.values, strict=True):
        low, high = PUBLISHED_LATER
        published = PUBLISHED.get(int(step), f"{low} to {high}")
        print(f"{step:6d}  {value:.4f} +- {half:.4f}         {published}")
    best = select_best(folder, NAME)
    checkpoint = checkpoint_prefix(folder / "checkpoints" / NAME, best.update)
    run(
        "meta_dataset.train",
        "--is_training=False",
        *common(folder),
        f"--summary_dir={folder / 'summaries' / f'{NAME}_eval_omniglot'}",
        f"--gin_bindings=Trainer.checkpoint_to_restore = '{checkpoint}'",
        "--gin_bindings=Trainer.num_eval_episodes = 600",
    )
    test = RunFollower(folder / "summaries" / f"{NAME}_eval_omniglot").poll().curves
    accuracy, half = (
        test[tag].values[-1] for tag in (Tags.MEAN_TEST_ACCURACY, Tags.TEST_INTERVAL)
    )
    print(f"test, update {best.update}, 600 episodes: {accuracy:.4f} +- {half:.4f}")


def common(folder: Path) -> tuple[str, ...]:
    return (
        f"--records_root_dir={folder / 'records'}",
        f"--gin_config={Path(__file__).with_name(NAME + '.gin')}",
        f"--gin_bindings=Trainer.experiment_name = '{NAME}'",
    )


def run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
