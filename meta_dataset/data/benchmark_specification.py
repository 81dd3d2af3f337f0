"""The datasets that take part in a training or an evaluation."""

import dataclasses
from collections.abc import Collection, Sequence

from meta_dataset.data.dataset_kinds import (
    BiLevelDatasetSpecification,
    DatasetSpecification,
    HierarchicalDatasetSpecification,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import UsageError

AnyDatasetSpecification = (
    DatasetSpecification
    | BiLevelDatasetSpecification
    | HierarchicalDatasetSpecification
)

CONTRIBUTIONS = (
    frozenset({Split.TRAIN}),
    frozenset({Split.VALID}),
    frozenset({Split.TRAIN, Split.VALID}),
    frozenset({Split.TEST}),
)
"""What a dataset may be asked to contribute to."""


class BenchmarkError(UsageError, ValueError):
    """The datasets and what they are asked to contribute do not fit together."""


@dataclasses.dataclass(frozen=True)
class BenchmarkSpecification:
    """Several datasets and the splits that each contributes to.

    The last four fields are parallel. Splits may be given as `Split` or by name.

    Raises:
      BenchmarkError: the fields differ in length, disagree with the kind of a dataset,
        or ask a dataset for a split in which it has no class.
    """

    name: str
    """'benchmark' everywhere."""
    image_shape: Sequence[int]
    """Height, width and channels of an image, in pixels."""
    dataset_spec_list: Sequence[AnyDatasetSpecification]
    has_dag_ontology: Sequence[bool]
    """Which datasets are hierarchical."""
    has_bilevel_ontology: Sequence[bool]
    """Which datasets have two levels."""
    splits_to_contribute: Sequence[Collection[Split | str]]

    def __post_init__(self) -> None:
        lengths = {
            name: len(getattr(self, name))
            for name in (
                "dataset_spec_list",
                "has_dag_ontology",
                "has_bilevel_ontology",
                "splits_to_contribute",
            )
        }
        if len(set(lengths.values())) != 1:
            raise BenchmarkError(
                f"the fields of a benchmark differ in length: {lengths}"
            )
        contributions = [_splits(names) for names in self.splits_to_contribute]
        object.__setattr__(self, "splits_to_contribute", contributions)
        for spec, dag, bilevel, splits in zip(
            self.dataset_spec_list,
            self.has_dag_ontology,
            self.has_bilevel_ontology,
            contributions,
            strict=True,
        ):
            spec.initialize()
            _check_kind(spec, dag, bilevel)
            _check_contribution(spec, splits)


def _splits(names: Collection[Split | str]) -> frozenset[Split]:
    try:
        return frozenset(
            name if isinstance(name, Split) else Split.from_name(name) for name in names
        )
    except ValueError as error:
        raise BenchmarkError(f"splits_to_contribute: {error}") from error


def _check_kind(spec: AnyDatasetSpecification, dag: bool, bilevel: bool) -> None:
    if bool(dag) != isinstance(spec, HierarchicalDatasetSpecification):
        raise BenchmarkError(
            f"has_dag_ontology is {dag} for {spec.name}, a {type(spec).__name__}"
        )
    if bool(bilevel) != isinstance(spec, BiLevelDatasetSpecification):
        raise BenchmarkError(
            f"has_bilevel_ontology is {bilevel} for {spec.name}, a {type(spec).__name__}"
        )


def _check_contribution(
    spec: AnyDatasetSpecification, splits: frozenset[Split]
) -> None:
    named = "{" + ", ".join(sorted(split.name.lower() for split in splits)) + "}"
    if splits not in CONTRIBUTIONS:
        raise BenchmarkError(
            f"{spec.name} cannot contribute to {named}: only to train, to valid, to "
            "both of them, or to test"
        )
    for split in splits:
        if not spec.get_classes(split):
            raise BenchmarkError(
                f"{spec.name} cannot contribute to {named}: it has no class in its "
                f"{split.name.lower()} split"
            )
