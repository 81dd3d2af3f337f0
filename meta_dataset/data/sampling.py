"""Drawing the composition of an episode: which classes, how many images of each.

Follows section 3.2 of Triantafillou et al. 2020 (Meta-Dataset). No image is read here:
the outcome says how many support and query images of each class to take.

Functions take the generator of random numbers last; without one they use `RNG`, which
may be replaced. The order of their draws is that of the newest published code, so that
equal generators give equal episodes.
"""

import functools
import logging
from collections.abc import Callable, Sequence

import numpy as np

from meta_dataset.data.class_hierarchies import (
    MAX_SPANNING_LEAVES_ELIGIBLE,
    SamplingError,
    classes_of_superclasses,
    spans_of_eligible_nodes,
)
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import AnyDatasetSpecification
from meta_dataset.data.learning_spec import Split

__all__ = [
    "MAX_SPANNING_LEAVES_ELIGIBLE",
    "RNG",
    "EpisodeDescription",
    "EpisodeDescriptionSampler",
    "SamplingError",
    "compute_num_query",
    "sample_class_ids_uniformly",
    "sample_num_images",
    "sample_num_support_per_class",
    "sample_num_ways_uniformly",
    "sample_support_set_size",
]

RNG = np.random.RandomState()
"""The generator that functions use without another, and that seeds new samplers."""

EpisodeDescription = tuple[tuple[int, int, int], ...]
"""(class id relative to the split, support images, query images), in label order."""

ChooseClasses = Callable[[np.random.RandomState], np.ndarray]
"""Draws the classes of an episode: ids relative to the split, in label order."""

_log = logging.getLogger(__name__)


