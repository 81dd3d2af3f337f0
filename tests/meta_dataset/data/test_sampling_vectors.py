"""Episodes that were computed independently of this code, with NumPy 2.4."""

import math

import numpy as np
import pytest

from meta_dataset.data import composition, sampling
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import DatasetSpecification
from meta_dataset.data.learning_spec import Split

LN2 = math.log(2)


class Scripted:
    """A generator that draws the given beta, then the given alphas."""

    def __init__(self, beta, alphas):
        self._beta, self._alphas = beta, alphas

    def uniform(self, low=0.0, high=1.0, size=None):
        return self._beta if size is None else np.array(self._alphas, dtype=float)


# Images, query, beta, largest support set, size aimed at, alphas, support
COUNTING = {
    "A": ([20] * 5, 10, 0.5, 500, 30, [0] * 5, [6] * 5),
    "B": ([6, 40, 100, 442, 15], 3, 0.25, 500, 66, [0] * 5, [1, 5, 11, 45, 2]),
    "C": (
        [6, 40, 100, 442, 15],
        3,
        0.25,
        500,
        66,
        [LN2, -LN2, 0, LN2, -LN2],
        [1, 2, 6, 53, 1],
    ),
    "D": ([1300] * 50, 10, 0.9, 500, 500, [0] * 50, [10] * 50),
    "E": ([1300, 732, 1290, 1300, 1300], 10, 0, 500, 5, [0] * 5, [1] * 5),
    "F": (
        [20, 20, 20, 20, 2000],
        10,
        0.999,
        500,
        140,
        [LN2, LN2, LN2, LN2, -LN2],
        [5, 5, 5, 5, 117],
    ),
    "G": ([2, 3, 2, 3, 2], 1, 0.7, 500, 7, [0] * 5, [1] * 5),
    "H": ([50, 40, 30, 20, 60], 10, 0.5, 20, 20, [0] * 5, [4, 4, 3, 2, 5]),
}


@pytest.mark.parametrize("case", COUNTING)
def test_counting(case):
    images, query, beta, largest, size, alphas, support = COUNTING[case]
    assert sampling.compute_num_query(images, 10, None) == query
    remaining = np.array(images) - query
    rng = Scripted(beta, alphas)
    assert sampling.sample_support_set_size(remaining, 100, largest, rng) == size
    drawn = sampling.sample_num_support_per_class(
        images, remaining, size, -LN2, LN2, rng
    )
    assert drawn.tolist() == support


@pytest.mark.parametrize("case", COUNTING)
def test_counting_as_a_whole(case):
    images, query, beta, largest, _, alphas, support = COUNTING[case]
    config = EpisodeDescriptionConfig(max_support_set_size=largest)
    drawn, num_query = composition.sample_num_images(
        np.array(images), config, Scripted(beta, alphas)
    )
    assert (drawn.tolist(), num_query) == (support, query)


@pytest.mark.parametrize(
    ("images", "query"), [([30, 45, 35, 50], 10), ([10, 9, 20, 21], 4)]
)
def test_query_only(images, query):
    assert sampling.compute_num_query(images, 10, None) == query


def test_query_of_a_class_with_one_image():
    with pytest.raises(ValueError, match="at least 2 images"):
        sampling.compute_num_query([1, 3, 8, 8], 10, None)


def described(description):
    """Returns class ids, support images and the one number of query images."""
    class_ids, support, query = zip(*description, strict=True)
    (query,) = set(query)
    return list(class_ids), list(support), query


def fifteen_classes():
    return DatasetSpecification(
        name="fifteen",
        classes_per_split={Split.TRAIN: 15, Split.VALID: 0, Split.TEST: 0},
        images_per_class={c: (10, 20, 30)[c % 3] for c in range(15)},
        class_names={c: str(c) for c in range(15)},
        path="",
        file_pattern="{}.tfrecords",
    )


UNIFORM = {
    20181113: ([7, 10, 12, 11, 8, 5, 3, 0, 14], [7, 3, 3, 5, 4, 4, 4, 1, 6]),
    20181120: (
        [13, 4, 0, 2, 3, 8, 11, 12, 14, 9, 5, 6],
        [2, 5, 2, 4, 2, 9, 3, 2, 3, 3, 8, 2],
    ),
    22: ([3, 1, 7, 9, 2, 5, 8, 13, 11, 10], [5, 5, 5, 3, 19, 11, 7, 6, 10, 4]),
}


@pytest.mark.parametrize("seed", UNIFORM)
def test_uniform(seed):
    sampler = sampling.EpisodeDescriptionSampler(
        fifteen_classes(), Split.TRAIN, EpisodeDescriptionConfig()
    )
    description = sampler.sample_episode_description(np.random.RandomState(seed))
    class_ids, support = UNIFORM[seed]
    assert described(description) == (class_ids, support, 5)


