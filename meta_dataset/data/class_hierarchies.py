"""What an episode may be made of when classes have a structure.

ImageNet's classes lie under nodes of a graph, Omniglot's in alphabets: an episode takes
its classes from one of them. Which one is drawn by `sampling`; nothing here is random.
"""

from collections.abc import Collection

import numpy as np

from meta_dataset.data import imagenet_specification
from meta_dataset.data.dataset_spec import (
    AnyDatasetSpecification,
    BiLevelDatasetSpecification,
    HierarchicalDatasetSpecification,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import UsageError

MAX_SPANNING_LEAVES_ELIGIBLE = 392
"""Most classes under a node that an episode may be made of.

The smallest bound that leaves every train class of ilsvrc_2012 within reach. Nodes near
the root span hundreds of classes and would make for episodes without any theme.
"""


class SamplingError(UsageError, ValueError):
    """An episode that the settings ask for cannot be made of these classes."""


def spans_of_eligible_nodes(
    dataset_spec: AnyDatasetSpecification,
    split: Split,
    class_ids: Collection[int],
    min_ways: int,
) -> dict[str, np.ndarray]:
    """Returns the nodes that an episode can be made of, and the classes under each.

    Args:
      dataset_spec: the dataset.
      split: the split whose graph is searched.
      class_ids: the classes that may be used, relative to the split.
      min_ways: fewest usable classes under a node.

    Returns:
      Class ids relative to the split, by the WordNet id of the node; nodes, and classes
      within a node, in the order of their WordNet ids.

    Raises:
      SamplingError: the dataset is not hierarchical, it is restricted to some of its
        classes, or no node is eligible.
    """
    if not isinstance(dataset_spec, HierarchicalDatasetSpecification):
        raise SamplingError(
            f"{dataset_spec.name} has no graph of classes: do not ask for the hierarchy "
            "of ilsvrc_2012"
        )
    _check_unrestricted(dataset_spec, split, "ignore_dag_ontology")
    graph = imagenet_specification.sorted_by_id(dataset_spec.get_split_subgraph(split))
    offset = dataset_spec.get_classes(split).start
    usable = set(class_ids)
    spans = {}
    for node, leaves in imagenet_specification.get_spanning_leaves(graph).items():
        ids = [
            dataset_spec.class_names_to_ids[leaf.wn_id] - offset
            for leaf in imagenet_specification.sorted_by_id(leaves)
        ]
        span = [class_id for class_id in ids if class_id in usable]
        if node.children and min_ways <= len(span) <= MAX_SPANNING_LEAVES_ELIGIBLE:
            spans[node.wn_id] = np.array(span, dtype=np.int64)
    if not spans:
        raise SamplingError(
            f"{dataset_spec.name}: no node of the {split.name} graph spans {min_ways} to "
            f"{MAX_SPANNING_LEAVES_ELIGIBLE} classes that may be used: lower "
            "EpisodeDescriptionConfig.min_ways or min_examples_in_class, or set "
            "ignore_dag_ontology = True"
        )
    return spans


def classes_of_superclasses(
    dataset_spec: AnyDatasetSpecification, split: Split, min_ways: int
) -> dict[int, range]:
    """Returns the superclasses of a split and the classes of each.

    Args:
      dataset_spec: the dataset.
      split: the split.
      min_ways: fewest classes that a superclass must have.

    Returns:
      Class ids relative to the split, by superclass id.

    Raises:
      SamplingError: the dataset does not have two levels, it is restricted to some of
        its classes, or a superclass is too small.
    """
    if not isinstance(dataset_spec, BiLevelDatasetSpecification):
        raise SamplingError(
            f"{dataset_spec.name} has no superclasses: do not ask for the two levels of "
            "omniglot"
        )
    _check_unrestricted(dataset_spec, split, "ignore_bilevel_ontology")
    classes = {}
    for superclass in dataset_spec.get_superclasses(split):
        num_classes = dataset_spec.classes_per_superclass[superclass]
        if num_classes < min_ways:
            raise SamplingError(
                f"{dataset_spec.name}: superclass {superclass} has {num_classes} classes, "
                f"fewer than EpisodeDescriptionConfig.min_ways = {min_ways}: lower it, or "
                "set ignore_bilevel_ontology = True"
            )
        relative, _ = dataset_spec.get_class_ids_from_superclass_subclass_inds(
            split, superclass, [0]
        )
        classes[superclass] = range(relative[0], relative[0] + num_classes)
    return classes


def _check_unrestricted(
    dataset_spec: AnyDatasetSpecification, split: Split, remedy: str
) -> None:
    if split in dataset_spec.restricted_classes:
        raise SamplingError(
            f"{dataset_spec.name} is restricted to some of its {split.name} classes "
            "(benchmark.restrict_classes), which its hierarchy does not know: set "
            f"EpisodeDescriptionConfig.{remedy} = True"
        )
