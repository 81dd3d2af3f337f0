"""Writing event files in the form of the published trainer.

Scalars stand in `simple_value`, arrays in `tensor`, records in TFRecord frames: what
TensorFlow 1 wrote, so that the published selection, TensorBoard and our own reader
understand them. `tf.summary` of TensorFlow 2 writes another form.

A summary is handed to the operating system before the call returns. Whoever sees a log
line finds the points it speaks of on disk.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.util import tensor_util

from meta_dataset import run_files, tfrecord
from meta_dataset.errors import MetaDatasetError

_FILE_VERSION = "brain.Event:2"


class SummaryError(MetaDatasetError):
    """Summaries cannot be written."""


class EventWriter:
    """Writes one event file, `events.out.tfevents.<unix time>.<host>`.

    Args:
      directory: the folder; made if missing.
      clock: returns the time in seconds since 1970.

    Raises:
      SummaryError: the folder or the file cannot be made.
    """

    def __init__(self, directory: str | Path, clock: Callable[[], float] = time.time):
        self._clock = clock
        try:
            self.path, self._file = _create(Path(directory), int(clock()))
        except OSError as error:
            raise _failure(directory, error) from error
        try:
            self._write(event_pb2.Event(wall_time=clock(), file_version=_FILE_VERSION))
        except SummaryError:
            self.close()
            raise

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Writes one value for each tag.

        Args:
          values: {tag: value}; stored as float32.
          step: the update they belong to.

        Raises:
          SummaryError: the disk is full or gone, or the file was removed.
        """
        self._summary(
            [
                summary_pb2.Summary.Value(tag=tag, simple_value=float(value))
                for tag, value in values.items()
            ],
            step,
        )

    def episode(
        self, scalars: Mapping[str, float], arrays: Mapping[str, np.ndarray], step: int
    ) -> None:
        """Writes scalars and whole arrays of one evaluation episode.

        Args:
          scalars: {tag: value}.
          arrays: {tag: array}, any shape and type.
          step: index of the episode.

        Raises:
          SummaryError: the disk is full or gone, or the file was removed.
        """
        values = [
            summary_pb2.Summary.Value(tag=tag, simple_value=float(value))
            for tag, value in scalars.items()
        ]
        values += [
            summary_pb2.Summary.Value(
                tag=tag, tensor=tensor_util.make_tensor_proto(array)
            )
            for tag, array in arrays.items()
        ]
        self._summary(values, step)

    def _summary(self, values: list[summary_pb2.Summary.Value], step: int) -> None:
        self._write(
            event_pb2.Event(
                wall_time=self._clock(),
                step=step,
                summary=summary_pb2.Summary(value=values),
            )
        )

    def _write(self, event: event_pb2.Event) -> None:
        """Appends one record; the file is unbuffered."""
        if not os.fstat(self._file.fileno()).st_nlink:
            # Written all the same, but nobody could ever read it.
            raise SummaryError(
                f"Summaries go to {self.path}, which was removed while this run writes "
                "it. Start the same command again: it goes on from the last checkpoint, "
                "if that is left."
            )
        rest = memoryview(tfrecord.frame(event.SerializeToString()))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _failure(self.path, error) from error

    def close(self) -> None:
        """Closes the file; nothing can be written afterwards."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _create(directory: Path, seconds: int):
    """Returns path and file of a new event file.

    Of two processes that start within one second, the later one takes the next second:
    readers order the files of a run by that number.
    """
    directory.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname() or "localhost"
    while True:
        name = f"{run_files.EVENT_FILE_PREFIX}.{seconds:010d}.{host}"
        path = directory / name
        try:
            return path, open(path, "xb", buffering=0)
        except FileExistsError:
            seconds += 1


def _failure(path: str | Path, error: OSError) -> SummaryError:
    return SummaryError(
        f"Cannot write summaries to {os.fspath(path)}: {error.strerror or error}. Free "
        "some space or make the folder writable (--summary_dir), then start the same "
        "command again: it goes on from the last checkpoint."
    )
