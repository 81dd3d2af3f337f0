"""Where each record of a class file begins, so that any example can be read at once.

An index is one array of int64: the byte at which every record begins, and the size of
the file at the end. It is built once by walking the lengths of the records, and kept in
the hidden folder `.index` beside the records or, where that cannot be written, in the
user's cache folder. It belongs to one size and modification time of its record file and
is built again when either differs. Free of TensorFlow.

Lengths are checked against their CRC while indexing, the data when they are read.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meta_dataset import tfrecord, whole_files
from meta_dataset.errors import RecordError

INDEX_FOLDER = ".index"

_REMEDY = "Copy the file again from its source, or convert the dataset again."
_HEADER = struct.Struct("<8sQqQ")  # magic, size and mtime_ns of the records, count
_MAGIC = b"MDINDEX\x01"
_LENGTH = struct.Struct("<Q")
_BEFORE, _AROUND = 12, 16  # bytes before the data of a record; before and after
_BLOCK = 1 << 20  # read at once where records are small ...
_SMALL = 1 << 14  # ... which means shorter than this
_IN_MEMORY = 1 << 13  # records up to which an index is held rather than mapped


@dataclass(frozen=True)
class RecordIndex:
    """The index of one class file.

    Attributes:
      path: the record file.
      size: its size in bytes when it was indexed.
      mtime_ns: its modification time then, in nanoseconds.
      count: number of records.
      held: the offsets, int64 [count + 1], or None where they are to be mapped.
      stored: the index file to map, where `held` is None.
    """

    path: Path
    size: int
    mtime_ns: int
    count: int
    held: np.ndarray | None
    stored: Path | None = None

    def starts(self) -> np.ndarray:
        """Returns the byte where each record begins, then the size: [count + 1]."""
        if self.held is not None:
            return self.held
        return np.memmap(self.stored, "<i8", "r", _HEADER.size, (self.count + 1,))


def find_starts(path: Path) -> tuple[os.stat_result, np.ndarray]:
    """Walks a record file; returns its status and the offsets, int64 [count + 1].

    Raises:
      RecordError: it cannot be opened, a length is damaged, or the end is missing.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise RecordError(
            f"The record file {path} is missing. Convert the dataset again, or correct "
            "the records root."
        ) from None
    except OSError as error:
        raise RecordError(
            f"The record file {path} cannot be opened: {error.strerror}. Check its "
            "permissions and the limit of open files (`ulimit -n`)."
        ) from error
    try:
        status = os.fstat(descriptor)
        starts, heads = _walk(descriptor, status.st_size)
    except OSError as error:
        raise RecordError(
            f"The record file {path} cannot be read: {error.strerror}. {_REMEDY}"
        ) from error
    finally:
        os.close(descriptor)
    _check(path, status.st_size, starts, heads)
    return status, starts


def _walk(descriptor: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Follows the lengths: offsets [count + 1] and heads, uint8 [count, 12]."""
    starts, heads = [], bytearray()
    block, block_start, block_bytes, position = b"", 0, _BLOCK, 0
    while position + _BEFORE <= size:
        inside = position - block_start
        if inside + _BEFORE > len(block):
            block = os.pread(descriptor, block_bytes, position)
            block_start, inside = position, 0
            if len(block) < _BEFORE:
                break
        starts.append(position)
        heads += block[inside : inside + _BEFORE]
        (length,) = _LENGTH.unpack_from(block, inside)
        # Long records: only their heads are worth reading.
        block_bytes = _BLOCK if length < _SMALL else _BEFORE
        position += length + _AROUND
    # A damaged length may point beyond what int64 holds; any number past the end will do.
    starts.append(min(position, size + (1 << 40)))
    return np.array(starts, np.int64), np.frombuffer(heads, np.uint8).reshape(
        -1, _BEFORE
    )


def _check(path: Path, size: int, starts: np.ndarray, heads: np.ndarray) -> None:
    """Raises RecordError for a damaged length, a missing end or an empty file."""
    found = np.ascontiguousarray(heads[:, 8:]).view("<u4")[:, 0]
    lengths = heads[:, :8].tobytes()
    crcs = [tfrecord.masked_crc(lengths[i : i + 8]) for i in range(0, len(lengths), 8)]
    wrong = np.flatnonzero(found != np.array(crcs, np.uint32))
    if len(wrong):
        raise RecordError(
            f"The record file {path} is damaged: the length of record {wrong[0]}, at "
            f"byte {starts[wrong[0]]}, does not match its checksum. {_REMEDY}"
        )
    end = int(starts[-1])
    if end > size:
        raise RecordError(
            f"The record file {path} is cut short: record {len(starts) - 2}, at byte "
            f"{starts[-2]}, should end at byte {end}, but the file ends at {size}. "
            f"{_REMEDY}"
        )
    if end < size:
        raise RecordError(
            f"The record file {path} is cut short: {size - end} bytes at its end, from "
            f"byte {end}, are no whole record. {_REMEDY}"
        )
    if size == 0:
        raise RecordError(f"The record file {path} is empty (0 bytes). {_REMEDY}")


def cache_folders(folder: Path) -> tuple[Path, Path]:
    """Returns where indices of a dataset folder may lie: beside it, in the cache."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:16]
    return folder / INDEX_FOLDER, Path(home) / "meta_dataset" / "record_index" / name


def stored_index(path: Path) -> RecordIndex | None:
    """Returns the stored index of a record file, None without one that is fresh."""
    try:
        status = os.stat(path)
    except OSError:
        return None  # building one says what is wrong
    found = (_read_stored(path, status, place) for place in _places(path))
    return next((index for index in found if index is not None), None)


def build_index(path: Path) -> RecordIndex:
    """Walks a record file and stores its index.

    Where nothing can be written the index is held in memory.

    Raises:
      RecordError: as `find_starts`.
    """
    status, starts = find_starts(path)
    count = len(starts) - 1
    content = _HEADER.pack(_MAGIC, status.st_size, status.st_mtime_ns, count)
    content += starts.astype("<i8").tobytes()
    for place in _places(path):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            whole_files.write_bytes(place, content)
        except OSError:
            continue
        if count > _IN_MEMORY:
            return RecordIndex(
                path, status.st_size, status.st_mtime_ns, count, None, place
            )
        break
    return RecordIndex(path, status.st_size, status.st_mtime_ns, count, starts)


def _places(path: Path) -> list[Path]:
    return [folder / f"{path.name}.index" for folder in cache_folders(path.parent)]


def _read_stored(
    path: Path, status: os.stat_result, stored: Path
) -> RecordIndex | None:
    """Returns the stored index if it is whole and belongs to the file as it is."""
    try:
        with open(stored, "rb") as file:
            content = file.read(_HEADER.size + 8 * (_IN_MEMORY + 1))
            stored_bytes = os.fstat(file.fileno()).st_size
    except OSError:
        return None
    if len(content) < _HEADER.size:
        return None
    magic, size, mtime_ns, count = _HEADER.unpack_from(content)
    if (magic, size, mtime_ns) != (_MAGIC, status.st_size, status.st_mtime_ns):
        return None
    if count < 1 or stored_bytes != _HEADER.size + 8 * (count + 1):
        return None
    if count > _IN_MEMORY:
        return RecordIndex(path, size, mtime_ns, count, None, stored)
    starts = np.frombuffer(content, "<i8", offset=_HEADER.size).astype(np.int64)
    return RecordIndex(path, size, mtime_ns, count, starts)
