"""The published readers: flat chunks of serialised examples, one dataset at a time.

Notebooks and other projects make their own pipelines from these. `EpisodeReader` gives
episodes as one flat list, split and decoded by whoever takes it; the trainer reads
through `pipeline`. Built on the streams of `stream_reader`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from meta_dataset import failures
from meta_dataset.data import sampling
from meta_dataset.data.chunks import (
    PLACEHOLDER_CLASS_ID,
    ChunkSizes,
    check_chunks,
    representations,
)
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.draws import EpisodeDrawer
from meta_dataset.data.indexed_dataset import check_pool, open_split
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.sampling import EpisodeDescription, EpisodeDescriptionSampler
from meta_dataset.data.stream_reader import (
    ClassFiles,
    StreamSettings,
    class_streams,
    decompressed,
    flat_batches,
    flat_episodes,
    generated,
)

__all__ = [
    "PLACEHOLDER_CLASS_ID",
    "BatchReader",
    "EpisodeReader",
    "Reader",
    "decompress_episode_representation",
    "episode_representation_generator",
]


def decompress_episode_representation(t: tf.Tensor) -> tf.Tensor:
    """Returns the number of a stream for each example of an episode.

    Args:
      t: (number of a stream, how often) pairs, int64 [pairs, 2].

    Returns:
      int64 [sum of the second column].
    """
    return decompressed(t)


def episode_representation_generator(
    dataset_spec: AnyDatasetSpecification,
    split: Split,
    pool: str | None,
    sampler: EpisodeDescriptionSampler,
) -> Iterator[np.ndarray]:
    """Yields which streams to choose from, episode after episode, without end.

    An episode is a chunk to throw away, a support chunk and a query chunk, each filled
    up with the stream of placeholders. Leftovers of a class are thrown away where its
    next pass begins, so that no image occurs twice in an episode.

    Args:
      dataset_spec: the dataset.
      split: the split whose classes are drawn.
      pool: None; pools of examples are not supported.
      sampler: draws the descriptions.

    Yields:
      (number of a stream, how often) pairs, int64 [pairs, 2]. Streams are numbered as
      the classes of the split; the one after the last gives placeholders.

    Raises:
      ValueError: a description asks for more images than a class has.
    """
    check_pool(pool)
    sizes = [
        dataset_spec.get_total_images_per_class(c)
        for c in dataset_spec.get_classes(split)
    ]
    yield from representations(
        iter(sampler.sample_episode_description, None),
        sizes,
        ChunkSizes(*sampler.compute_chunk_sizes()),
    )


class Reader:
    """What readers of episodes and of batches share: the class files of a split.

    Args:
      dataset_spec: the dataset.
      split: the split whose classes are read.
      shuffle_buffer_size: records in a shuffle buffer; 0 or None: no shuffling.
      read_buffer_size_bytes: read ahead from each file; None: TensorFlow's choice.
      num_prefetch: records read ahead from each file; below 1: none.
      num_to_take: use only the first so many records of a class; -1: all.
      num_unique_descriptions: if positive, descriptions come round after so many.

    Raises:
      RecordError: records are missing, damaged or not those of the specification.
    """

    def __init__(
        self,
        dataset_spec: AnyDatasetSpecification,
        split: Split,
        shuffle_buffer_size: int | None,
        read_buffer_size_bytes: int | None,
        num_prefetch: int,
        num_to_take: int = -1,
        num_unique_descriptions: int = 0,
    ):
        self.dataset_spec = dataset_spec
        self.split = split
        self.settings = StreamSettings(
            shuffle_buffer_size, read_buffer_size_bytes, num_prefetch
        )
        self.num_unique_descriptions = num_unique_descriptions
        self.class_set = dataset_spec.get_classes(split)
        self.num_classes = len(self.class_set)
        self.files = ClassFiles.of(open_split(dataset_spec, split), num_to_take)

    def construct_class_datasets(
        self,
        pool: str | None = None,
        repeat: bool = True,
        shuffle: bool = True,
        shuffle_seed: int | None = None,
    ) -> list[tf.data.Dataset]:
        """Returns a stream of (serialised example, class id) for each class.

        Args:
          pool: None; pools of examples are not supported.
          repeat: whether passes go on for ever.
          shuffle: whether each pass is shuffled, within a buffer.
          shuffle_seed: None: unpredictable.
        """
        check_pool(pool)
        return class_streams(
            self.files, self.settings, shuffle=shuffle, repeat=repeat, seed=shuffle_seed
        )


class EpisodeReader(Reader):
    """Episodes of a dataset as flat chunks of serialised examples."""

    def create_dataset_input_pipeline(
        self,
        sampler: EpisodeDescriptionSampler,
        pool: str | None = None,
        shuffle_seed: int | None = None,
    ) -> tf.data.Dataset:
        """Returns a dataset of (examples, class ids), one element an episode.

        Each is [flush + support + query], the chunk sizes of the sampler. Class ids are
        those of the description, verified; placeholders are (b'', -1).

        Args:
          sampler: draws the descriptions, which are drawn when they are needed.
          pool: None; pools of examples are not supported.
          shuffle_seed: None: unpredictable.
        """
        check_pool(pool)
        chunk_sizes = ChunkSizes(*sampler.compute_chunk_sizes())
        drawer = EpisodeDrawer([sampler], _drawn_seed())
        repeats = self.num_unique_descriptions

        def describe(n: int) -> EpisodeDescription:
            return drawer.describe(n % repeats if repeats else n)

        def chosen() -> Iterator[np.ndarray]:
            descriptions = map(describe, itertools.count())
            return representations(descriptions, self.files.sizes, chunk_sizes)

        def check(n: int, found: np.ndarray) -> np.ndarray:
            name = self.dataset_spec.name
            check_chunks(found, describe(int(n)), self.class_set, chunk_sizes, name)
            return found

        check = failures.remembered(check)

        @tf.autograph.experimental.do_not_convert
        def checked(
            n: tf.Tensor, flat: tuple[tf.Tensor, tf.Tensor]
        ) -> tuple[tf.Tensor, tf.Tensor]:
            class_ids = tf.numpy_function(check, [n, flat[1]], tf.int32)
            return flat[0], tf.ensure_shape(class_ids, [sum(chunk_sizes)])

        flat = flat_episodes(
            self.files,
            self.settings,
            generated(chosen, tf.TensorSpec([None, 2], tf.int64)),
            chunk_sizes,
            shuffle_seed,
        )
        return flat.enumerate().map(checked)


class BatchReader(Reader):
    """Batches of a dataset, serialised."""

    def create_dataset_input_pipeline(
        self,
        batch_size: int,
        pool: str | None = None,
        shuffle_seed: int | None = None,
    ) -> tf.data.Dataset:
        """Returns batches of (examples, class ids int32), passes without end.

        Args:
          batch_size: positive; the last batch of a pass may be smaller.
          pool: None; pools of examples are not supported.
          shuffle_seed: None: unpredictable.
        """
        check_pool(pool)
        return flat_batches(self.files, self.settings, batch_size, shuffle_seed)


def _drawn_seed() -> int:
    """Returns a seed that is fixed if the generator of the samplers is."""
    return int(sampling.RNG.randint(0, 2**32, dtype="uint32"))