def sample_num_ways_uniformly(
    num_classes: int,
    min_ways: int,
    max_ways: int,
    rng: np.random.RandomState | None = None,
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
    return int(_generator(rng).randint(min_ways, most + 1))


def sample_class_ids_uniformly(
    num_ways: int,
    rel_classes: int | Sequence[int],
    rng: np.random.RandomState | None = None,
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
    available = rel_classes if isinstance(rel_classes, int) else len(rel_classes)
    if num_ways > available:
        raise SamplingError(f"cannot draw {num_ways} ways from {available} classes")
    return _generator(rng).choice(rel_classes, num_ways, replace=False)


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
    rng: np.random.RandomState | None = None,
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
    beta = _generator(rng).uniform()
    contributions = np.minimum(max_support_size_contrib_per_class, num_remaining)
    size = np.sum(np.floor(beta * contributions + 1))
    return min(max_support_set_size, int(size))


def sample_num_support_per_class(
    images_per_class: Sequence[int] | np.ndarray,
    num_remaining_per_class: Sequence[int] | np.ndarray,
    support_set_size: int,
    min_log_weight: float,
    max_log_weight: float,
    rng: np.random.RandomState | None = None,
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
      SamplingError: fewer images than classes, or a class with nothing left.
    """
    images = np.asarray(images_per_class)
    num_remaining = np.asarray(num_remaining_per_class)
    ways = len(images)
    if support_set_size < ways:
        raise SamplingError(
            f"a support set of {support_set_size} images cannot show {ways} classes"
        )
    if np.any(num_remaining < 1):
        raise SamplingError(
            "a class has no image left beside its query images: lower "
            "EpisodeDescriptionConfig.num_query or raise min_examples_in_class"
        )
    alphas = _generator(rng).uniform(min_log_weight, max_log_weight, size=ways)
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


def _generator(rng: np.random.RandomState | None) -> np.random.RandomState:
    return RNG if rng is None else rng


class EpisodeDescriptionSampler:
    """Draws descriptions of episodes from one split of one dataset."""

    def __init__(
        self,
        dataset_spec: AnyDatasetSpecification,
        split: Split,
        episode_descr_config: EpisodeDescriptionConfig,
        pool: str | None = None,
        use_dag_hierarchy: bool = False,
        use_bilevel_hierarchy: bool = False,
        use_all_classes: bool = False,
        ignore_hierarchy_probability: float | None = None,
    ):
        """Prepares the drawing; the sampler's own generator is seeded from `RNG`.

        Args:
          dataset_spec: the dataset.
          split: the split whose classes are drawn.
          episode_descr_config: what is fixed, and the bounds of what varies.
          pool: None; pools of examples are not supported.
          use_dag_hierarchy: draw a node of the graph of classes and take the classes
            under it, unless the settings ignore it.
          use_bilevel_hierarchy: draw a superclass and take classes of it, unless the
            settings ignore it.
          use_all_classes: every episode has all classes of the split, in order.
          ignore_hierarchy_probability: how often a hierarchy is ignored for one
            episode; None: as the settings say.

        Raises:
          SamplingError: too few classes, or settings that exclude each other.
        """
        config = episode_descr_config
        self.dataset_spec = dataset_spec
        self.split = split
        self.config = config
        self._images = np.array(
            [
                dataset_spec.get_total_images_per_class(class_id, pool)
                for class_id in dataset_spec.get_classes(split)
            ],
            dtype=np.int64,
        )
        self._class_ids = self._usable_classes()
        self._use_all_classes = use_all_classes
        if use_all_classes and len(self._class_ids) < len(self._images):
            raise SamplingError(
                f"{dataset_spec.name}: all {split.name} classes are asked for, and "
                "EpisodeDescriptionConfig.min_examples_in_class leaves some out"
            )
        self._choose_in_hierarchy = self._hierarchical_choice(
            use_dag_hierarchy and not config.ignore_dag_ontology,
            use_bilevel_hierarchy and not config.ignore_bilevel_ontology,
        )
        if ignore_hierarchy_probability is None:
            ignore_hierarchy_probability = config.ignore_hierarchy_probability
        self._ignore_hierarchy_probability = ignore_hierarchy_probability
        self._rng = np.random.RandomState(RNG.randint(0, 2**32, dtype="uint32"))

    def sample_episode_description(
        self, rng: np.random.RandomState | None = None
    ) -> EpisodeDescription:
        """Draws an episode.

        Args:
          rng: generator of random numbers; without one the sampler's own is used.

        Returns:
          (class id relative to the split, support images, query images) of each class;
          the first class has label 0.

        Raises:
          SamplingError: a class that was drawn has too few images.
        """
        rng = self._rng if rng is None else rng
        class_ids = self._choose_classes(rng)
        try:
            num_support, num_query = sample_num_images(
                self._images[class_ids], self.config, rng
            )
        except SamplingError as error:
            raise SamplingError(
                f"{self.dataset_spec.name}, {self.split.name} classes "
                f"{class_ids.tolist()} (relative to the split): {error}"
            ) from error
        return tuple(
            (class_id, shots, num_query)
            for class_id, shots in zip(
                class_ids.tolist(), num_support.tolist(), strict=True
            )
        )

    def compute_chunk_sizes(self) -> tuple[int, int, int]:
        """Returns the most images that an episode needs, for padding.

        Returns:
          Sizes of the chunks to flush, of the support set and of the query set. The
          first is the sum of the others.
        """
        config = self.config
        ways = len(self._images) if self._use_all_classes else config.max_ways
        query = ways * config.max_query
        if config.max_support is None:
            support = config.max_support_set_size
        else:
            support = ways * config.max_support
        return support + query, support, query

    def _usable_classes(self) -> np.ndarray:
        """Returns the classes that are large enough, as ids relative to the split."""
        fewest = self.config.min_examples_in_class
        name = f"{self.dataset_spec.name}, {self.split.name}"
        for class_id in np.flatnonzero(self._images < fewest):
            _log.info(
                "%s: class %d (relative to the split) is left out, it has %d images "
                "and min_examples_in_class is %d",
                name,
                class_id,
                self._images[class_id],
                fewest,
            )
        class_ids = np.flatnonzero(self._images >= fewest)
        min_ways = self.config.min_ways
        if min_ways is not None and len(class_ids) < min_ways:
            raise SamplingError(
                f"{name}: {len(class_ids)} classes have at least {fewest} images, fewer "
                f"than EpisodeDescriptionConfig.min_ways = {min_ways}: lower it, lower "
                "min_examples_in_class, or leave the dataset out"
            )
        return class_ids

    def _hierarchical_choice(
        self, use_dag: bool, use_bilevel: bool
    ) -> ChooseClasses | None:
        """Returns how the hierarchy of the classes is used, None if it is not."""
        if not (use_dag or use_bilevel):
            return None
        config, name = self.config, self.dataset_spec.name
        remedy = "ignore_bilevel_ontology" if use_bilevel else "ignore_dag_ontology"
        if config.num_ways is not None or self._use_all_classes:
            raise SamplingError(
                f"{name}: the hierarchy of its classes decides the number of ways, which "
                f"is fixed (num_ways = {config.num_ways}): set "
                f"EpisodeDescriptionConfig.{remedy} = True"
            )
        if not use_bilevel:
            spans = spans_of_eligible_nodes(
                self.dataset_spec, self.split, self._class_ids.tolist(), config.min_ways
            )
            return functools.partial(
                _choose_below_a_node, list(spans.values()), config.max_ways_upper_bound
            )
        if config.min_examples_in_class > 0:
            raise SamplingError(
                f"{name}: EpisodeDescriptionConfig.min_examples_in_class = "
                f"{config.min_examples_in_class} cannot be combined with superclasses: "
                f"set it to 0, or set {remedy} = True"
            )
        superclasses = classes_of_superclasses(
            self.dataset_spec, self.split, config.min_ways
        )
        return functools.partial(
            _choose_in_a_superclass, list(superclasses.values()), config
        )

    def _choose_classes(self, rng: np.random.RandomState) -> np.ndarray:
        """Draws the classes of an episode, relative to the split, in label order."""
        if self._use_all_classes:
            return self._class_ids
        if self._choose_in_hierarchy is not None and not self._ignores_hierarchy(rng):
            return self._choose_in_hierarchy(rng)
        return _choose_uniformly(self._class_ids, self.config, rng)

    def _ignores_hierarchy(self, rng: np.random.RandomState) -> bool:
        """Draws whether this episode ignores the hierarchy, if there is a chance."""
        chance = self._ignore_hierarchy_probability
        return chance > 0 and bool(rng.choice([True, False], p=[chance, 1 - chance]))


def _choose_uniformly(
    class_ids: Sequence[int],
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> np.ndarray:
    num_ways = config.num_ways
    if num_ways is None:
        num_ways = sample_num_ways_uniformly(
            len(class_ids), config.min_ways, config.max_ways_upper_bound, rng
        )
    return sample_class_ids_uniformly(num_ways, class_ids, rng)


def _choose_below_a_node(
    spans: Sequence[np.ndarray], max_ways: int, rng: np.random.RandomState
) -> np.ndarray:
    span = spans[rng.choice(len(spans))]
    if len(span) <= max_ways:
        return span
    return sample_class_ids_uniformly(max_ways, span, rng)


def _choose_in_a_superclass(
    superclasses: Sequence[range],
    config: EpisodeDescriptionConfig,
    rng: np.random.RandomState,
) -> np.ndarray:
    superclass = superclasses[rng.choice(len(superclasses), 1)[0]]
    num_ways = sample_num_ways_uniformly(
        len(superclass), config.min_ways, config.max_ways_upper_bound, rng
    )
    within = sample_class_ids_uniformly(num_ways, len(superclass), rng)
    return superclass.start + within
