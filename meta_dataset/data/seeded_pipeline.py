"""Episodes and batches, element n a function of (seed, n).

A run may stop and go on anywhere and sees what it would have seen. Readers give
serialised examples (`examples` by position, `stream_reader` the published way); here
they are decoded, several episodes side by side. `pipeline` publishes the names.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import gin
import tensorflow as tf

from meta_dataset.data import decoder as decoders
from meta_dataset.data.config import DataConfig, EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.draws import BatchDrawer, EpisodeDrawer
from meta_dataset.data.episodes import Batch, Episode
from meta_dataset.data.examples import (
    BatchExamples,
    EpisodeExamples,
    read_batches,
    read_episodes,
)
from meta_dataset.data.indexed_dataset import open_split
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.sampling import EpisodeDescriptionSampler
from meta_dataset.data.stream_reader import (
    StreamSettings,
    stream_batches,
    stream_episodes,
)
from meta_dataset.errors import UsageError

Decoder = decoders.Decoder | Callable[[tf.Tensor], tf.Tensor] | None

# Without rewriting of Python's `if` and `for`, of which there are none, a pipeline is
# made in a third of the time.
_no_rewriting = tf.autograph.experimental.do_not_convert

_MOST_PARALLEL = 4  # episodes at once; one of 1000 images of 84 px takes 85 MB


class DatasetOffsetError(UsageError, ValueError):
    """Batches of several sources without a word on how to number their classes."""


@dataclasses.dataclass(frozen=True)
class EpisodeSource:
    """A dataset and how episodes are drawn from it."""

    spec: AnyDatasetSpecification
    split: Split
    episode_config: EpisodeDescriptionConfig
    use_dag: bool = False
    """Whether classes are drawn below a node of the graph of classes."""
    use_bilevel: bool = False
    """Whether classes are drawn within a superclass."""
    num_to_take: int = -1
    """Use only the first so many examples of each class; -1: all."""
    ignore_hierarchy_probability: float | None = None
    """How often the graph or superclass is ignored; None: as the settings say."""

    def sampler(self) -> EpisodeDescriptionSampler:
        """Returns the sampler of descriptions.

        Raises:
          ValueError: too few classes, or settings that contradict each other.
        """
        return EpisodeDescriptionSampler(
            self.spec,
            self.split,
            self.episode_config,
            use_dag_hierarchy=self.use_dag,
            use_bilevel_hierarchy=self.use_bilevel,
            ignore_hierarchy_probability=self.ignore_hierarchy_probability,
        )


@gin.configurable("process_episode", allowlist=["support_decoder", "query_decoder"])
def episode_decoders(
    support_decoder: Decoder = None, query_decoder: Decoder = None
) -> tuple[Decoder, Decoder]:
    """Returns the decoders that settings bind; without one, examples stay strings."""
    return support_decoder, query_decoder


@gin.configurable("process_batch", allowlist=["batch_decoder"])
def batch_decoder(batch_decoder: Decoder = None) -> Decoder:
    """Returns the decoder that settings bind; without one, examples stay strings."""
    return batch_decoder


@gin.configurable("BatchSplitReaderGetReader", allowlist=["add_dataset_offset"])
def bound_offset(add_dataset_offset: bool | None = None) -> bool | None:
    """Returns what settings say on numbering the classes of several sources."""
    return add_dataset_offset


def episode_dataset(
    sources: Sequence[EpisodeSource],
    config: DataConfig,
    *,
    seed: int,
    first: int = 0,
    count: int | None = None,
    source_seed: int | None = None,
) -> tf.data.Dataset:
    """Returns episodes, each from one source, sources uniform.

    Args:
      sources: at least one.
      config: the size of images, and the reader.
      seed: non-negative; with the indexed reader, episode n is a function of it and n.
      first: number of the first episode.
      count: number of episodes; None: no end.
      source_seed: draws the sources instead of `seed`, if given.

    Returns:
      Dataset of (Episode, number of its source, int32 scalar). Iterate over it with
      `failures.iterate` to get errors of records as `RecordError`.

    Raises:
      RecordError: records are missing, damaged or not those of the specification.
      ValueError: episodes that the settings ask for cannot be made.
    """
    return episodes_of_size(
        sources,
        config.image_height,
        seed=seed,
        first=first,
        count=count,
        source_seed=source_seed,
        stream=_stream_settings(config),
    )


def episodes_of_size(
    sources: Sequence[EpisodeSource],
    image_size: int | None,
    *,
    seed: int,
    first: int = 0,
    count: int | None = None,
    source_seed: int | None = None,
    stream: StreamSettings | None = None,
) -> tf.data.Dataset:
    """As `episode_dataset`; image_size None: as decoders say; stream None: indexed."""
    support, query = (
        decoders.with_image_size(d, image_size) for d in episode_decoders()
    )
    decoders.log_augmentation("support", support)
    decoders.log_augmentation("query", query)
    drawer = EpisodeDrawer(
        [source.sampler() for source in sources],
        seed,
        source_seed,
        [source.num_to_take for source in sources],
    )
    records = [open_split(source.spec, source.split) for source in sources]

    @_no_rewriting
    def decoded(n: tf.Tensor, examples: EpisodeExamples) -> tuple[Episode, tf.Tensor]:
        episode = Episode(
            decoders.decode(support, examples.support, _seeds(seed, 3 * n)),
            examples.support_labels,
            examples.support_class_ids,
            decoders.decode(query, examples.query, _seeds(seed, 3 * n + 1)),
            examples.query_labels,
            examples.query_class_ids,
        )
        return episode, examples.source

    if stream is None:
        examples = read_episodes(drawer, records, first, count)
    else:
        examples = stream_episodes(drawer, records, stream, first, count)
    return _decoded_ahead(examples, decoded)


def batch_dataset(
    sources: Sequence[AnyDatasetSpecification | EpisodeSource],
    split: Split,
    batch_size: int,
    config: DataConfig | None = None,
    *,
    seed: int,
    first: int = 0,
    count: int | None = None,
    add_dataset_offset: bool | None = None,
    source_seed: int | None = None,
    num_to_take: Sequence[int] | None = None,
) -> tf.data.Dataset:
    """Returns batches, each from one source, sources uniform.

    Within a source a pass takes every image once, in a shuffled order; the last batch
    of a pass may be smaller.

    Args:
      sources: specifications, at least one.
      split: the split whose classes are used.
      batch_size: images of a batch.
      config: the size of images; None: as settings bind it.
      seed: non-negative; batch n is a function of it and n.
      first: number of the first batch.
      count: number of batches; None: no end.
      add_dataset_offset: whether the class ids of a source are raised by the number of
        classes of the sources before it; None: as settings bind it, which they must
        where there are several sources.
      source_seed: draws the sources instead of `seed`, if given.
      num_to_take: of each source, how many of the first examples of a class to use;
        -1: all, as without it.

    Returns:
      Dataset of (Batch, number of its source, int32 scalar).

    Raises:
      RecordError: as `episode_dataset`.
      DatasetOffsetError: several sources and no word on the offset.
    """
    config = DataConfig() if config is None else config
    return batches_of_size(
        [getattr(source, "spec", source) for source in sources],
        split,
        batch_size,
        config.image_height,
        seed=seed,
        first=first,
        count=count,
        add_dataset_offset=add_dataset_offset,
        source_seed=source_seed,
        num_to_take=num_to_take,
        stream=_stream_settings(config),
    )


def batches_of_size(
    specs: Sequence[AnyDatasetSpecification],
    split: Split,
    batch_size: int,
    image_size: int | None,
    *,
    seed: int,
    first: int = 0,
    count: int | None = None,
    add_dataset_offset: bool | None = None,
    source_seed: int | None = None,
    num_to_take: Sequence[int] | None = None,
    stream: StreamSettings | None = None,
) -> tf.data.Dataset:
    """As `batch_dataset`; image_size None: as decoders say; stream None: indexed."""
    offsets = dataset_offsets(specs, split, add_dataset_offset)
    decoder = decoders.with_image_size(batch_decoder(), image_size)
    decoders.log_augmentation("batch", decoder)
    records = [open_split(spec, split) for spec in specs]
    taken = num_to_take or [-1] * len(specs)

    @_no_rewriting
    def decoded(n: tf.Tensor, examples: BatchExamples) -> tuple[Batch, tf.Tensor]:
        images = decoders.decode(decoder, examples.examples, _seeds(seed, 3 * n + 2))
        labels = examples.class_ids + tf.gather(offsets, examples.source)
        return Batch(images, labels), examples.source

    if stream is None:
        counts = [
            {c: min(r.count(c), n) if n > 0 else r.count(c) for c in r.class_ids}
            for r, n in zip(records, taken, strict=True)
        ]
        drawer = BatchDrawer(counts, batch_size, seed, source_seed)
        examples = read_batches(drawer, records, first, count)
    else:
        examples = stream_batches(
            records, stream, batch_size, seed, taken, first, count
        )
    return _decoded_ahead(examples, decoded)


def dataset_offsets(
    specs: Sequence[AnyDatasetSpecification],
    split: Split,
    add_dataset_offset: bool | None = None,
) -> list[int]:
    """Returns what is added to the class ids of each source to make labels.

    Raises:
      DatasetOffsetError: several sources, and neither the argument nor settings say.
    """
    if len(specs) == 1:
        return [0]
    if add_dataset_offset is None:
        add_dataset_offset = bound_offset()
    if add_dataset_offset is None:
        raise DatasetOffsetError(
            f"Batches come from {len(specs)} datasets, and nothing says how to number "
            "their classes. Bind BatchSplitReaderGetReader.add_dataset_offset: True "
            "gives every class of every dataset its own label."
        )
    if not add_dataset_offset:
        return [0] * len(specs)
    sizes = [len(spec.get_classes(split)) for spec in specs]
    return [sum(sizes[:i]) for i in range(len(sizes))]


def _stream_settings(config: DataConfig) -> StreamSettings | None:
    return StreamSettings.of(config) if config.reader == "stream" else None


def _seeds(seed: int, number: tf.Tensor) -> tf.Tensor:
    """Returns what stateless random operations take: int64 [2]."""
    return tf.stack([tf.constant(seed % 2**63, tf.int64), number])


def _decoded_ahead(
    examples: tf.data.Dataset, decoded: Callable[..., Any]
) -> tf.data.Dataset:
    """Decodes several elements side by side and one ahead, in order."""
    at_once = min(_MOST_PARALLEL, len(os.sched_getaffinity(0)))
    dataset = examples.map(decoded, num_parallel_calls=at_once, deterministic=True)
    options = tf.data.Options()
    # Everything is set by hand, and in TensorFlow 2.21 a tuned iterator cannot be
    # closed before its tuning thread wakes up: up to a minute after the last update.
    options.autotune.enabled = False
    return dataset.prefetch(1).with_options(options)
