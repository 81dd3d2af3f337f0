"""Which classes of a dataset are for meta-training, -validation and -testing.

The published splits were drawn once, from a seed, and every result in the literature
rests on them. They lie in `splits/` as data; the recipe that drew them is here too, and a
test checks that it still gives all of them, in the same order.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from meta_dataset import whole_files
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError

SPLIT_SEED = 22

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassSplits:
    """Class labels of each split; their order is the order of the class ids."""

    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels in the order of their class ids: train, valid, test."""
        return self.train + self.valid + self.test

    @property
    def sizes(self) -> dict[Split, int]:
        """The number of classes of each split."""
        return {
            Split.TRAIN: len(self.train),
            Split.VALID: len(self.valid),
            Split.TEST: len(self.test),
        }


def published_splits(dataset: str) -> ClassSplits:
    """Returns the published splits of a dataset.

    Raises:
      KeyError: none were published (omniglot and ilsvrc_2012 take them from their
        structure).
    """
    file = resources.files(__package__) / "splits" / f"{dataset}_splits.json"
    if not file.is_file():
        raise KeyError(dataset)
    return _parse(file.read_text("utf-8"))


def draw_splits(labels: Sequence[str], num_train: int, num_valid: int) -> ClassSplits:
    """Returns the splits that the published recipe draws with seed 22.

    Train classes come in random order, valid and test classes in that of `labels`.

    Args:
      labels: all class labels, in the order that the dataset defines.
      num_train: number of train classes.
      num_valid: number of valid classes; the rest are test classes.
    """
    # The recipe reseeds NumPy's global generator; this one gives the same numbers.
    rng = np.random.RandomState(SPLIT_SEED)
    num_trainval = num_train + num_valid
    trainval = rng.choice(len(labels), num_trainval, replace=False)
    test = np.setdiff1d(np.arange(len(labels)), trainval)
    train = rng.choice(trainval, num_train, replace=False)
    valid = np.setdiff1d(trainval, train)
    return ClassSplits(*(tuple(labels[i] for i in ids) for ids in (train, valid, test)))


def load_or_create(
    dataset: str, labels: Sequence[str], splits_root: Path | None
) -> ClassSplits:
    """Returns the splits of a dataset whose classes are `labels`.

    A splits file in `splits_root` wins; otherwise they are drawn as published and
    written there. A file that is no JSON is put aside under a name ending in
    `.invalid`, with a warning.

    Args:
      dataset: its name; it must have published splits.
      labels: the class labels found in the data, in the order the dataset defines.
      splits_root: folder of the splits files, created if needed; None reads and
        writes no file.

    Raises:
      RecordError: the classes are not those of the splits file, or, when there is
        none, not those published.
      OSError: the splits file cannot be written.
    """
    path = splits_root / f"{dataset}_splits.json" if splits_root else None
    splits = _read(path) if path else None
    if splits is not None:
        _check_labels(splits.labels, labels, str(path))
        return splits
    published = published_splits(dataset)
    _check_labels(published.labels, labels, "the published splits")
    splits = draw_splits(labels, len(published.train), len(published.valid))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(path, json.dumps(asdict(splits), indent=2) + "\n")
    return splits


def _read(path: Path) -> ClassSplits | None:
    try:
        return _parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        aside = path.with_name(path.name + ".invalid")
        path.replace(aside)
        _logger.warning(
            "%s is no splits file (%s): moved to %s, published splits are used",
            path,
            error,
            aside.name,
        )
        return None


def _parse(text: str) -> ClassSplits:
    match json.loads(text):
        case {"train": [*train], "valid": [*valid], "test": [*test]}:
            splits = ClassSplits(tuple(train), tuple(valid), tuple(test))
            if all(isinstance(label, str) for label in splits.labels):
                return splits
    raise ValueError("it must be an object of three lists of names: train, valid, test")


def _check_labels(expected: Sequence[str], found: Sequence[str], source: str) -> None:
    problems = []
    for what, names in (
        ("missing", sorted(set(expected) - set(found))),
        ("unexpected", sorted(set(found) - set(expected))),
        ("twice", sorted({v for v in expected if list(expected).count(v) > 1})),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            problems.append(f"{what}: {', '.join(names[:3])}{more}")
    if problems:
        raise RecordError(
            f"the classes found in the data are not those of {source} "
            f"({'; '.join(problems)}); unpack the dataset again, or mend the splits file"
        )
