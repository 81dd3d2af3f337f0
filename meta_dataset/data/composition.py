"""Drawing the numbers that make up an episode: ways, classes, images of each class.

Follows section 3.2 of Triantafillou et al. 2020 (Meta-Dataset). Functions of numbers
and of a generator of random numbers, which comes last. The order of the draws is that
of the newest published code, so that equal generators give equal episodes. `sampling`
publishes the functions and puts them together.
"""

import numbers
from collections.abc import Sequence

import numpy as np

from meta_dataset.data.class_hierarchies import SamplingError
from meta_dataset.data.config import EpisodeDescriptionConfig


def sample_num_ways_uniformly(
    num_classes: int,
    min_ways: int,
    max_ways: int,
    rng: np.random.RandomState,
) -> int:
    """Draws a number of ways between `min_ways` and the smaller of the two others.

    Args:
      num_classes: classes to choose from.
      min_ways: fewest ways, included.
      max_ways: most ways, included.
      rng: generator of random numbers.

    Raises:
      SamplingError: there are fewer classes than `min_ways`.
    """
    most = min(max_ways, num_classes)
    if most < min_ways:
        raise SamplingError(
            f"cannot draw at least {min_ways} ways when there are {num_classes} classes "
            f"and at most {max_ways} ways: lower EpisodeDescriptionConfig.min_ways"
        )
    return int(rng.randint(min_ways, most + 1))


def sample_class_ids_uniformly(
    num_ways: int,
    rel_classes: int | Sequence[int] | np.ndarray,
    rng: np.random.RandomState,
) -> np.ndarray:
    """Draws classes without replacement.

    Args:
      num_ways: how many.
      rel_classes: class ids to choose from; a number n stands for range(n).
      rng: generator of random numbers.

    Returns:
      Class ids in label order, [num_ways], int64.

    Raises:
      SamplingError: there are fewer classes than ways.
    """
    if isinstance(rel_classes, numbers.Integral):
        rel_classes = range(int(rel_classes))
    available = len(rel_classes)
    if num_ways > available:
        raise SamplingError(
            f"cannot draw {num_ways} ways from {available} classes: lower "
            "EpisodeDescriptionConfig.num_ways"
        )
    return rng.choice(rel_classes, num_ways, replace=False)


