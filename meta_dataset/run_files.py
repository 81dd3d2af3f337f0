"""Names on disk: folders of a workspace, checkpoints, summary tags.

The trainer writes under these names, the selection and the application read
them; each name is spelled here and nowhere else. Standard library only, so that
everybody can afford to import it. What is inside the files belongs elsewhere
(`checkpoints`, `summaries`, `analysis.event_files`).
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re

EVALUATION_DATASETS: tuple[str, ...] = (
    "ilsvrc_2012",
    "omniglot",
    "aircraft",
    "cu_birds",
    "dtd",
    "quickdraw",
    "fungi",
    "vgg_flower",
    "traffic_sign",
    "mscoco",
)
"""The ten datasets of the benchmark, in the order of the published walk-through."""

CHECKPOINT_INDEX_FILE = "checkpoint"
"""Text file of a checkpoint folder that names its latest checkpoint (TF1 saver)."""

OPERATIVE_CONFIG = "operative_config.gin"
"""The settings a run used, beside its checkpoints (or its evaluation summaries)."""

EVENT_FILE_PREFIX = "events.out.tfevents"
"""How the name of every event file starts."""

_CHECKPOINT_FILE = re.compile(
    r"model_(?P<update>0|[1-9][0-9]*)\.ckpt"
    r"(?P<part>\.index|\.meta|\.data-(?P<shard>[0-9]{5})-of-(?P<shards>[0-9]{5}))?"
)
_EVENT_FILE = re.compile(re.escape(EVENT_FILE_PREFIX) + r"\.([0-9]+)(.*)", re.DOTALL)


# --- checkpoints --------------------------------------------------------------


def checkpoint_prefix(directory: str | os.PathLike[str], update: int) -> pathlib.Path:
    """Returns the prefix `<directory>/model_<update>.ckpt` that gin files name.

    Raises:
      ValueError: the update is negative.
    """
    if update < 0:
        raise ValueError(f"a checkpoint's update cannot be negative: {update}")
    return pathlib.Path(directory) / f"model_{update}.ckpt"


def checkpoint_update(path: str | os.PathLike[str]) -> int | None:
    """Returns the update in the name of a checkpoint prefix, or of one of its files.

    None if the last part of `path` is no such name.
    """
    match = _CHECKPOINT_FILE.fullmatch(pathlib.PurePath(path).name)
    return int(match["update"]) if match else None


def list_checkpoints(directory: str | os.PathLike[str]) -> tuple[int, ...]:
    """Returns the updates of the complete checkpoints of a folder, ascending.

    Complete means that the index and every data shard are there: a checkpoint that
    is being written, or whose copying was cut short, does not count. A folder that
    does not exist (yet) has none.

    Raises:
      OSError: the folder exists and cannot be listed.
    """
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return ()
    indexed: set[int] = set()
    shards: dict[tuple[int, int], set[int]] = {}
    for name in names:
        match = _CHECKPOINT_FILE.fullmatch(name)
        if match is None:
            continue
        update = int(match["update"])
        if match["part"] == ".index":
            indexed.add(update)
        elif match["shard"] is not None:
            key = update, int(match["shards"])
            shards.setdefault(key, set()).add(int(match["shard"]))
    whole = {
        update
        for (update, count), found in shards.items()
        if count and found >= set(range(count))
    }
    return tuple(sorted(indexed & whole))


def latest_checkpoint(directory: str | os.PathLike[str]) -> int | None:
    """Returns the highest update with a complete checkpoint, None if there is none.

    The index file is not asked: it can name a checkpoint that was pruned or never
    completed, and the published trainer lets it fall back to `model_0.ckpt` at every
    resume.
    """
    updates = list_checkpoints(directory)
    return updates[-1] if updates else None


# --- event files --------------------------------------------------------------


def event_file_order(name: str) -> tuple[int, tuple[int, ...], str]:
    """Returns a key that sorts names of event files by when they were started.

    The name holds the time in seconds, then the host and, in newer files, process and
    counter. Names without a time come first.
    """
    match = _EVENT_FILE.fullmatch(name)
    if match is None:
        return -1, (), name
    numbers = tuple(int(digits) for digits in re.findall(r"[0-9]+", match[2]))
    return int(match[1]), numbers, name


def list_event_files(directory: str | os.PathLike[str]) -> tuple[pathlib.Path, ...]:
    """Returns the event files of a folder, oldest first; none if it does not exist.

    Raises:
      OSError: the folder exists and cannot be listed.
    """
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return ()
    found = (name for name in names if name.startswith(EVENT_FILE_PREFIX))
    return tuple(
        pathlib.Path(directory) / name for name in sorted(found, key=event_file_order)
    )


# --- summary tags -------------------------------------------------------------


def mean_accuracy(split_name: str) -> str:
    """Returns the tag of the mean accuracy over the episodes of a split."""
    return f"mean {split_name} acc"


def accuracy_interval(split_name: str) -> str:
    """Returns the tag of the half-width of that mean's 95 % interval."""
    return f"{split_name} acc CI"


