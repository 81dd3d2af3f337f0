"""The three kinds of dataset specification: flat, two levels, a graph of classes.

A specification says which classes each split has and how many images each class has.
Class ids are contiguous: the train classes first, then valid, then test. Reading and
writing `dataset_spec.json` belongs to `dataset_spec`, which also publishes the names
of this file.
"""

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Self

from meta_dataset.data import graph_json, imagenet_specification
from meta_dataset.data.imagenet_specification import Synset
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError

FILE_PATTERNS = ("{}.tfrecords", "{}_{}.tfrecords")
"""Names of class files that a specification may announce; only the first is readable."""


class DatasetSpecError(RecordError, RuntimeError):
    """A specification that is missing, damaged, or lacks what was looked up."""


class DatasetSpecValueError(RecordError, ValueError):
    """A specification was asked for, or given, something that it cannot hold."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _ClassSplits:
    """What all kinds share: contiguous class ids, some of them perhaps set aside."""

    restricted_classes: dict[Split, int] = dataclasses.field(default_factory=dict)
    """Splits of which only the first so many classes are used; never serialised."""

    def initialize(
        self, restricted_classes_per_split: Mapping[Split, int] | None = None
    ) -> Self:
        """Checks the specification and restricts it to fewer classes.

        The restriction acts on this object, and the class ids of the other splits stay
        what they are in the whole dataset.

        Args:
          restricted_classes_per_split: splits of which only the first so many classes
            shall be used.

        Returns:
          The specification itself.

        Raises:
          DatasetSpecValueError: an unknown file pattern or split, or a restriction to
            more classes than there are.
        """
        self._check_file_pattern()
        restricted = dict(restricted_classes_per_split or {})
        for split, num_classes in restricted.items():
            available = len(self._all_classes(split))
            if not 0 <= num_classes <= available:
                raise DatasetSpecValueError(
                    f"{self.name} has {available} {split.name} classes and cannot be "
                    f"restricted to {num_classes}"
                )
        self.restricted_classes.update(restricted)
        return self

    def get_classes(self, split: Split) -> range:
        """Returns the class ids of a split, as far as they are not restricted.

        Raises:
          DatasetSpecValueError: the dataset has no such split.
        """
        classes = self._all_classes(split)
        return classes[: self.restricted_classes.get(split, len(classes))]

    def _all_classes(self, split: Split) -> range:
        return _split_range(self.name, self.classes_per_split, split)

    def _check_file_pattern(self) -> None:
        if self.file_pattern not in FILE_PATTERNS:
            raise DatasetSpecValueError(
                f"{self.name}: file_pattern is {self.file_pattern!r}, known are "
                + " and ".join(map(repr, FILE_PATTERNS))
            )

    def _replace(self, **changes: Any) -> Self:
        """Returns a copy with other values in the fields given."""
        changes.setdefault("restricted_classes", dict(self.restricted_classes))
        return dataclasses.replace(self, **changes)

    def _published_fields(self) -> dict[str, Any]:
        """Returns the fields that are serialised, in their published order."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if not field.kw_only
        }


@dataclasses.dataclass(frozen=True)
class DatasetSpecification(_ClassSplits):
    """Classes without any structure."""

    name: str
    classes_per_split: Mapping[Split, int]
    images_per_class: Mapping[int, int | Mapping[str, int]]
    """Images by class id; a mapping by pool is read but cannot be used."""
    class_names: Mapping[int, str]
    path: str
    """The folder of the class files."""
    file_pattern: str = "{}.tfrecords"

    def get_total_images_per_class(
        self, class_id: int | None = None, pool: str | None = None
    ) -> int:
        """Returns the number of images of a class.

        Args:
          class_id: the class; may be left out if all classes have equally many images.
          pool: None, pools of examples are not supported.

        Raises:
          DatasetSpecError: there is no such class.
          DatasetSpecValueError: no class was given and their numbers differ, or a pool
            was given although the dataset has none.
          NotImplementedError: the class is divided into pools.
        """
        return _total_images(self.name, self.images_per_class, class_id, pool)

    def to_dict(self) -> dict[str, Any]:
        """Returns the content of `dataset_spec.json`."""
        return {
            **self._published_fields(),
            "classes_per_split": _by_split_name(self.classes_per_split),
            "__class__": "DatasetSpecification",
        }


@dataclasses.dataclass(frozen=True)
class BiLevelDatasetSpecification(_ClassSplits):
    """Classes grouped in superclasses, such as the characters of an alphabet.

    Superclasses are numbered like classes (train, valid, test), and the classes of a
    superclass are contiguous.
    """

    name: str
    superclasses_per_split: Mapping[Split, int]
    classes_per_superclass: Mapping[int, int]
    images_per_class: Mapping[int, int | Mapping[str, int]]
    superclass_names: Mapping[int, str]
    class_names: Mapping[int, str]
    path: str
    file_pattern: str = "{}.tfrecords"

    @functools.cached_property
    def classes_per_split(self) -> dict[Split, int]:
        """Number of classes of each split."""
        return {
            split: sum(
                self.classes_per_superclass[superclass]
                for superclass in self.get_superclasses(split)
            )
            for split in self.superclasses_per_split
        }

    def get_superclasses(self, split: Split) -> range:
        """Returns the superclass ids of a split.

        Raises:
          DatasetSpecValueError: the dataset has no such split.
        """
        return _split_range(self.name, self.superclasses_per_split, split)

    def get_class_ids_from_superclass_subclass_inds(
        self, split: Split, superclass_id: int, class_inds: Iterable[int]
    ) -> tuple[list[int], list[int]]:
        """Returns the ids of some classes of a superclass.

        Args:
          split: the split of the superclass.
          superclass_id: the superclass.
          class_inds: places of the classes within the superclass, from 0.

        Returns:
          The class ids counted from the start of the split, and the class ids.
        """
        first = sum(self.classes_per_superclass[s] for s in range(superclass_id))
        class_ids = [first + int(index) for index in class_inds]
        offset = self._all_classes(split).start
        return [class_id - offset for class_id in class_ids], class_ids

    def get_total_images_per_class(
        self, class_id: int | None = None, pool: str | None = None
    ) -> int:
        """Returns the number of images of a class: see `DatasetSpecification`."""
        return _total_images(self.name, self.images_per_class, class_id, pool)

    def to_dict(self) -> dict[str, Any]:
        """Returns the content of `dataset_spec.json`."""
        return {
            **self._published_fields(),
            "superclasses_per_split": _by_split_name(self.superclasses_per_split),
            "__class__": "BiLevelDatasetSpecification",
        }


