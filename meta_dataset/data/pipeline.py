"""Pipelines of episodes and batches, from one dataset or several: the published names.

`episode_dataset` and `batch_dataset`, which the trainer uses, are made in
`seeded_pipeline`; the `make_*` functions of published code stand on the same ground.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from meta_dataset.data import sampling
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.indexed_dataset import PoolError, check_pool
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.seeded_pipeline import (
    DatasetOffsetError,
    EpisodeSource,
    batch_dataset,
    batches_of_size,
    dataset_offsets,
    episode_dataset,
    episodes_of_size,
)
from meta_dataset.errors import UsageError
from meta_dataset.failures import iterate

__all__ = [
    "DatasetOffsetError",
    "EpisodeSource",
    "PoolError",
    "batch_dataset",
    "dataset_offsets",
    "episode_dataset",
    "iterate",
    "make_multisource_batch_pipeline",
    "make_multisource_episode_pipeline",
    "make_one_source_batch_pipeline",
    "make_one_source_episode_pipeline",
]


def make_one_source_episode_pipeline(
    dataset_spec: AnyDatasetSpecification,
    use_dag_ontology: bool,
    use_bilevel_ontology: bool,
    split: Split,
    episode_descr_config: EpisodeDescriptionConfig,
    pool: str | None = None,
    shuffle_buffer_size: int | None = None,
    read_buffer_size_bytes: int | None = None,
    num_prefetch: int = 0,
    image_size: int | None = None,
    num_to_take: int | None = None,
    ignore_hierarchy_probability: float | None = None,
    simclr_episode_fraction: float = 0.0,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns episodes of one dataset: the published entrance to `episode_dataset`.

    Args:
      dataset_spec: the dataset.
      use_dag_ontology: whether classes are drawn below a node of the graph of classes.
      use_bilevel_ontology: whether classes are drawn within a superclass.
      split: the split whose classes are drawn.
      episode_descr_config: how the composition of episodes is drawn.
      pool: None; pools of examples are not supported.
      shuffle_buffer_size: accepted; whole classes are shuffled.
      read_buffer_size_bytes: accepted; examples are read one by one.
      num_prefetch: accepted; episodes are read ahead.
      image_size: height and width of images in pixels; None: as the decoders say.
      num_to_take: use only the first so many examples of a class; None or -1: all.
      ignore_hierarchy_probability: how often the graph or superclass is ignored; None:
        as the settings say.
      simclr_episode_fraction: 0; episodes of augmented copies are not available.
      seed: fixes the episodes; None: drawn from `sampling.RNG`.

    Returns:
      Dataset of (Episode, 0).
    """
    return make_multisource_episode_pipeline(
        [dataset_spec],
        [use_dag_ontology],
        [use_bilevel_ontology],
        split,
        episode_descr_config,
        pool=pool,
        image_size=image_size,
        num_to_take=None if num_to_take is None else [num_to_take],
        ignore_hierarchy_probability=ignore_hierarchy_probability,
        simclr_episode_fraction=simclr_episode_fraction,
        seed=seed,
    )


