"""The serialised examples of episodes and batches, read by position.

Between the numbers that `draws` gives and the decoders: a dataset whose element n holds
the bytes of episode or batch n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from meta_dataset import failures
from meta_dataset.data.draws import BatchDrawer, EpisodeDrawer
from meta_dataset.data.indexed_dataset import IndexedDataset

_PARALLEL_READS = 4  # they wait for the disk; Python's part takes turns
_NO_END = 2**62


class EpisodeExamples(NamedTuple):
    """An episode before decoding; both sets grouped by class, in label order."""

    source: tf.Tensor
    """Number of its source, int32 scalar."""
    support: tf.Tensor
    """Serialised examples, string [support]."""
    support_labels: tf.Tensor
    """int32 [support]."""
    support_class_ids: tf.Tensor
    """int32 [support]."""
    query: tf.Tensor
    """Serialised examples, string [query]."""
    query_labels: tf.Tensor
    """int32 [query]."""
    query_class_ids: tf.Tensor
    """int32 [query]."""


class BatchExamples(NamedTuple):
    """A batch before decoding."""

    source: tf.Tensor
    """Number of its source, int32 scalar."""
    examples: tf.Tensor
    """Serialised examples, string [size]."""
    class_ids: tf.Tensor
    """Absolute in the dataset, int32 [size]."""


_EPISODE_TYPES = EpisodeExamples(
    tf.int32, tf.string, tf.int32, tf.int32, tf.string, tf.int32, tf.int32
)
_BATCH_TYPES = BatchExamples(tf.int32, tf.string, tf.int32)


def read_episodes(
    drawer: EpisodeDrawer,
    records: Sequence[IndexedDataset],
    first: int = 0,
    count: int | None = None,
) -> tf.data.Dataset:
    """Returns (n, EpisodeExamples) from episode `first` on.

    Args:
      drawer: says what each episode is made of.
      records: of each of its sources.
      first: number of the first episode.
      count: number of episodes; None: no end.
    """

    def read(n: int) -> tuple[np.ndarray, ...]:
        source, classes = drawer.draw(int(n))
        read = records[source].read
        support, query = [], []
        for class_id, support_examples, query_examples in classes:
            both = read(class_id, [*support_examples, *query_examples])
            support += both[: len(support_examples)]
            query += both[len(support_examples) :]
        # One table of class ids gives the labels of both sets.
        table = np.array([c.class_id for c in classes], np.int32)
        shots = np.repeat(np.arange(len(table)), [len(c.support) for c in classes])
        queries = np.repeat(np.arange(len(table)), [len(c.query) for c in classes])
        return (
            np.int32(source),
            _strings(support),
            shots.astype(np.int32),
            table[shots],
            _strings(query),
            queries.astype(np.int32),
            table[queries],
        )

    return _numbered(read, _EPISODE_TYPES, first, count)


def read_batches(
    drawer: BatchDrawer,
    records: Sequence[IndexedDataset],
    first: int = 0,
    count: int | None = None,
) -> tf.data.Dataset:
    """Returns (n, BatchExamples) from batch `first` on; as `read_episodes`."""

    def read(n: int) -> tuple[np.ndarray, ...]:
        source, class_ids, examples = drawer.draw(int(n))
        found = np.empty(len(examples), object)
        for class_id in np.unique(class_ids):
            places = np.flatnonzero(class_ids == class_id)
            read = records[source].read(int(class_id), examples[places])
            found[places] = _strings(read)
        return np.int32(source), found, class_ids.astype(np.int32)

    return _numbered(read, _BATCH_TYPES, first, count)


def _strings(values: list[bytes]) -> np.ndarray:
    """An array of objects: NumPy's own strings lose trailing zero bytes."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _numbered(
    read: Callable[[int], tuple[np.ndarray, ...]],
    types: Any,
    first: int,
    count: int | None,
) -> tf.data.Dataset:
    """Returns (n, what `read` gives for n), in order, several read at once."""
    read = failures.remembered(read)

    @tf.autograph.experimental.do_not_convert
    def element(n: tf.Tensor) -> tuple[tf.Tensor, Any]:
        tensors = tf.numpy_function(read, [n], tuple(types))
        tensors[0].set_shape([])  # the source; all others are lists
        for tensor in tensors[1:]:
            tensor.set_shape([None])
        return n, type(types)(*tensors)

    numbers = tf.data.Dataset.range(first, _NO_END if count is None else first + count)
    return numbers.map(element, num_parallel_calls=_PARALLEL_READS, deterministic=True)