class Tags:
    """The scalar tags we write; accuracies are fractions in [0, 1]."""

    TRAIN_LOSS = "train_loss"
    TRAIN_ACCURACY = "train_acc"
    VALID_LOSS = "valid_loss"
    VALID_ACCURACY = "valid_acc"
    MEAN_VALID_ACCURACY = mean_accuracy("valid")
    VALID_INTERVAL = accuracy_interval("valid")
    MEAN_TEST_ACCURACY = mean_accuracy("test")
    TEST_INTERVAL = accuracy_interval("test")

    TRAINING = (TRAIN_LOSS, TRAIN_ACCURACY, VALID_LOSS, VALID_ACCURACY)
    """Written by a training process only; they tell a training run from an evaluation."""


_PER_UPDATE_TAG = re.compile(r"(train|valid)(?:_[0-9]+)?[/_](loss|acc)(?:_[0-9]+)?")
_PER_SPLIT_TAG = re.compile(
    r"(?:mean (?P<mean>train|valid|test) acc|(?P<interval>train|valid|test) acc CI)"
    r"(?:_[0-9]+)?"
)
_MEAN_OF_ANY_SPLIT = re.compile(r"mean acc(?:_[0-9]+)?")
_INTERVAL_OF_ANY_SPLIT = re.compile(r"acc CI(?:_[0-9]+)?")
_SLASHED_MEAN = re.compile(r"(train|valid|test)_acc(?:_[0-9]+)?/mean(?:_[0-9]+)?")


def canonical_tag(tag: str, has_training_summaries: bool = True) -> str | None:
    """Returns our tag for a scalar tag of any published revision.

    Known are `train_loss`, `train/loss`, `mean valid acc`, `valid_acc/mean`,
    `mean acc` and their kin, each also with the suffix `_1` by which TensorFlow keeps
    names apart (`train_1/loss`, seen in real files).

    Args:
      tag: as it stands in the event file.
      has_training_summaries: whether the same run has summaries of training. The
        newest revision calls the mean of every split `mean acc`: in a training run
        that is the validation, elsewhere the test.

    Returns:
      The tag, None for one that is none of ours.
    """
    if match := _PER_UPDATE_TAG.fullmatch(tag):
        return f"{match[1]}_{match[2]}"
    if match := _PER_SPLIT_TAG.fullmatch(tag):
        if match["mean"]:
            return mean_accuracy(match["mean"])
        return accuracy_interval(match["interval"])
    if match := _SLASHED_MEAN.fullmatch(tag):
        return mean_accuracy(match[1])
    split_name = "valid" if has_training_summaries else "test"
    if _MEAN_OF_ANY_SPLIT.fullmatch(tag):
        return mean_accuracy(split_name)
    if _INTERVAL_OF_ANY_SPLIT.fullmatch(tag):
        return accuracy_interval(split_name)
    return None


# --- folders ------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class ExperimentRoot:
    """The folders and files of one `$EXPROOT`.

    Attributes:
      root: the folder; it need not exist.
    """

    root: pathlib.Path

    def checkpoints(self, run: str) -> pathlib.Path:
        """Returns the checkpoint folder of a run."""
        return self.root / "checkpoints" / run

    def summaries(self, run: str) -> pathlib.Path:
        """Returns the folder of a run's event files."""
        return self.root / "summaries" / run

    def parameters(self, run: str) -> pathlib.Path:
        """Returns the recorded parameters of a run, written by external launchers."""
        return self.root / "params" / run / "params.json"

    def best_text(self, experiment: str) -> pathlib.Path:
        """Returns the text file of an experiment's selected checkpoint."""
        return self.root / f"best_{experiment}.txt"

    def evaluation_run(self, experiment: str, dataset: str) -> str:
        """Returns the run name of an experiment's evaluation on one dataset."""
        return f"{experiment}_eval_{dataset}"
