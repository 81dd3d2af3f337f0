"""Episodes as chunks of one flat stream: what the stream reader chooses, and checks.

A stream of each class gives its examples one after another, for ever. An episode is
three chunks of fixed sizes: examples to throw away, support set, query set, each filled
up with placeholders. Leftovers of a pass are thrown away so that no image occurs twice
in an episode when a class begins its next pass. Free of TensorFlow.

One lost record shifts all chunks after it, and nothing but wrong episodes would tell;
so the class ids of every chunk are compared with the description it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from meta_dataset.data.draws import DrawError
from meta_dataset.data.sampling import EpisodeDescription
from meta_dataset.errors import RecordError

PLACEHOLDER_CLASS_ID = -1
"""Class id of the examples that fill chunks up."""


class LostRecordError(RecordError):
    """Chunks that do not hold what was chosen: the files gave fewer or other records."""


class ChunkSizes(NamedTuple):
    """Examples of the three chunks of an episode, placeholders included."""

    flush: int
    support: int
    query: int


class SetMembers(NamedTuple):
    """What one chunk holds in front of its placeholders."""

    labels: np.ndarray
    """int32 [size]."""
    class_ids: np.ndarray
    """int32 [size]."""


def representations(
    descriptions: Iterable[EpisodeDescription],
    sizes: Sequence[int],
    chunk_sizes: ChunkSizes,
) -> Iterator[np.ndarray]:
    """Yields what to choose for each episode: (number of a stream, how often) pairs.

    Args:
      descriptions: of the episodes.
      sizes: examples in a pass of each class, in the order of the split.
      chunk_sizes: to fill the chunks up to.

    Yields:
      int64 [pairs, 2]; stream `len(sizes)` is the one of placeholders.

    Raises:
      DrawError: a description asks for more images than a class has, or than a chunk.
    """
    cursors = [0] * len(sizes)
    for description in descriptions:
        flush, support, query = [], [], []
        for c, shots, queries in description:
            needed = shots + queries
            if needed > sizes[c]:
                raise DrawError(
                    f"An episode asks for {shots} support and {queries} query images of "
                    f"class {c} of the split, which has {sizes[c]}. Lower "
                    "EpisodeDescriptionConfig.num_support or num_query."
                )
            left = sizes[c] - cursors[c]
            if needed > left:
                flush.append((c, left))
                cursors[c] = 0
            cursors[c] += needed
            support.append((c, shots))
            query.append((c, queries))
        chunks = zip((flush, support, query), chunk_sizes, strict=True)
        pairs = [pair for chunk, size in chunks for pair in _filled(chunk, size, sizes)]
        yield np.array(pairs, np.int64)


def _filled(
    chunk: list[tuple[int, int]], size: int, sizes: Sequence[int]
) -> list[tuple[int, int]]:
    """Returns the pairs of a chunk, placeholders added."""
    placeholders = size - sum(count for _, count in chunk)
    if placeholders < 0:
        raise DrawError(
            f"An episode has {size - placeholders} images where {size} is the most: the "
            "sampler's chunk sizes do not fit its descriptions."
        )
    return [*chunk, (len(sizes), placeholders)]


def check_chunks(
    found: np.ndarray,
    description: EpisodeDescription,
    class_ids: Sequence[int],
    chunk_sizes: ChunkSizes,
    name: str,
) -> tuple[SetMembers, SetMembers]:
    """Returns the members of the support and query chunk of an episode.

    Args:
      found: class ids of the whole flat chunk, int [sum of the chunk sizes].
      description: what the episode should be made of.
      class_ids: of the split, absolute in the dataset.
      chunk_sizes: where chunks end.
      name: of the dataset, for the message.

    Raises:
      LostRecordError: the class ids found are not those of the description.
    """
    table = np.array([class_ids[c] for c, _, _ in description], np.int32)
    sets = []
    start = chunk_sizes.flush
    for column, size in ((1, chunk_sizes.support), (2, chunk_sizes.query)):
        counts = [triple[column] for triple in description]
        labels = np.repeat(np.arange(len(table), dtype=np.int32), counts)
        expected = np.full(size, PLACEHOLDER_CLASS_ID)
        expected[: len(labels)] = table[labels]
        if not np.array_equal(found[start : start + size], expected):
            raise LostRecordError(
                f"An episode of {name} does not hold the classes that it was made of: a "
                "record file gave fewer records than dataset_spec.json says, or could "
                "not be read on (too many open files?). Convert the dataset again, "
                "raise the limit (`ulimit -n`), or use the indexed reader "
                "(DataConfig.reader = 'indexed')."
            )
        sets.append(SetMembers(labels, table[labels]))
        start += size
    return sets[0], sets[1]
