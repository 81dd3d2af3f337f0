import itertools

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.data import sampling
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.reader import (
    PLACEHOLDER_CLASS_ID,
    BatchReader,
    EpisodeReader,
    decompress_episode_representation,
    episode_representation_generator,
)
from meta_dataset.data.sampling import EpisodeDescriptionSampler

SIZES = {Split.TRAIN: [4, 5, 6, 7, 8, 9], Split.VALID: [10, 11, 12, 13, 14]}
CONFIG = EpisodeDescriptionConfig(num_ways=5, num_support=2, num_query=3)


@pytest.fixture
def spec(make_dataset):
    return make_dataset("toy", SIZES)


def sampler_of(spec, seed=0, **settings):
    sampling.RNG = np.random.RandomState(seed)
    config = EpisodeDescriptionConfig(
        num_ways=5, num_support=2, num_query=3, **settings
    )
    return EpisodeDescriptionSampler(spec, Split.VALID, config)


@pytest.fixture(autouse=True)
def restored_generator():
    before = sampling.RNG
    yield
    sampling.RNG = before


def test_pairs_become_numbers():
    pairs = tf.constant([[3, 2], [0, 0], [1, 3]], tf.int64)
    numbers = decompress_episode_representation(pairs)
    assert numbers.numpy().tolist() == [3, 3, 1, 1, 1] and numbers.dtype == tf.int64


def test_representations_follow_the_sampler(spec):
    generator = episode_representation_generator(
        spec, Split.VALID, None, sampler_of(spec)
    )
    twin = sampler_of(spec)
    assert PLACEHOLDER_CLASS_ID == -1
    for pairs in itertools.islice(generator, 20):
        numbers = np.repeat(pairs[:, 0], pairs[:, 1])
        assert len(numbers) == 50  # 25 to throw away, 10, 15
        description = twin.sample_episode_description()
        assert numbers[25:35].tolist() == [
            c for c, k, _ in description for _ in range(k)
        ]
        assert numbers[35:].tolist() == [c for c, _, q in description for _ in range(q)]


def test_episodes_as_flat_chunks(spec):
    reader = EpisodeReader(spec, Split.VALID, 10, 4096, 2)
    dataset = reader.create_dataset_input_pipeline(sampler_of(spec), shuffle_seed=1)
    assert reader.num_classes == 5 and list(reader.class_set) == list(range(6, 11))
    for examples, class_ids in dataset.take(8).as_numpy_iterator():
        assert examples.shape == class_ids.shape == (50,)
        assert class_ids.dtype == np.int32
        assert np.array_equal(examples == b"", class_ids == PLACEHOLDER_CLASS_ID)
        assert len(set(examples[25:].tolist())) == 25
        support, query = class_ids[25:35], class_ids[35:]
        assert np.array_equal(np.repeat(support[::2], 3), query)


def test_descriptions_that_come_round_again(spec):
    reader = EpisodeReader(spec, Split.VALID, 10, 4096, 2, num_unique_descriptions=2)
    dataset = reader.create_dataset_input_pipeline(sampler_of(spec))
    ids = [
        tuple(class_ids[25:]) for _, class_ids in dataset.take(6).as_numpy_iterator()
    ]
    assert ids[:2] * 3 == ids and ids[0] != ids[1]


def test_batches(spec):
    reader = BatchReader(spec, Split.TRAIN, 10, 4096, 2)
    batches = list(reader.create_dataset_input_pipeline(16).take(3))
    class_ids = np.concatenate([class_ids for _, class_ids in batches])
    assert np.bincount(class_ids).tolist() == SIZES[Split.TRAIN]


def test_no_pools(spec):
    with pytest.raises(NotImplementedError, match="pool 'train'"):
        EpisodeReader(spec, Split.VALID, 10, 4096, 2).construct_class_datasets("train")
    with pytest.raises(NotImplementedError, match="pool 'train'"):
        next(
            episode_representation_generator(
                spec, Split.VALID, "train", sampler_of(spec)
            )
        )
