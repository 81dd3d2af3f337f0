"""The validations of one run, from its event files alone.

Readable points count and damage is reported; checkpoints are never looked at.
"""

from __future__ import annotations

import dataclasses
import os

import numpy as np

from meta_dataset.analysis.event_files import EventFileReader, Points
from meta_dataset.run_files import Tags, canonical_tag, list_event_files


@dataclasses.dataclass(frozen=True)
class Validations:
    """What the event files of a run say of its validations.

    Attributes:
      steps: updates in the order of writing, [n], int64; a step may occur twice.
      accuracies: mean validation accuracies, fractions, [n], float64.
      num_files: event files found.
      damage: sentences about what could not be read, or not yet.
    """

    steps: np.ndarray
    accuracies: np.ndarray
    num_files: int
    damage: tuple[str, ...]


def read_validations(directory: str | os.PathLike[str]) -> Validations:
    """Returns the validations recorded in a folder of event files.

    The newest published revision calls the mean of any split `mean acc`: it counts
    only in a run that also has summaries of training, because elsewhere it is a test.

    Raises:
      OSError: the folder is there and cannot be listed.
    """
    damage: list[str] = []
    series: list[dict[str, Points]] = []
    paths = list_event_files(directory)
    for path in paths:
        reader = EventFileReader(path)
        try:
            series.append(dict(reader.read().points))
        except OSError as error:
            damage.append(f"{path}: cannot be read: {error.strerror or error}")
        damage += (str(one) for one in reader.damage)
        if reader.pending_bytes and not reader.damage:
            damage.append(
                f"{path}: its last {reader.pending_bytes} bytes are no whole record: "
                "the run goes on, or was killed while writing"
            )
    trains = any(canonical_tag(tag) in Tags.TRAINING for file in series for tag in file)
    found = [
        points
        for file in series
        for tag, points in file.items()
        if canonical_tag(tag, has_training_summaries=trains) == Tags.MEAN_VALID_ACCURACY
    ]
    return Validations(
        np.concatenate([np.empty(0, np.int64), *(points.steps for points in found)]),
        np.concatenate([np.empty(0), *(points.values for points in found)]),
        len(paths),
        tuple(damage),
    )