@dataclasses.dataclass(frozen=True, eq=False)
class HierarchicalDatasetSpecification(_ClassSplits):
    """Classes that are the leaves of a graph, one graph a split.

    Specifications are equal if they serialise equally.
    """

    name: str
    split_subgraphs: Mapping[Split, Collection[Synset]]
    images_per_class: Mapping[Split, Mapping[Synset, int]]
    """Images under every node of the split's graph, leaf or not."""
    class_names: Mapping[int, str]
    """WordNet id of each class."""
    path: str
    file_pattern: str = "{}.tfrecords"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HierarchicalDatasetSpecification):
            return NotImplemented
        same_classes = self.restricted_classes == other.restricted_classes
        return same_classes and self.to_dict() == other.to_dict()

    __hash__ = None  # like the other kinds, which hold dictionaries

    @functools.cached_property
    def classes_per_split(self) -> dict[Split, int]:
        """Number of classes of each split, the leaves of its graph."""
        return {
            split: len(imagenet_specification.get_leaves(graph))
            for split, graph in self.split_subgraphs.items()
        }

    @functools.cached_property
    def class_names_to_ids(self) -> dict[str, int]:
        """Class id of each WordNet id."""
        return {wn_id: class_id for class_id, wn_id in self.class_names.items()}

    @functools.cached_property
    def _images_by_class_id(self) -> dict[int, int]:
        """Images of each class. Computed once: the graphs hold it by node."""
        return {
            self.class_names_to_ids[synset.wn_id]: num_images
            for images in self.images_per_class.values()
            for synset, num_images in images.items()
            if synset.wn_id in self.class_names_to_ids
        }

    def get_split_subgraph(self, split: Split) -> Collection[Synset]:
        """Returns the graph of a split, sorted by WordNet id when read from a file.

        Raises:
          DatasetSpecValueError: the dataset has no such split.
        """
        self._all_classes(split)
        return self.split_subgraphs[split]

    def get_total_images_per_class(
        self, class_id: int | None = None, pool: str | None = None
    ) -> int:
        """Returns the number of images of a class: see `DatasetSpecification`.

        Raises:
          DatasetSpecValueError: as there, and also if there is no such class.
        """
        try:
            return _total_images(self.name, self._images_by_class_id, class_id, pool)
        except DatasetSpecError as error:
            raise DatasetSpecValueError(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """Returns the content of `dataset_spec.json`.

        Raises:
          ValueError: a node points outside its graph or an id occurs twice.
        """
        graphs = {
            s.name: graph_json.export_graph(g) for s, g in self.split_subgraphs.items()
        }
        images = {
            split.name: {synset.wn_id: number for synset, number in counts.items()}
            for split, counts in self.images_per_class.items()
        }
        return {
            **self._published_fields(),
            "split_subgraphs": graphs,
            "images_per_class": images,
            "__class__": "HierarchicalDatasetSpecification",
        }

    def _check_file_pattern(self) -> None:
        """Any pattern is accepted until it is read, as in the published code."""


def _split_range(
    name: str, number_per_split: Mapping[Split, int], split: Split
) -> range:
    """Returns the ids of a split, when ids run from train over valid to test."""
    if split not in number_per_split:
        raise DatasetSpecValueError(f"{name} has no split {split!r}")
    start = sum(number_per_split.get(s, 0) for s in Split if s.value < split.value)
    return range(start, start + number_per_split[split])


def _by_split_name(number_per_split: Mapping[Split, int]) -> dict[str, int]:
    return {split.name: number for split, number in number_per_split.items()}


def _total_images(
    name: str,
    images_per_class: Mapping[int, int | Mapping[str, int]],
    class_id: int | None,
    pool: str | None,
) -> int:
    """Looks up a number of images: see `DatasetSpecification`."""
    if class_id is None:
        if len({repr(images) for images in images_per_class.values()}) != 1:
            raise DatasetSpecValueError(
                f"the classes of {name} differ in their numbers of images: say which"
            )
        class_id = next(iter(images_per_class))
    if class_id not in images_per_class:
        raise DatasetSpecError(f"{name} has no class {class_id}")
    images = images_per_class[class_id]
    if isinstance(images, Mapping):
        raise NotImplementedError(
            f"class {class_id} of {name} is divided into pools of examples, which "
            "cannot be read; convert the dataset without pools"
        )
    if pool is not None:
        raise DatasetSpecValueError(f"{name} has no pool {pool!r}: it has no pools")
    return images
