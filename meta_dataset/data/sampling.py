"""Drawing descriptions of episodes: which classes, how many images of each.

No image is read here: a description says how many support and query images of each
class to take. The published functions come from `composition`, where the generator of
random numbers is an argument; here it may be left out and is then `RNG`, which may be
replaced.
"""

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from meta_dataset.data import composition
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


def _with_default_generator(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function with an argument `rng` that may be left out: then `RNG`."""
    signature = inspect.signature(function)
    signature = signature.replace(
        parameters=[
            parameter.replace(default=None) if parameter.name == "rng" else parameter
            for parameter in signature.parameters.values()
        ]
    )

    @functools.wraps(function)
    def with_default(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        if bound.arguments.get("rng") is None:
            bound.arguments["rng"] = RNG
        return function(*bound.args, **bound.kwargs)

    with_default.__signature__ = signature
    return with_default


sample_num_ways_uniformly = _with_default_generator(
    composition.sample_num_ways_uniformly
)
sample_class_ids_uniformly = _with_default_generator(
    composition.sample_class_ids_uniformly
)
compute_num_query = composition.compute_num_query
sample_support_set_size = _with_default_generator(composition.sample_support_set_size)
sample_num_support_per_class = _with_default_generator(
    composition.sample_num_support_per_class
)


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
        if not 0.0 <= ignore_hierarchy_probability <= 1.0:
            raise SamplingError(
                f"ignore_hierarchy_probability is {ignore_hierarchy_probability}: give "
                "a number from 0 to 1"
            )
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
            num_support, num_query = composition.sample_num_images(
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
            large = f" of at least {fewest} images" if fewest else ""
            raise SamplingError(
                f"{name}: {len(class_ids)} classes{large}, fewer than "
                f"EpisodeDescriptionConfig.min_ways = {min_ways}: lower it, lower "
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
                composition.choose_below_a_node,
                list(spans.values()),
                config.max_ways_upper_bound,
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
            composition.choose_in_a_superclass, list(superclasses.values()), config
        )

    def _choose_classes(self, rng: np.random.RandomState) -> np.ndarray:
        """Draws the classes of an episode, relative to the split, in label order."""
        if self._use_all_classes:
            return self._class_ids
        if self._choose_in_hierarchy is not None and not self._ignores_hierarchy(rng):
            return self._choose_in_hierarchy(rng)
        return composition.choose_uniformly(self._class_ids, self.config, rng)

    def _ignores_hierarchy(self, rng: np.random.RandomState) -> bool:
        """Draws whether this episode ignores the hierarchy, if there is a chance."""
        chance = self._ignore_hierarchy_probability
        return chance > 0 and bool(rng.choice([True, False], p=[chance, 1 - chance]))
