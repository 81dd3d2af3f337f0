"""Dataset specifications and `dataset_spec.json`, both ways.

The kinds of specification live in `dataset_kinds` and `benchmark_specification`; this
module is where they are published.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from meta_dataset import whole_files
from meta_dataset.data.benchmark_specification import (
    AnyDatasetSpecification,
    BenchmarkError,
    BenchmarkSpecification,
)
from meta_dataset.data.dataset_kinds import (
    FILE_PATTERNS,
    BiLevelDatasetSpecification,
    DatasetSpecError,
    DatasetSpecification,
    DatasetSpecValueError,
    HierarchicalDatasetSpecification,
)
from meta_dataset.data.graph_json import import_graph
from meta_dataset.data.imagenet_specification import Synset, get_leaves
from meta_dataset.data.learning_spec import Split

__all__ = [
    "FILE_NAME",
    "FILE_PATTERNS",
    "AnyDatasetSpecification",
    "BenchmarkError",
    "BenchmarkSpecification",
    "BiLevelDatasetSpecification",
    "DatasetSpecError",
    "DatasetSpecValueError",
    "DatasetSpecification",
    "HierarchicalDatasetSpecification",
    "as_dataset_spec",
    "load_dataset_spec",
    "to_json",
    "write_dataset_spec",
]

FILE_NAME = "dataset_spec.json"
_T = TypeVar("_T")
_CONVERT = "python -m meta_dataset.dataset_conversion.convert_datasets_to_records"
_AGAIN = f"Copy it again from where it is whole, or re-run {_CONVERT}"


def load_dataset_spec(
    dataset_records_path: str | os.PathLike[str], convert_from_pkl: bool = False
) -> AnyDatasetSpecification:
    """Returns the specification of the dataset in a folder.

    Its `path` is the folder given, whatever the file says.

    Args:
      dataset_records_path: the folder of one dataset, with its class files.
      convert_from_pkl: accepted because published code has it. Specifications pickled
        by its first versions are never read: unpickling runs what the file says.

    Raises:
      DatasetSpecError: the file is missing, damaged or inconsistent; the message names
        the folder.
    """
    folder = Path(dataset_records_path)
    file = folder / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetSpecError(_missing(folder)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetSpecError(f"cannot read {file}: {reason}. {_AGAIN}") from error
    try:
        spec = as_dataset_spec(_parse(text))
        _check_counts(spec)
    except (ValueError, RecursionError) as error:
        raise DatasetSpecError(
            f"{file} is no usable dataset specification: {error}. {_AGAIN}"
        ) from error
    return spec._replace(path=os.fspath(dataset_records_path))


def write_dataset_spec(
    spec: AnyDatasetSpecification, folder: str | os.PathLike[str]
) -> Path:
    """Writes `dataset_spec.json` into a folder, as a whole, and returns its path."""
    file = Path(folder) / FILE_NAME
    whole_files.write_text(file, to_json(spec))
    return file


def to_json(spec: AnyDatasetSpecification) -> str:
    """Returns the text of `dataset_spec.json`."""
    return json.dumps(spec.to_dict(), indent=2) + "\n"


def as_dataset_spec(dct: Mapping[str, Any]) -> Any:
    """Returns the specification that a parsed JSON object describes.

    An object whose `__class__` is absent or unknown is returned as it is, so that the
    function can serve as `object_hook` of a JSON parser.

    Raises:
      DatasetSpecValueError: the object lacks a key or holds a wrong value.
    """
    kind = dct.get("__class__")
    if not isinstance(kind, str) or kind not in _KINDS:
        return dct
    try:
        return _KINDS[kind](dct)
    except KeyError as error:
        raise DatasetSpecValueError(f"a {kind} without {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise DatasetSpecValueError(f"a {kind} with a wrong value: {error}") from error


def _parse(text: str) -> dict[str, Any]:
    parsed = json.loads(text)
    kind = parsed.get("__class__") if isinstance(parsed, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"its __class__ is {kind!r}, not one of {sorted(_KINDS)}")
    return parsed


def _missing(folder: Path) -> str:
    if not folder.is_dir():
        return (
            f"there is no dataset folder {folder}: check the folder of the records "
            f"(--records_root_dir) and the name, or convert the dataset with {_CONVERT}"
        )
    if (folder / "dataset_spec.pkl").exists():
        return (
            f"no {FILE_NAME} in {folder}, only a dataset_spec.pkl of the first published "
            f"version, which is not read: re-run {_CONVERT} for this dataset"
        )
    return (
        f"no {FILE_NAME} in {folder}: it is written last, so the conversion did not "
        f"finish; re-run {_CONVERT} for this dataset"
    )


def _check_counts(spec: AnyDatasetSpecification) -> None:
    """Makes sure that every class has a number of images.

    Raises:
      ValueError: a class has none, and using it would fail far from the file.
    """
    for split in spec.classes_per_split:
        for class_id in spec.get_classes(split):
            try:
                spec.get_total_images_per_class(class_id)
            except DatasetSpecError as error:
                raise ValueError(f"no number of images: {error}") from error
            except NotImplementedError:
                continue  # pools are refused where they are used
    if isinstance(spec, HierarchicalDatasetSpecification):
        _check_leaves(spec)


def _check_leaves(spec: HierarchicalDatasetSpecification) -> None:
    """Makes sure that the classes of a split are the leaves of its graph.

    Raises:
      ValueError: a leaf is no class of its split.
    """
    for split, graph in spec.split_subgraphs.items():
        classes = spec.get_classes(split)
        for leaf in get_leaves(graph):
            if spec.class_names_to_ids.get(leaf.wn_id) not in classes:
                raise ValueError(
                    f"leaf {leaf.wn_id} is not one of the {split.name} classes "
                    f"{classes.start} to {classes.stop - 1}"
                )


def _flat(dct: Mapping[str, Any]) -> DatasetSpecification:
    return DatasetSpecification(
        name=_text(dct["name"]),
        classes_per_split=_by_split(dct["classes_per_split"], _count),
        images_per_class=_by_id(dct["images_per_class"], _count_or_pools),
        class_names=_by_id(dct["class_names"], str),
        path=dct["path"],
        file_pattern=_text(dct["file_pattern"]),
    )


def _bilevel(dct: Mapping[str, Any]) -> BiLevelDatasetSpecification:
    return BiLevelDatasetSpecification(
        name=_text(dct["name"]),
        superclasses_per_split=_by_split(dct["superclasses_per_split"], _count),
        classes_per_superclass=_by_id(dct["classes_per_superclass"], _count),
        images_per_class=_by_id(dct["images_per_class"], _count_or_pools),
        superclass_names=_by_id(dct["superclass_names"], str),
        class_names=_by_id(dct["class_names"], str),
        path=dct["path"],
        file_pattern=_text(dct["file_pattern"]),
    )


def _hierarchical(dct: Mapping[str, Any]) -> HierarchicalDatasetSpecification:
    graphs = _by_split(dct["split_subgraphs"], import_graph)
    by_wn_id: dict[str, Synset] = {}
    for graph in graphs.values():
        for node in graph:
            if node.wn_id in by_wn_id:
                raise DatasetSpecValueError(f"{node.wn_id} is in more than one split")
            by_wn_id[node.wn_id] = node
    counts = _by_split(dct["images_per_class"], dict)
    images = {
        split: {_node(by_wn_id, wn_id): _count(n) for wn_id, n in numbers.items()}
        for split, numbers in counts.items()
    }
    return HierarchicalDatasetSpecification(
        name=_text(dct["name"]),
        split_subgraphs=graphs,
        images_per_class=images,
        class_names=_by_id(dct["class_names"], str),
        path=dct["path"],
        file_pattern=_text(dct["file_pattern"]),
    )


_KINDS: dict[str, Callable[[Mapping[str, Any]], AnyDatasetSpecification]] = {
    "DatasetSpecification": _flat,
    "BiLevelDatasetSpecification": _bilevel,
    "HierarchicalDatasetSpecification": _hierarchical,
}


def _node(by_wn_id: Mapping[str, Synset], wn_id: str) -> Synset:
    if wn_id not in by_wn_id:
        raise DatasetSpecValueError(f"images of {wn_id}, which is in no graph")
    return by_wn_id[wn_id]


def _by_split(
    values: Mapping[str, Any], convert: Callable[[Any], _T]
) -> dict[Split, _T]:
    unknown = set(values) - set(Split.__members__)
    if unknown:
        raise DatasetSpecValueError(f"unknown splits {sorted(unknown)}")
    return {
        split: convert(values[split.name]) for split in Split if split.name in values
    }


def _by_id(values: Mapping[str, Any], convert: Callable[[Any], _T]) -> dict[int, _T]:
    return {int(key): convert(value) for key, value in values.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DatasetSpecValueError(f"{value!r} where a text is expected")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DatasetSpecValueError(f"{value!r} where a count is expected")
    return value


def _count_or_pools(value: Any) -> int | dict[str, int]:
    if isinstance(value, dict):
        return {pool: _count(number) for pool, number in value.items()}
    return _count(value)
