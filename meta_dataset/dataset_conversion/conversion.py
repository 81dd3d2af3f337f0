"""The steps that all datasets share: write class files, then describe them.

A dataset (see `datasets/`) only says what its classes are, where their images come from
and how its specification is made of their counts. Order on disk is what makes a
conversion safe to interrupt and to repeat: an earlier specification goes first, the new
one comes last, and a class file appears only when it is whole.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from meta_dataset.data.dataset_spec import (
    FILE_NAME,
    AnyDatasetSpecification,
    DatasetSpecification,
    write_dataset_spec,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.class_splits import ClassSplits
from meta_dataset.dataset_conversion.parallel import run_parallel
from meta_dataset.errors import RecordError
from meta_dataset.tfrecord import RecordWriter, encode_example

FILE_PATTERN = "{}.tfrecords"


@dataclass(frozen=True)
class Places:
    """Where a conversion reads from."""

    # The raw data, unpacked as published.
    data_root: Path
    # Splits files, read or created; None uses the published splits and writes no file.
    splits_root: Path | None = None


@dataclass(frozen=True)
class RecordClass:
    """One class: one record file."""

    class_id: int
    # For people: it goes into the progress line.
    name: str
    # Encoded images in the order of their records. Picklable, iterated once, in another
    # process.
    images: Iterable[bytes]


@dataclass(frozen=True)
class Conversion:
    """All that is needed to convert one dataset; nothing has been read or written."""

    name: str
    # Class ids run from 0 without gaps: train, then valid, then test classes.
    classes: tuple[RecordClass, ...]
    # From the folder of the records and the images of each class id.
    describe: Callable[[Path, Mapping[int, int]], AnyDatasetSpecification]


class WrittenClass(NamedTuple):
    """A class file that is on disk."""

    dataset: str
    class_id: int
    name: str
    num_images: int


def convert(
    conversions: Sequence[Conversion],
    records_root: Path,
    processes: int = 1,
    on_class: Callable[[WrittenClass], None] = lambda written: None,
) -> None:
    """Writes the class files of datasets and, after each one's last, its specification.

    Args:
      conversions: the datasets.
      records_root: the records of each go to the folder of its name in it. Files of an
        earlier conversion are replaced.
      processes: how many class files are written at a time.
      on_class: called in this process after each class file, in no fixed order.

    Raises:
      RecordError: an image cannot be read, a class has none, or a class file cannot be
        written. Datasets that are not complete have no specification then.
      OSError: a folder or a specification cannot be written.
    """
    unfinished = {conversion.name: (conversion, {}) for conversion in conversions}
    tasks = []
    for conversion in conversions:
        folder = records_root / conversion.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).unlink(missing_ok=True)
        _remove_leftovers(folder, len(conversion.classes))
        tasks.extend((folder, of_class) for of_class in conversion.classes)
    try:
        # Closed even when a callback fails, so that no worker goes on unseen.
        with contextlib.closing(run_parallel(_write_class, tasks, processes)) as done:
            for written in done:
                conversion, counts = unfinished[written.dataset]
                counts[written.class_id] = written.num_images
                if len(counts) == len(conversion.classes):
                    _describe(conversion, records_root / written.dataset, counts)
                on_class(written)
    finally:
        # A signal can end a writer at a moment when it cannot remove its own.
        for name in unfinished:
            _remove_partial_files(records_root / name)


def _describe(conversion: Conversion, folder: Path, counts: Mapping[int, int]) -> None:
    in_order = {class_id: counts[class_id] for class_id in sorted(counts)}
    write_dataset_spec(conversion.describe(folder, in_order), folder)


def flat_conversion(
    name: str, splits: ClassSplits, images: Callable[[str], Iterable[bytes]]
) -> Conversion:
    """Returns the conversion of a dataset whose class labels are their names.

    Args:
      name: of the dataset.
      splits: its class labels in the order of their ids.
      images: gives the images of a label.
    """
    classes = tuple(
        RecordClass(class_id, label, images(label))
        for class_id, label in enumerate(splits.labels)
    )
    return Conversion(
        name, classes, flat_description(name, splits.sizes, splits.labels)
    )


def flat_description(
    name: str, classes_per_split: Mapping[Split, int], class_names: Iterable[str]
) -> Callable[[Path, Mapping[int, int]], AnyDatasetSpecification]:
    """Returns how a dataset without structure among its classes is described.

    Args:
      name: of the dataset.
      classes_per_split: number of classes of each split.
      class_names: in the order of the class ids.
    """
    names = dict(enumerate(class_names))

    def describe(
        folder: Path, images_per_class: Mapping[int, int]
    ) -> AnyDatasetSpecification:
        return DatasetSpecification(
            name=name,
            classes_per_split=dict(classes_per_split),
            images_per_class=dict(images_per_class),
            class_names=names,
            path=str(folder),
            file_pattern=FILE_PATTERN,
        )

    return describe


def _write_class(task: tuple[Path, RecordClass]) -> WrittenClass:
    folder, record_class = task
    path = folder / FILE_PATTERN.format(record_class.class_id)
    try:
        count = _write_records(path, record_class)
    except OSError as error:
        raise RecordError(
            f"{path}: cannot write the records: {error.strerror or error}; make room or "
            "give another records root, then run the command again"
        ) from error
    return WrittenClass(folder.name, record_class.class_id, record_class.name, count)


def _write_records(path: Path, record_class: RecordClass) -> int:
    count = 0
    with RecordWriter(path) as writer:
        for image in record_class.images:
            writer.write(
                encode_example({"image": image, "label": record_class.class_id})
            )
            count += 1
        if not count:
            raise RecordError(
                f"class {record_class.name!r} has no image; download or unpack the "
                "dataset again"
            )
    return count


def _remove_leftovers(folder: Path, num_classes: int) -> None:
    """Removes what an earlier conversion left and this one will not replace."""
    for path in folder.glob("*.tfrecords"):
        if path.stem.isdecimal() and int(path.stem) >= num_classes:
            path.unlink()
    _remove_partial_files(folder)


def _remove_partial_files(folder: Path) -> None:
    for path in folder.glob(".*.tfrecords.*.part"):
        path.unlink(missing_ok=True)
