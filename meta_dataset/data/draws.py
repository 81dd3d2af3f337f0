"""What the n-th episode and the n-th batch are made of: functions of (seed, n).

Nothing is remembered from one to the next, so a resumed run goes on with the very
episodes that an uninterrupted one would have seen, and several can be drawn at once.
Only numbers are drawn here; `pipeline` reads the examples. Free of TensorFlow.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.permutation import Permutation
from meta_dataset.data.sampling import EpisodeDescription, EpisodeDescriptionSampler
from meta_dataset.errors import UsageError

# Independent streams of one seed.
_DESCRIPTIONS, _EXAMPLES, _SOURCES, _PASSES = range(1, 5)
_BLOCK = 4096  # sources of batches drawn at once


class DrawError(UsageError, ValueError):
    """A description asks for more images than a class has."""


class ClassDraw(NamedTuple):
    """The examples of one class of an episode."""

    class_id: int
    """Absolute in the dataset."""
    support: np.ndarray
    """Numbers of the support examples in the class file, int64 [shots]."""
    query: np.ndarray
    """Numbers of the query examples, disjoint from them, int64."""


class EpisodeDraw(NamedTuple):
    """The composition of one episode; the order of classes fixes the labels."""

    source: int
    classes: tuple[ClassDraw, ...]


class BatchDraw(NamedTuple):
    """The composition of one batch."""

    source: int
    class_ids: np.ndarray
    """Absolute in the dataset, int64 [size]."""
    examples: np.ndarray
    """Number of each example in its class file, int64 [size]."""


def generator(seed: int, stream: int, n: int) -> np.random.RandomState:
    """Returns the generator of element n of a stream; its numbers never change.

    NumPy keeps what RandomState draws the same in all versions.
    """
    sequence = np.random.SeedSequence([seed, stream, n])
    return np.random.RandomState(np.random.MT19937(sequence))


def draw_examples(rng: np.random.RandomState, size: int, count: int) -> np.ndarray:
    """Returns `count` different numbers below `size` in random order: int64 [count].

    Raises:
      DrawError: count > size.
    """
    if count > size:
        raise DrawError(f"{count} different images of {size}")
    if size <= 4096 or 4 * count > size:
        return rng.permutation(size)[:count].astype(np.int64)
    # Few of many: first come, until there are enough different ones.
    drawn = np.empty(0, np.int64)
    while len(drawn) < count:
        drawn = np.append(drawn, rng.randint(0, size, count, dtype=np.int64))
        _, first = np.unique(drawn, return_index=True)
        drawn = drawn[np.sort(first)]
    return drawn[:count]


class EpisodeDrawer:
    """Draws the composition of episodes; thread safe.

    Args:
      samplers: of each source.
      seed: non-negative.
      source_seed: draws the sources instead of `seed`, if given.
      num_to_take: of each source, how many of the first examples of a class to use;
        -1: all, as without it. The descriptions do not know of it: a class that lacks
        examples then repeats them, as the published reader does.
    """

    def __init__(
        self,
        samplers: Sequence[EpisodeDescriptionSampler],
        seed: int,
        source_seed: int | None = None,
        num_to_take: Sequence[int] | None = None,
    ):
        self.samplers = tuple(samplers)
        self.seed = seed
        self.num_to_take = tuple(num_to_take or [-1] * len(self.samplers))
        self._classes = [s.dataset_spec.get_classes(s.split) for s in samplers]
        self._source_seed = seed if source_seed is None else source_seed

    def source(self, n: int) -> int:
        """Returns the number of the source of episode n."""
        if len(self.samplers) == 1:
            return 0
        return int(
            generator(self._source_seed, _SOURCES, n).randint(len(self.samplers))
        )

    def describe(self, n: int) -> EpisodeDescription:
        """Returns the description of episode n.

        Raises:
          ValueError: from the sampler.
        """
        sampler = self.samplers[self.source(n)]
        # Where there shall be few descriptions, they come round again.
        n = n % (sampler.config.num_unique_descriptions or n + 1)
        return sampler.sample_episode_description(
            generator(self.seed, _DESCRIPTIONS, n)
        )

    def draw(self, n: int) -> EpisodeDraw:
        """Returns the composition of episode n.

        Raises:
          DrawError: a class has fewer images than its description asks for.
          ValueError: from the sampler.
        """
        source = self.source(n)
        spec, classes = self.samplers[source].dataset_spec, self._classes[source]
        num_to_take = self.num_to_take[source]
        rng = generator(self.seed, _EXAMPLES, n)
        return EpisodeDraw(
            source,
            tuple(
                _draw_class(rng, spec, classes[c], shots, queries, num_to_take)
                for c, shots, queries in self.describe(n)
            ),
        )


def _draw_class(
    rng: np.random.RandomState,
    spec: AnyDatasetSpecification,
    class_id: int,
    shots: int,
    queries: int,
    num_to_take: int,
) -> ClassDraw:
    size, wanted = spec.get_total_images_per_class(class_id), shots + queries
    if wanted > size:
        raise DrawError(
            f"An episode of {spec.name} asks for {shots} support and {queries} query "
            f"images of class {class_id}, which has {size}. Lower "
            "EpisodeDescriptionConfig.num_support or num_query, or raise "
            "EpisodeDescriptionConfig.min_examples_in_class."
        )
    if 0 < num_to_take < size:
        size = num_to_take
    rounds = [draw_examples(rng, size, size) for _ in range((wanted - 1) // size)]
    left = wanted - size * len(rounds)
    drawn = np.concatenate([*rounds, draw_examples(rng, size, left)])
    return ClassDraw(int(class_id), drawn[:shots], drawn[shots:])


class BatchDrawer:
    """Draws the composition of batches; thread safe.

    Every batch comes from one source, sources uniform. Within a source a pass takes
    each example once, in a shuffled order, so that classes are mixed in proportion to
    their sizes; the last batch of a pass may be smaller.

    Args:
      counts: of each source, the number of examples of each class id.
      batch_size: positive.
      seed: non-negative.
      source_seed: draws the sources instead of `seed`, if given.
    """

    def __init__(
        self,
        counts: Sequence[Mapping[int, int]],
        batch_size: int,
        seed: int,
        source_seed: int | None = None,
    ):
        self._class_ids = [np.array(list(c), np.int64) for c in counts]
        self._ends = [np.cumsum(list(c.values()), dtype=np.int64) for c in counts]
        self._batch_size, self._seed = batch_size, seed
        source_seed = seed if source_seed is None else source_seed
        self._order = _SourceOrder(len(counts), source_seed)

    def draw(self, n: int) -> BatchDraw:
        """Returns the composition of batch n."""
        source, rank = self._order.at(n)
        ends, batch_size = self._ends[source], self._batch_size
        size = int(ends[-1])
        pass_number, k = divmod(rank, -(-size // batch_size))
        positions = np.arange(k * batch_size, min((k + 1) * batch_size, size))
        order = Permutation(size, (self._seed, _PASSES, source, pass_number))
        images = order(positions)
        classes = np.searchsorted(ends, images, side="right")
        examples = images - np.where(classes, ends[classes - 1], 0)
        return BatchDraw(source, self._class_ids[source][classes], examples)


class _SourceOrder:
    """The source of each batch, and how many batches of it came before."""

    def __init__(self, num_sources: int, seed: int):
        self._num_sources, self._seed = num_sources, seed
        self._before = [np.zeros(num_sources, np.int64)]  # a block
        self._lock = threading.Lock()

    def at(self, n: int) -> tuple[int, int]:
        if self._num_sources == 1:
            return 0, n
        block, inside = divmod(n, _BLOCK)
        with self._lock:
            while len(self._before) <= block:
                drawn = self._block(len(self._before) - 1)
                counted = np.bincount(drawn, minlength=self._num_sources)
                self._before.append(self._before[-1] + counted)
        drawn = self._block(block)
        source = int(drawn[inside])
        earlier = np.count_nonzero(drawn[:inside] == source)
        return source, int(self._before[block][source]) + earlier

    def _block(self, block: int) -> np.ndarray:
        rng = generator(self._seed, _SOURCES, block)
        return rng.randint(self._num_sources, size=_BLOCK)