def choose_uniformly(
    class_ids: Sequence[int] | np.ndarray,
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> np.ndarray:
    """Draws the classes of an episode from all of them.

    Args:
      class_ids: classes to choose from, relative to the split.
      config: the number of ways, or its bounds.
      rng: generator of random numbers.

    Returns:
      Class ids in label order, [ways], int64.
    """
    num_ways = config.num_ways
    if num_ways is None:
        num_ways = sample_num_ways_uniformly(
            len(class_ids), config.min_ways, config.max_ways_upper_bound, rng
        )
    return sample_class_ids_uniformly(num_ways, class_ids, rng)


def choose_below_a_node(
    spans: Sequence[np.ndarray], max_ways: int, rng: np.random.RandomState
) -> np.ndarray:
    """Draws the classes of an episode from those under one node of a graph.

    All classes under the node take part, as long as they are not too many.

    Args:
      spans: the classes under each node, relative to the split.
      max_ways: most ways; of a wider span so many are drawn.
      rng: generator of random numbers.

    Returns:
      Class ids in label order, [ways], int64.
    """
    span = spans[rng.choice(len(spans))]
    if len(span) <= max_ways:
        return span
    return sample_class_ids_uniformly(max_ways, span, rng)


def choose_in_a_superclass(
    superclasses: Sequence[range],
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> np.ndarray:
    """Draws the classes of an episode from one superclass.

    Args:
      superclasses: the classes of each, relative to the split.
      config: the bounds of the number of ways.
      rng: generator of random numbers.

    Returns:
      Class ids in label order, [ways], int64.
    """
    superclass = superclasses[rng.choice(len(superclasses), 1)[0]]
    num_ways = sample_num_ways_uniformly(
        len(superclass), config.min_ways, config.max_ways_upper_bound, rng
    )
    within = sample_class_ids_uniformly(num_ways, len(superclass), rng)
    return superclass.start + within


def compute_num_query(
    images_per_class: Sequence[int] | np.ndarray,
    max_num_query: int,
    num_support: int | tuple[int, int] | None,
) -> int:
    """Returns the number of query images, the same for every class.

    Args:
      images_per_class: images of each class of the episode.
      max_num_query: most query images of a class.
      num_support: the number of support images if it is fixed, or its bounds; None if
        it varies, and then the query set takes at most half of the smallest class.

    Raises:
      SamplingError: a class has too few images to leave one for the query set.
    """
    fewest = int(np.min(images_per_class))
    if num_support is None:
        if fewest < 2:
            raise SamplingError(
                f"a class has {fewest} images, and needs at least 2 images for a support "
                "and a query set: set EpisodeDescriptionConfig.min_examples_in_class = 2"
            )
        return min(max_num_query, fewest // 2)
    most_support = int(np.max(num_support))
    num_query = min(max_num_query, fewest - most_support)
    if num_query < 1:
        raise SamplingError(
            f"a class has {fewest} images, no query image is left beside {most_support} "
            "of support: lower EpisodeDescriptionConfig.num_support, or set "
            f"min_examples_in_class = {most_support + 1}"
        )
    return num_query


def sample_support_set_size(
    num_remaining_per_class: Sequence[int] | np.ndarray,
    max_support_size_contrib_per_class: int,
    max_support_set_size: int,
    rng: np.random.RandomState,
) -> int:
    """Draws the size that the support set aims at.

    A fraction beta, uniform in [0, 1), of the images of each class, rounded up to at
    least one image.

    Args:
      num_remaining_per_class: images of each class without its query images.
      max_support_size_contrib_per_class: what counts of a class at most.
      max_support_set_size: the largest size.
      rng: generator of random numbers.

    Raises:
      SamplingError: `max_support_set_size` is smaller than the number of classes.
    """
    num_remaining = np.asarray(num_remaining_per_class)
    if max_support_set_size < len(num_remaining):
        raise SamplingError(
            f"a support set of at most {max_support_set_size} images cannot show "
            f"{len(num_remaining)} classes: raise "
            "EpisodeDescriptionConfig.max_support_set_size"
        )
    beta = rng.uniform()
    contributions = np.minimum(max_support_size_contrib_per_class, num_remaining)
    size = np.sum(np.floor(beta * contributions + 1))
    return min(max_support_set_size, int(size))


def sample_num_support_per_class(
    images_per_class: Sequence[int] | np.ndarray,
    num_remaining_per_class: Sequence[int] | np.ndarray,
    support_set_size: int,
    min_log_weight: float,
    max_log_weight: float,
    rng: np.random.RandomState,
) -> np.ndarray:
    """Draws the number of support images of each class.

    Every class gets one. What is left of the support set goes to the classes in
    proportion to their sizes, each multiplied by a random weight.

    Args:
      images_per_class: all images of each class.
      num_remaining_per_class: images of each class without its query images.
      support_set_size: the size aimed at, reached only by chance: shares are rounded
        down and no class gives more than it has.
      min_log_weight: lower end of the logarithm of the weights.
      max_log_weight: upper end of it.
      rng: generator of random numbers.

    Returns:
      Support images of each class, [ways], int64, between 1 and what remains.

    Raises:
      SamplingError: a class with nothing left, or fewer images than classes.
    """
    images = np.asarray(images_per_class)
    num_remaining = np.asarray(num_remaining_per_class)
    ways = len(images)
    if np.any(num_remaining < 1):
        raise SamplingError(
            "a class has no image left beside its query images: lower "
            "EpisodeDescriptionConfig.num_query or raise min_examples_in_class"
        )
    if support_set_size < ways:
        raise SamplingError(
            f"a support set of {support_set_size} images cannot show {ways} classes"
        )
    alphas = rng.uniform(min_log_weight, max_log_weight, size=ways)
    weights = images * np.exp(alphas)
    shares = np.floor(weights / np.sum(weights) * (support_set_size - ways))
    return np.minimum(shares.astype(np.int64) + 1, num_remaining)


def sample_num_images(
    images_per_class: np.ndarray,
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> tuple[np.ndarray, int]:
    """Draws how many support and query images an episode has.

    Args:
      images_per_class: images of each class of the episode, [ways].
      config: what is fixed, and the bounds of what varies.
      rng: generator of random numbers.

    Returns:
      Support images of each class, [ways], and query images of every class.

    Raises:
      SamplingError: a class has too few images.
    """
    num_query = config.num_query
    if num_query is None:
        num_query = compute_num_query(
            images_per_class, config.max_num_query, config.num_support
        )
    if config.num_support is not None:
        return _fixed_support(images_per_class, num_query, config, rng), num_query
    num_remaining = images_per_class - num_query
    support_set_size = sample_support_set_size(
        num_remaining,
        config.max_support_size_contrib_per_class,
        config.max_support_set_size,
        rng,
    )
    num_support = sample_num_support_per_class(
        images_per_class,
        num_remaining,
        support_set_size,
        config.min_log_weight,
        config.max_log_weight,
        rng,
    )
    return num_support, num_query


def _fixed_support(
    images_per_class: np.ndarray,
    num_query: int,
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> np.ndarray:
    low, high = config.num_support_range
    num_support = low if low == high else int(rng.randint(low, high + 1))
    fewest = int(np.min(images_per_class))
    if num_support + num_query > fewest:
        raise SamplingError(
            f"a class has {fewest} images, fewer than {num_support} for support and "
            f"{num_query} for query: set EpisodeDescriptionConfig.min_examples_in_class "
            f"= {num_support + num_query}, or ask for fewer"
        )
    return np.full(len(images_per_class), num_support, dtype=np.int64)
