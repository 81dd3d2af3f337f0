"""The published way of reading: a stream for each class file, all open at once.

Kept for comparison (`DataConfig.reader = 'stream'`). Each class has a shuffle buffer,
so that memory grows with the number of classes, and each file stays open until the end
of its pass. What made the published reader fail without a word is checked: counts when
it is made, the limit of open files before, the content of every chunk while reading.
"""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from meta_dataset import failures
from meta_dataset.data import open_files
from meta_dataset.data.chunks import (
    PLACEHOLDER_CLASS_ID,
    ChunkSizes,
    check_chunks,
    representations,
)
from meta_dataset.data.config import DataConfig
from meta_dataset.data.draws import EpisodeDrawer
from meta_dataset.data.examples import BatchExamples, EpisodeExamples
from meta_dataset.data.indexed_dataset import IndexedDataset

_no_rewriting = tf.autograph.experimental.do_not_convert

_streams: dict[int, int] = {}  # class files of each living pipeline, by its identity


class StreamSettings(NamedTuple):
    """How class files are streamed: see `DataConfig`, whose fields these are."""

    shuffle_buffer_size: int | None
    read_buffer_size_bytes: int | None
    num_prefetch: int

    @classmethod
    def of(cls, config: DataConfig) -> StreamSettings:
        """Returns those of a configuration."""
        return cls(*(getattr(config, field) for field in cls._fields))


class ClassFiles(NamedTuple):
    """The class files of a split."""

    paths: Sequence[str]
    class_ids: Sequence[int]
    """Absolute in the dataset."""
    sizes: Sequence[int]
    """Records of each file that are used."""

    @classmethod
    def of(cls, records: IndexedDataset, num_to_take: int = -1) -> ClassFiles:
        """Returns those of records that were checked; -1: all records are used."""
        ids = records.class_ids
        counts = [records.count(c) for c in ids]
        if num_to_take > 0:
            counts = [min(count, num_to_take) for count in counts]
        return cls([str(records.path(c)) for c in ids], ids, counts)


def class_streams(
    files: ClassFiles,
    settings: StreamSettings,
    *,
    shuffle: bool,
    repeat: bool,
    seed: int | None = None,
) -> list[tf.data.Dataset]:
    """Returns a stream of (serialised example, class id int32) for each class file.

    Args:
      files: what to read.
      settings: buffers.
      shuffle: whether each pass is shuffled, within a buffer.
      repeat: whether passes go on for ever.
      seed: of the shuffling; None: unpredictable.
    """
    streams = []
    for k, (path, class_id, size) in enumerate(zip(*files, strict=True)):
        stream = tf.data.TFRecordDataset(
            path, buffer_size=settings.read_buffer_size_bytes
        )
        stream = stream.take(size)
        if settings.num_prefetch > 0:
            stream = stream.prefetch(settings.num_prefetch)
        buffer = min(size, settings.shuffle_buffer_size or 0)
        if shuffle and buffer > 1:
            stream = stream.shuffle(
                buffer, None if seed is None else derived_seed(seed, k)
            )
        if repeat:
            stream = stream.repeat()
        class_id = tf.data.Dataset.from_tensors(np.int32(class_id)).repeat()
        streams.append(tf.data.Dataset.zip((stream, class_id)))
    return streams


def make_room(dataset: tf.data.Dataset, num_files: int) -> tf.data.Dataset:
    """Makes sure that a pipeline's files can be open, beside those of other ones.

    Args:
      dataset: the pipeline; its files count as long as it lives.
      num_files: that it may have open at once.

    Returns:
      The pipeline.

    Raises:
      RecordError: the hard limit of open files is too low.
    """
    wanted = sum(_streams.values()) + num_files
    open_files.make_room(open_files.needed("stream", wanted))
    _streams[id(dataset)] = num_files
    weakref.finalize(dataset, _streams.pop, id(dataset), None)
    return dataset


