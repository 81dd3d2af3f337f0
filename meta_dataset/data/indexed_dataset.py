"""Positioned reads of any example of a dataset, with few files open.

The indices (`record_index`) say where examples begin; files are opened when they are
read from and the least recently used are closed. Counts, missing files and lengths are
checked when a dataset is opened, the checksum of an example when it is read. Free of
TensorFlow.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from meta_dataset import tfrecord
from meta_dataset.data import open_files
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.record_index import RecordIndex, build_index, stored_index
from meta_dataset.errors import RecordError, UsageError

_logger = logging.getLogger(__name__)

_THREADS = 8  # the work is waiting for the disk


class FilePatternError(RecordError, NotImplementedError, ValueError):
    """Class files whose names follow another pattern than one file a class."""


class PoolError(UsageError, NotImplementedError, ValueError):
    """Pools of examples, which no dataset has."""


def check_pool(pool: str | None) -> None:
    """Refuses pools of examples.

    Raises:
      PoolError: a pool was given.
    """
    if pool is not None:
        raise PoolError(
            f"There is no pool {pool!r}: examples are not divided into any."
        )


def open_split(
    spec: AnyDatasetSpecification,
    split: Split,
    files: open_files.OpenFiles | None = None,
) -> IndexedDataset:
    """Opens the records of the classes of a split; indexes them where needed.

    Raises:
      FilePatternError: the records are divided into shards or pools.
      RecordError: as `IndexedDataset`.
    """
    check_file_pattern(spec)
    expected = {c: spec.get_total_images_per_class(c) for c in spec.get_classes(split)}
    return IndexedDataset(spec.path, expected, spec.file_pattern, files)


def check_file_pattern(spec: AnyDatasetSpecification) -> None:
    """Makes sure that there is one record file a class.

    Raises:
      FilePatternError: the name of a class file holds more than the class id.
    """
    if spec.file_pattern.count("{}") != 1 or not spec.file_pattern.startswith("{}"):
        raise FilePatternError(
            f"{spec.name}: class files are called {spec.file_pattern!r}; only one file "
            "a class can be read ('{}.tfrecords'). Convert the dataset without shards "
            "or pools."
        )


class IndexedDataset:
    """Reads any example of some classes of a dataset folder; thread safe.

    Args:
      folder: the dataset folder.
      expected: number of records of each class id to be read.
      file_pattern: name of a class file, `{}` standing for the class id.
      files: the set of open files to share; default that of the process.

    Raises:
      RecordError: the folder or a class file is missing, a file is empty or damaged, or
        the number of its records is not the expected one.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        expected: Mapping[int, int],
        file_pattern: str = "{}.tfrecords",
        files: open_files.OpenFiles | None = None,
    ):
        self.folder = Path(folder).absolute()
        self._files = open_files.shared() if files is None else files
        if not self.folder.is_dir():
            raise RecordError(
                f"The dataset folder {self.folder} does not exist. Convert the dataset "
                "(python -m meta_dataset.dataset_conversion."
                "convert_datasets_to_records), or correct the records root "
                "(--records_root_dir)."
            )
        paths = [self.folder / file_pattern.format(class_id) for class_id in expected]
        with ThreadPoolExecutor(_THREADS, "index") as pool:
            indices = list(pool.map(stored_index, paths))
            missing = [k for k, index in enumerate(indices) if index is None]
            if missing:
                _logger.info(
                    "Indexing %d record files of %s.", len(missing), self.folder
                )
            built = pool.map(build_index, [paths[k] for k in missing])
            for k, index in zip(missing, built, strict=True):
                indices[k] = index
        self._indices = dict(zip(expected, indices, strict=True))
        self._check_counts(expected)

    def _check_counts(self, expected: Mapping[int, int]) -> None:
        wrong = [c for c in expected if self._indices[c].count != expected[c]]
        if not wrong:
            return
        index = self._indices[wrong[0]]
        others = f" (and {len(wrong) - 1} other files differ)" if wrong[1:] else ""
        raise RecordError(
            f"The record file {index.path} holds {index.count} records, but "
            f"{self.folder / 'dataset_spec.json'} says {expected[wrong[0]]}{others}. "
            "Records and specification must come from one conversion: convert the "
            "dataset again, or restore the specification that belongs to the records."
        )

    @property
    def class_ids(self) -> tuple[int, ...]:
        """The classes, absolute in the dataset."""
        return tuple(self._indices)

    def path(self, class_id: int) -> Path:
        """Returns the record file of a class."""
        return self._indices[class_id].path

    def count(self, class_id: int) -> int:
        """Returns the number of records of a class."""
        return self._indices[class_id].count

    def read(self, class_id: int, examples: Sequence[int]) -> list[bytes]:
        """Returns serialised examples of a class, in the order asked for.

        Args:
          class_id: absolute id in the dataset.
          examples: numbers in [0, count); repetition allowed.

        Raises:
          RecordError: the file changed since it was indexed, or a record is damaged.
          IndexError: a number out of range.
        """
        index = self._indices[class_id]
        file = self._open(index)
        wanted = np.asarray(examples, np.int64)
        if wanted.size and not (0 <= wanted.min() and wanted.max() < index.count):
            raise IndexError(
                f"{index.path} has {index.count} records; asked: {wanted}."
            )
        begins, ends = file.extra[wanted].tolist(), file.extra[wanted + 1].tolist()
        read: list[bytes] = [b""] * len(begins)
        for i in np.argsort(wanted, kind="stable").tolist():  # one way over the disk
            framed = os.pread(file.descriptor, ends[i] - begins[i], begins[i])
            read[i] = tfrecord.unframe(framed, str(index.path), begins[i])
        return read

    def _open(self, index: RecordIndex) -> open_files.OpenFile:
        key = str(index.path)
        for _ in range(2):  # what is open may be a file that was replaced meanwhile
            try:
                file = self._files.get(
                    key, lambda: open_files.OpenFile(index.path, index.starts())
                )
            except OSError as error:
                raise RecordError(
                    f"The record file {index.path} cannot be opened: {error.strerror}. "
                    "Check that it is still there and the limit of open files "
                    "(`ulimit -n`)."
                ) from error
            if (file.size, file.mtime_ns) == (index.size, index.mtime_ns):
                return file
            self._files.drop(key)
        raise RecordError(
            f"The record file {index.path} changed while it was in use: indexed with "
            f"{index.size} bytes, now {file.size}. Start the run again when the "
            "conversion or copy has ended."
        )
