"""What a run draws: episodes and batches, from the place where the run stands.

Everything follows from `Trainer.seed` and the number of updates done, so a resumed run
goes on with what an uninterrupted one would have drawn.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from meta_dataset import failures, sources
from meta_dataset.data import pipeline
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.episodes import Batch, Episode
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.pipeline import EpisodeSource
from meta_dataset.errors import UsageError
from meta_dataset.schedules import Every
from meta_dataset.training_settings import BenchmarkSettings, TrainerSettings

# Streams of one run that must not share episodes; numbers that never change.
_VALIDATION, _LOGGED, _EVALUATION = 1, 2, 3

# What makes the images of episodes and batches.
_DECODERS = {
    "support_images": "process_episode.support_decoder",
    "query_images": "process_episode.query_decoder",
    "images": "process_batch.batch_decoder",
}


@dataclasses.dataclass(frozen=True)
class Stream:
    """Episodes or batches, without the numbers of their sources.

    Iterating raises what `failures.iterate` raises.
    """

    dataset: tf.data.Dataset
    kind: type[Episode] | type[Batch]

    @property
    def element_spec(self) -> Any:
        """The types of an element, dimensions open.

        Raises:
          UsageError: what is bound as a decoder does not make images.
        """
        spec = self.kind(*self.dataset.element_spec[0])
        for part, decoder in _DECODERS.items():
            found = getattr(spec, part, None)
            if found is not None and (
                found.dtype != tf.float32 or found.shape.rank != 4
            ):
                raise UsageError(
                    f"{decoder} gives no images. Bind it to one that does, such as "
                    "@ImageDecoder(), as meta_dataset/learn/gin/setups/data_config.gin "
                    "does."
                )
        return spec

    def __iter__(self) -> Iterator[Any]:
        """Yields one element after another."""
        for element, _ in failures.iterate(self.dataset):
            yield self.kind(*element)


def episode_sources(
    specs: Sequence[AnyDatasetSpecification],
    split: Split,
    episode_config: EpisodeDescriptionConfig,
    benchmark: BenchmarkSettings,
) -> list[EpisodeSource]:
    """Returns how episodes are drawn from each dataset.

    Args:
      specs: the datasets.
      split: whose classes are drawn.
      episode_config: how the composition of episodes is drawn.
      benchmark: restrictions.
    """
    logging.info(
        "Episodes for split %s will be created from %s",
        split.name.lower(),
        [spec.name for spec in specs],
    )
    return [
        EpisodeSource(
            spec,
            split,
            episode_config,
            use_dag=spec.name == sources.HIERARCHICAL,
            use_bilevel=spec.name == sources.BILEVEL,
            num_to_take=count,
        )
        for spec, count in zip(
            specs, sources.examples_to_take(benchmark, specs, split), strict=True
        )
    ]


def training(
    settings: TrainerSettings,
    benchmark: BenchmarkSettings,
    specs: Sequence[AnyDatasetSpecification],
    episodic: bool,
    step: int,
) -> Stream:
    """Returns what is learned from, one element an update.

    Args:
      settings: of the trainer.
      benchmark: restrictions.
      specs: the datasets.
      episodic: episodes, else batches.
      step: updates done.
    """
    if episodic:
        drawn = episode_sources(
            specs, Split.TRAIN, settings.train_episode_config, benchmark
        )
        episodes = pipeline.episode_dataset(
            drawn, settings.data_config, seed=settings.seed, first=step
        )
        return Stream(episodes, Episode)
    batches = pipeline.batch_dataset(
        specs,
        Split.TRAIN,
        settings.batch_size,
        settings.data_config,
        seed=settings.seed,
        first=step,
        num_to_take=sources.examples_to_take(benchmark, specs, Split.TRAIN),
    )
    return Stream(batches, Batch)


def validation(
    settings: TrainerSettings, drawn: Sequence[EpisodeSource], step: int
) -> Stream:
    """Returns the episodes of validations, `num_eval_episodes` each.

    Args:
      settings: of the trainer.
      drawn: how they are drawn.
      step: updates done.
    """
    # One is due at 0 already; the one at `step` itself is repeated by a resumed run.
    before = 1 + Every(settings.validate_every).count_before(step) if step else 0
    first = before * settings.num_eval_episodes
    return _episodes(settings, drawn, _VALIDATION, first=first)


def logged(
    settings: TrainerSettings, drawn: Sequence[EpisodeSource], step: int
) -> Stream:
    """Returns the single episodes that are evaluated for log lines: see `validation`."""
    return _episodes(settings, drawn, _LOGGED, first=step // settings.log_every)


def evaluation(settings: TrainerSettings, drawn: Sequence[EpisodeSource]) -> Stream:
    """Returns the `num_eval_episodes` episodes that a checkpoint is scored on."""
    return _episodes(settings, drawn, _EVALUATION, count=settings.num_eval_episodes)


def _episodes(
    settings: TrainerSettings,
    drawn: Sequence[EpisodeSource],
    number: int,
    first: int = 0,
    count: int | None = None,
) -> Stream:
    episodes = pipeline.episode_dataset(
        drawn,
        settings.data_config,
        seed=_seed(settings.seed, number),
        first=first,
        count=count,
    )
    return Stream(episodes, Episode)


def _seed(seed: int, stream: int) -> int:
    """Returns the seed of a stream of its own, from 0 to 2^31 - 1."""
    state = np.random.SeedSequence([seed, stream]).generate_state(1, np.uint32)
    return int(state[0] >> 1)