def flat_episodes(
    files: ClassFiles,
    settings: StreamSettings,
    chosen: tf.data.Dataset,
    chunk_sizes: ChunkSizes,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns episodes as flat chunks: (examples, class ids), [sum of chunk sizes].

    To be checked with `chunks.check_chunks`; the last may lack records.

    Args:
      files: of the classes of the split.
      settings: buffers.
      chosen: representations of episodes, int64 [pairs, 2]: see `chunks`.
      chunk_sizes: examples of the three chunks.
      seed: of the shuffling.
    """
    streams = class_streams(files, settings, shuffle=True, repeat=True, seed=seed)
    placeholder = (b"", np.int32(PLACEHOLDER_CLASS_ID))
    streams.append(tf.data.Dataset.from_tensors(placeholder).repeat())
    numbers = chosen.flat_map(_each_number)
    # A file that gives nothing would end the whole stream without a word. Passed over,
    # it leaves a gap that whoever takes the chunks finds.
    flat = tf.data.Dataset.choose_from_datasets(
        streams, numbers, stop_on_empty_dataset=False
    )
    flat = make_room(flat, len(files.paths))
    return flat.batch(sum(chunk_sizes)).prefetch(1)


@_no_rewriting
def _each_number(pairs: tf.Tensor) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(decompressed(pairs))


def decompressed(pairs: tf.Tensor) -> tf.Tensor:
    """Returns the first column, each number as often as the second says: int64 [n]."""
    return tf.repeat(pairs[:, 0], pairs[:, 1])


def stream_episodes(
    drawer: EpisodeDrawer,
    records: Sequence[IndexedDataset],
    settings: StreamSettings,
    first: int = 0,
    count: int | None = None,
) -> tf.data.Dataset:
    """Returns (n, EpisodeExamples) from episode `first` on.

    The composition of episode n is that of the indexed reader; its images depend on
    what was read before, which is nothing at the start of a run.

    Args:
      drawer: says what each episode is made of.
      records: of each of its sources.
      settings: buffers.
      first: number of the first episode.
      count: number of episodes; None: no end.
    """
    streams = [
        _episodes_of_source(drawer, source, records[source], settings, first, count)
        for source in range(len(records))
    ]
    numbers = _dataset_range(first, count)
    if len(streams) == 1:
        return tf.data.Dataset.zip((numbers, streams[0]))
    sources = generated(
        lambda: map(drawer.source, _range(first, count)), tf.TensorSpec([], tf.int64)
    )
    mixed = tf.data.Dataset.choose_from_datasets(streams, sources)
    return tf.data.Dataset.zip((numbers, mixed))


def _range(first: int, count: int | None) -> range:
    return range(first, 2**62 if count is None else first + count)


def _dataset_range(first: int, count: int | None) -> tf.data.Dataset:
    numbers = _range(first, count)
    return tf.data.Dataset.range(numbers.start, numbers.stop)


def _episodes_of_source(
    drawer: EpisodeDrawer,
    source: int,
    records: IndexedDataset,
    settings: StreamSettings,
    first: int,
    count: int | None,
) -> tf.data.Dataset:
    """Returns EpisodeExamples: those episodes from `first` on that are of one source."""
    sampler, num_to_take = drawer.samplers[source], drawer.num_to_take[source]
    chunk_sizes = ChunkSizes(*sampler.compute_chunk_sizes())
    files = ClassFiles.of(records, num_to_take)

    def numbers() -> Iterator[int]:
        return (n for n in _range(first, count) if drawer.source(n) == source)

    def chosen() -> Iterator[np.ndarray]:
        descriptions = (drawer.describe(n) for n in numbers())
        return representations(descriptions, files.sizes, chunk_sizes)

    def check(n: int, found: np.ndarray) -> tuple[np.ndarray, ...]:
        support, query = check_chunks(
            found,
            drawer.describe(int(n)),
            files.class_ids,
            chunk_sizes,
            f"{sampler.dataset_spec.name} ({os.path.dirname(files.paths[0])})",
        )
        return (*support, *query)

    check = failures.remembered(check)

    @_no_rewriting
    def split(n: tf.Tensor, flat: tuple[tf.Tensor, tf.Tensor]) -> EpisodeExamples:
        examples, class_ids = flat
        members = tf.numpy_function(check, [n, class_ids], [tf.int32] * 4)
        for member in members:
            member.set_shape([None])
        query_start = chunk_sizes.flush + chunk_sizes.support
        return EpisodeExamples(
            tf.constant(source, tf.int32),
            examples[chunk_sizes.flush :][: tf.size(members[0])],
            *members[:2],
            examples[query_start:][: tf.size(members[2])],
            *members[2:],
        )

    flat = flat_episodes(
        files,
        settings,
        generated(chosen, tf.TensorSpec([None, 2], tf.int64)),
        chunk_sizes,
        derived_seed(drawer.seed, first, source),
    )
    own_numbers = generated(numbers, tf.TensorSpec([], tf.int64))
    return tf.data.Dataset.zip((own_numbers, flat)).map(split)


def generated(function: Callable[[], Iterable], spec: tf.TensorSpec) -> tf.data.Dataset:
    """Returns a dataset of what an iterable yields; its errors are remembered.

    Args:
      function: returns the iterable; called for each iteration of the dataset.
      spec: of an element.
    """

    def generate() -> Iterator:
        with failures.remembering():
            yield from function()

    return tf.data.Dataset.from_generator(generate, output_signature=spec)


def flat_batches(
    files: ClassFiles,
    settings: StreamSettings,
    batch_size: int,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns batches of (examples, class ids int32), passes without end.

    Classes are mixed in proportion to their sizes; a buffer of the whole source is
    shuffled; the last batch of a pass may be smaller.

    Args:
      files: of the classes of the split.
      settings: buffers.
      batch_size: positive.
      seed: of the mixing and shuffling.
    """
    streams = class_streams(files, settings, shuffle=False, repeat=False)
    mixed = streams[0]
    if len(streams) > 1:
        mixed = tf.data.Dataset.sample_from_datasets(
            streams,
            np.array(files.sizes, float) / sum(files.sizes),
            seed=seed,
            stop_on_empty_dataset=False,
            rerandomize_each_iteration=None if seed is None else True,
        )
    mixed = make_room(mixed, len(files.paths))
    if settings.shuffle_buffer_size:
        mixed = mixed.shuffle(settings.shuffle_buffer_size, seed)
    return mixed.batch(batch_size).repeat()


def stream_batches(
    records: Sequence[IndexedDataset],
    settings: StreamSettings,
    batch_size: int,
    seed: int,
    num_to_take: Sequence[int],
    first: int = 0,
    count: int | None = None,
) -> tf.data.Dataset:
    """Returns (n, BatchExamples), numbered from `first` on.

    A run that starts at another number reads other batches, not later ones.
    """
    streams = []
    for source, (of_source, take) in enumerate(zip(records, num_to_take, strict=True)):
        files = ClassFiles.of(of_source, take)
        source_seed = derived_seed(seed, first, source)
        flat = flat_batches(files, settings, batch_size, source_seed)
        streams.append(flat.map(functools.partial(_of_source, source)))
    mixed = streams[0]
    if len(streams) > 1:
        mixed = tf.data.Dataset.sample_from_datasets(
            streams, seed=derived_seed(seed, first)
        )
    return tf.data.Dataset.zip((_dataset_range(first, count), mixed))


@_no_rewriting
def _of_source(source: int, examples: tf.Tensor, class_ids: tf.Tensor) -> BatchExamples:
    return BatchExamples(tf.constant(source, tf.int32), examples, class_ids)


def derived_seed(*numbers: int) -> int:
    """Returns a seed for TensorFlow, in [1, 2^31), from any non-negative numbers."""
    return 1 + int(np.random.SeedSequence(numbers).generate_state(1)[0]) % (2**31 - 1)