def make_multisource_episode_pipeline(
    dataset_spec_list: Sequence[AnyDatasetSpecification],
    use_dag_ontology_list: Sequence[bool],
    use_bilevel_ontology_list: Sequence[bool],
    split: Split,
    episode_descr_config: EpisodeDescriptionConfig,
    pool: str | None = None,
    shuffle_buffer_size: int | None = None,
    read_buffer_size_bytes: int | None = None,
    num_prefetch: int = 0,
    image_size: int | None = None,
    num_to_take: Sequence[int] | None = None,
    source_sampling_seed: int | None = None,
    ignore_hierarchy_probability: float | None = None,
    simclr_episode_fraction: float = 0.0,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns episodes, each of one dataset: as `make_one_source_episode_pipeline`.

    Args:
      dataset_spec_list: the datasets; each episode is of one, drawn uniformly.
      use_dag_ontology_list: of each dataset.
      use_bilevel_ontology_list: of each dataset.
      split: the split whose classes are drawn.
      episode_descr_config: how the composition of episodes is drawn.
      pool: None; pools of examples are not supported.
      shuffle_buffer_size: accepted; whole classes are shuffled.
      read_buffer_size_bytes: accepted; examples are read one by one.
      num_prefetch: accepted; episodes are read ahead.
      image_size: height and width of images in pixels; None: as the decoders say.
      num_to_take: of each dataset.
      source_sampling_seed: fixes which dataset each episode is of.
      ignore_hierarchy_probability: how often the graph or superclass is ignored; None:
        as the settings say.
      simclr_episode_fraction: 0; episodes of augmented copies are not available.
      seed: fixes the episodes; None: drawn from `sampling.RNG`.

    Returns:
      Dataset of (Episode, number of its dataset in the list).

    Raises:
      ValueError: the lists differ in length.
      PoolError: a pool was given.
      UsageError: `simclr_episode_fraction` is not 0.
    """
    del shuffle_buffer_size, read_buffer_size_bytes, num_prefetch
    check_pool(pool)
    if simclr_episode_fraction:
        raise UsageError(
            f"simclr_episode_fraction is {simclr_episode_fraction}: episodes of augmented "
            "copies are not available; leave it 0."
        )
    taken = [-1] * len(dataset_spec_list) if num_to_take is None else num_to_take
    sources = [
        EpisodeSource(
            spec,
            split,
            episode_descr_config,
            use_dag,
            use_bilevel,
            take,
            ignore_hierarchy_probability,
        )
        for spec, use_dag, use_bilevel, take in zip(
            dataset_spec_list,
            use_dag_ontology_list,
            use_bilevel_ontology_list,
            taken,
            strict=True,
        )
    ]
    return episodes_of_size(
        sources,
        image_size,
        seed=_seed_or_drawn(seed),
        source_seed=source_sampling_seed,
    )


def make_one_source_batch_pipeline(
    dataset_spec: AnyDatasetSpecification,
    split: Split,
    batch_size: int,
    pool: str | None = None,
    shuffle_buffer_size: int | None = None,
    read_buffer_size_bytes: int | None = None,
    num_prefetch: int = 0,
    image_size: int | None = None,
    num_to_take: int | None = None,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns batches of one dataset: the published entrance to `batch_dataset`.

    Arguments as in `make_one_source_episode_pipeline`; `batch_size` is positive.

    Returns:
      Dataset of (Batch, 0).
    """
    return make_multisource_batch_pipeline(
        [dataset_spec],
        split,
        batch_size,
        pool=pool,
        image_size=image_size,
        num_to_take=None if num_to_take is None else [num_to_take],
        seed=seed,
    )


def make_multisource_batch_pipeline(
    dataset_spec_list: Sequence[AnyDatasetSpecification],
    split: Split,
    batch_size: int,
    add_dataset_offset: bool | None = None,
    pool: str | None = None,
    shuffle_buffer_size: int | None = None,
    read_buffer_size_bytes: int | None = None,
    num_prefetch: int = 0,
    image_size: int | None = None,
    num_to_take: Sequence[int] | None = None,
    source_sampling_seed: int | None = None,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns batches, each of one dataset, drawn uniformly.

    Arguments as in `make_multisource_episode_pipeline`, and:

    Args:
      dataset_spec_list: the datasets.
      split: the split whose classes are used.
      batch_size: images of a batch; the last one of a pass may be smaller.
      add_dataset_offset: whether labels of a dataset are raised by the number of
        classes of those before it; None: as BatchSplitReaderGetReader is bound.
      pool: None; pools of examples are not supported.
      shuffle_buffer_size: accepted; whole datasets are shuffled.
      read_buffer_size_bytes: accepted; examples are read one by one.
      num_prefetch: accepted; batches are read ahead.
      image_size: height and width of images in pixels; None: as the decoder says.
      num_to_take: of each dataset.
      source_sampling_seed: fixes which dataset each batch is of.
      seed: fixes the batches; None: drawn from `sampling.RNG`.

    Returns:
      Dataset of (Batch, number of its dataset in the list).

    Raises:
      DatasetOffsetError: several datasets and no word on the offset.
      PoolError: a pool was given.
    """
    del shuffle_buffer_size, read_buffer_size_bytes, num_prefetch
    check_pool(pool)
    return batches_of_size(
        dataset_spec_list,
        split,
        batch_size,
        image_size,
        seed=_seed_or_drawn(seed),
        add_dataset_offset=add_dataset_offset,
        source_seed=source_sampling_seed,
        num_to_take=num_to_take,
    )


def _seed_or_drawn(seed: int | None) -> int:
    if seed is not None:
        return seed
    return int(sampling.RNG.randint(0, 2**32, dtype="uint32"))
