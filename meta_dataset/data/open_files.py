"""Open files: the limits of this process, what a reader needs, a bounded set of them.

The limit that `ulimit -n` shows is the soft one. The stream reader keeps one file open
for every class and needs it raised; the indexed reader opens what it reads from and
closes the least recently used. Free of TensorFlow, so that a launch can be judged
before anything heavy is loaded.
"""

from __future__ import annotations

import functools
import os
import resource
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from meta_dataset.errors import RecordError

RESERVED = 128
"""Descriptors of a trainer beside its records: libraries, event files, devices."""

_SMALLEST, _LARGEST = 16, 1024


class Limits(NamedTuple):
    """Open files allowed to this process: now, and at most without privileges."""

    soft: int
    hard: int


def limits() -> Limits:
    """Returns the limits of this process; "no limit" is a very large number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = 2**31 - 1
    return Limits(
        *(unlimited if n == resource.RLIM_INFINITY else n for n in (soft, hard))
    )


def bounded(soft_limit: int) -> int:
    """Returns how many record files the indexed reader keeps open under a limit.

    A quarter of the limit: each may hold a second descriptor for its mapped index.
    """
    return max(_SMALLEST, min(_LARGEST, soft_limit // 4))


def needed(reader: str, num_class_files: int) -> int:
    """Returns the open files that a run needs.

    Args:
      reader: 'indexed' (bounded) or 'stream' (one a class file, all at once).
      num_class_files: class files of every source and split of the run.

    Raises:
      ValueError: another reader.
    """
    if reader == "stream":
        return num_class_files + RESERVED
    if reader == "indexed":
        return 2 * min(num_class_files, _SMALLEST) + RESERVED
    raise ValueError(f"reader is {reader!r}; it must be 'indexed' or 'stream'.")


def make_room(wanted: int) -> Limits:
    """Raises the soft limit of this process to `wanted` where that is needed.

    Returns:
      The limits that hold afterwards.

    Raises:
      RecordError: the hard limit is lower; names `ulimit -n`.
    """
    soft, hard = limits()
    if soft >= wanted:
        return Limits(soft, hard)
    if hard < wanted:
        raise RecordError(
            f"The stream reader needs {wanted} open files, one for each class file, but "
            f"this process may have at most {hard} (soft limit {soft}). Start it from a "
            f"shell where `ulimit -n {wanted}` succeeds, ask the administrator for a "
            "higher hard limit, or use the indexed reader (DataConfig.reader = "
            "'indexed'), which needs few."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limits()


class OpenFile:
    """A file open for positioned reads, closed when the last user lets go of it."""

    __slots__ = ("descriptor", "extra", "mtime_ns", "size")

    def __init__(self, path: str | os.PathLike[str], extra: object = None):
        """Opens `path`; `extra` lives and is dropped together with the descriptor."""
        self.descriptor = -1
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(self.descriptor)
        self.size, self.mtime_ns = status.st_size, status.st_mtime_ns
        self.extra = extra

    def __del__(self, close=os.close) -> None:  # bound now: `os` may be gone at the end
        if self.descriptor >= 0:
            close(self.descriptor)


class OpenFiles:
    """The most recently used open files, at most `limit` of them; thread safe.

    A file that one thread reads while another thread's request evicts it stays open
    until that read is over, because the reader holds a reference.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._files: OrderedDict[str, OpenFile] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._files)

    def get(self, key: str, opener: Callable[[], OpenFile]) -> OpenFile:
        """Returns the file under `key`, opening it if it is not open.

        Raises:
          OSError: from `opener`.
        """
        with self._lock:
            file = self._files.get(key)
            if file is not None:
                self._files.move_to_end(key)
                return file
        file = opener()  # not under the lock: it may wait for a slow disk
        evicted = []  # destroyed after the lock is released
        with self._lock:
            self._files[key] = file
            self._files.move_to_end(key)
            while len(self._files) > self.limit:
                evicted.append(self._files.popitem(last=False))
        return file

    def drop(self, key: str) -> None:
        """Forgets the file under `key`, if it is there."""
        with self._lock:
            file = self._files.pop(key, None)
        del file


@functools.cache
def shared() -> OpenFiles:
    """Returns the open record files of this process: the limit is the process's."""
    return OpenFiles(bounded(limits().soft))
