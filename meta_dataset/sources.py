"""From the names of datasets to specifications: what a run reads.

Only small JSON files are opened, so a missing dataset is noticed before TensorFlow is
loaded. The readers themselves are `data.pipeline`'s.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from meta_dataset.data.dataset_spec import (
    AnyDatasetSpecification,
    DatasetSpecValueError,
    load_dataset_spec,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError, UsageError
from meta_dataset.training_settings import BenchmarkSettings, dataset_names

HIERARCHICAL = "ilsvrc_2012"
BILEVEL = "omniglot"
"""The datasets whose classes are drawn along a structure; told by name, as published."""


@dataclasses.dataclass(frozen=True)
class Datasets:
    """The datasets of a run, by what they contribute to.

    Attributes:
      train: those trained on; empty in an evaluation.
      evaluation: those validated on, or the one evaluated.
    """

    train: tuple[AnyDatasetSpecification, ...]
    evaluation: tuple[AnyDatasetSpecification, ...]

    @property
    def all(self) -> tuple[AnyDatasetSpecification, ...]:
        """Every dataset once, those trained on first."""
        by_name = {spec.name: spec for spec in (*self.train, *self.evaluation)}
        return tuple(by_name.values())

    @property
    def num_classes(self) -> int:
        """Outputs of the head of a learner that trains on batches.

        The classes of all three splits of all datasets, as in April 2020 (1000 for
        imagenet, 4811 for all), although only training classes occur as labels.
        """
        return sum(
            len(spec.get_classes(split))
            for spec in self.all
            for split in spec.classes_per_split
        )


def load(
    records_root: str,
    benchmark: BenchmarkSettings,
    is_training: bool,
    evaluation_split: Split,
) -> Datasets:
    """Returns the datasets of a run.

    Args:
      records_root: the folder with one folder a dataset.
      benchmark: their names, and restrictions.
      is_training: else only the evaluation list counts, and holds exactly one.
      evaluation_split: the split that the evaluation list is asked for.

    Raises:
      UsageError: no dataset is named, or several for an evaluation, or one has no
        classes in the split that it is asked for, or a restriction is wrong.
      RecordError: the folder or a specification is missing or damaged.
    """
    train = dataset_names(benchmark.train_datasets) if is_training else ()
    evaluated = dataset_names(benchmark.eval_datasets)
    if not evaluated:
        raise UsageError("benchmark.eval_datasets names no dataset.")
    if is_training and not train:
        raise UsageError("benchmark.train_datasets names no dataset.")
    if not is_training and len(evaluated) != 1:
        raise UsageError(
            "An evaluation is of exactly one dataset; benchmark.eval_datasets names "
            f"{len(evaluated)}: {', '.join(evaluated)}. Start one evaluation for each."
        )
    root = _existing_root(records_root)
    specs = {
        name: _load_one(root, name, benchmark.restrict_classes)
        for name in dict.fromkeys((*train, *evaluated))
    }
    for names, split in ((train, Split.TRAIN), (evaluated, evaluation_split)):
        for name in names:
            if not specs[name].get_classes(split):
                raise UsageError(
                    f"{name} has no {split.name.lower()} classes. Leave it out of "
                    "benchmark.train_datasets or benchmark.eval_datasets."
                )
    return Datasets(
        tuple(specs[name] for name in train), tuple(specs[name] for name in evaluated)
    )


def _existing_root(records_root: str) -> Path:
    if not records_root:
        raise UsageError(
            "--records_root_dir is not given: the folder with one folder of records a "
            "dataset."
        )
    root = Path(records_root)
    if not root.is_dir():
        raise RecordError(
            f"There is no records folder {root} (--records_root_dir). Convert datasets "
            "into it with python -m "
            "meta_dataset.dataset_conversion.convert_datasets_to_records, or give "
            "another one."
        )
    return root


def _load_one(
    root: Path, name: str, restrictions: Mapping[str, Mapping[str, int]] | None
) -> AnyDatasetSpecification:
    spec = load_dataset_spec(root / name)
    restricted = _by_split((restrictions or {}).get(name, {}))
    if not restricted:
        return spec.initialize()
    try:
        return spec.initialize(restricted)
    except DatasetSpecValueError as error:
        raise UsageError(f"benchmark.restrict_classes: {error}.") from error


def _by_split(numbers: Mapping[str, int]) -> dict[Split, int]:
    try:
        return {Split.from_name(name): number for name, number in numbers.items()}
    except ValueError as error:
        raise UsageError(f"benchmark restrictions: {error}.") from error


def examples_to_take(
    benchmark: BenchmarkSettings, specs: Sequence[AnyDatasetSpecification], split: Split
) -> tuple[int, ...]:
    """Returns how many images a class may use, one number a dataset; -1 for all."""
    restrictions = benchmark.restrict_num_per_class or {}
    return tuple(
        _by_split(restrictions.get(spec.name, {})).get(split, -1) for spec in specs
    )