# fmt: off
BILEVEL = {
    Split.TRAIN: (
        [740, 762, 749, 759, 746, 751, 753, 747, 733],
        [5, 6, 7, 3, 9, 10, 7, 8, 3],
    ),
    Split.VALID: ([50, 55, 46, 44, 51, 59], [1, 1, 1, 1, 1, 1]),
    Split.TEST: (
        [253, 275, 279, 266, 242, 251, 256, 260, 263, 254, 250, 267, 264, 243, 268,
         244, 271, 255, 248, 252, 241, 247, 261, 280, 272, 249, 265, 258, 269],
        [4, 3, 6, 3, 6, 5, 5, 2, 5, 7, 4, 7, 4, 3, 6, 6, 2, 6, 4, 6, 3, 3, 6, 4, 6,
         2, 5, 5, 3],
    ),
}

DAG = {
    Split.TRAIN: [
        ([660, 661, 662, 663, 664, 665, 666, 667, 668, 669, 689, 696, 699, 700, 701,
          702, 710],
         [24, 43, 17, 21, 19, 34, 18, 41, 14, 29, 41, 37, 17, 14, 38, 50, 35]),
        ([307, 310, 311, 345, 401, 445, 447, 460, 473, 572],
         [66, 65, 20, 21, 61, 28, 67, 50, 53, 65]),
        ([242, 390, 563, 571, 610], [40, 49, 127, 106, 76]),
    ],
    Split.TEST: [
        ([3, 6, 25, 26, 45, 67, 75, 91, 94, 109, 112, 126],
         [56, 45, 60, 45, 69, 28, 21, 39, 62, 21, 24, 23]),
        ([2, 5, 17, 30, 35, 42, 123, 125], [25, 33, 36, 21, 69, 75, 75, 22]),
        ([19, 28, 34, 35, 54, 55, 107, 123], [38, 45, 20, 60, 66, 43, 51, 18]),
    ],
}
# fmt: on


def test_bilevel(load_published_spec):
    spec = load_published_spec("omniglot")
    rng = np.random.RandomState(22)
    for split in Split:
        sampler = sampling.EpisodeDescriptionSampler(
            spec, split, EpisodeDescriptionConfig(), use_bilevel_hierarchy=True
        )
        description = sampler.sample_episode_description(rng)
        assert described(description) == (*BILEVEL[split], 10)


@pytest.mark.parametrize("split", DAG)
def test_dag(load_published_spec, split):
    sampler = sampling.EpisodeDescriptionSampler(
        load_published_spec("ilsvrc_2012"),
        split,
        EpisodeDescriptionConfig(),
        use_dag_hierarchy=True,
    )
    rng = np.random.RandomState(22)
    for class_ids, support in DAG[split]:
        description = sampler.sample_episode_description(rng)
        assert described(description) == (class_ids, support, 10)


def test_dag_with_a_sub_sample(load_published_spec):
    sampler = sampling.EpisodeDescriptionSampler(
        load_published_spec("ilsvrc_2012"),
        Split.VALID,
        EpisodeDescriptionConfig(),
        use_dag_hierarchy=True,
    )
    class_ids, support, query = described(
        sampler.sample_episode_description(np.random.RandomState(22))
    )
    assert len(class_ids) == 50 and query == 10
    assert class_ids[:10] == [40, 29, 34, 20, 14, 41, 65, 12, 70, 24]
    assert class_ids[-3:] == [60, 32, 53]
    assert support[:10] == [16, 9, 13, 9, 5, 12, 9, 11, 10, 7]
    assert support[-3:] == [8, 5, 6]


# Published averages of 20,000 episodes: ways, support images and query images of an average episode
AVERAGES = {
    ("ilsvrc_2012", Split.TRAIN): (19.0, 373, 190),
    ("ilsvrc_2012", Split.VALID): (20.6, 371, 206),
    ("ilsvrc_2012", Split.TEST): (14.7, 378, 147),
    ("omniglot", Split.TRAIN): (20.1, 97, 201),
    ("omniglot", Split.VALID): (10.6, 51, 106),
    ("omniglot", Split.TEST): (19.0, 92, 190),
    ("aircraft", Split.TRAIN): (27.5, 415, 275),
    ("cu_birds", Split.VALID): (17.4, 316, 174),
    ("dtd", Split.TEST): (6.0, 282, 60),
    ("quickdraw", Split.TRAIN): (27.4, 424, 274),
    ("fungi", Split.TRAIN): (27.5, 361, 101),
    ("vgg_flower", Split.TEST): (10.5, 294, 105),
    ("traffic_sign", Split.TEST): (24.0, 418, 240),
    ("mscoco", Split.VALID): (22.5, 415, 225),
}


@pytest.mark.parametrize(("name", "split"), AVERAGES)
def test_average_episode(load_published_spec, name, split):
    sampler = sampling.EpisodeDescriptionSampler(
        load_published_spec(name),
        split,
        EpisodeDescriptionConfig(),
        use_dag_hierarchy=name == "ilsvrc_2012",
        use_bilevel_hierarchy=name == "omniglot",
    )
    rng = np.random.RandomState(1)
    episodes = [described(sampler.sample_episode_description(rng)) for _ in range(1500)]
    sizes = np.array([(len(c), sum(k), len(c) * q) for c, k, q in episodes])
    # The published averages are rounded to half a unit in the last digit.
    error = 4 * sizes.std(axis=0) / np.sqrt(len(sizes)) + np.array([0.05, 0.5, 0.5])
    assert np.all(np.abs(sizes.mean(axis=0) - AVERAGES[name, split]) < error)
