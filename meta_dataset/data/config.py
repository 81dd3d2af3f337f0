"""Settings of the data that gin binds: how images are read, how episodes are drawn."""

import dataclasses
import math
import numbers

import gin

from meta_dataset import setting_kinds
from meta_dataset.errors import UsageError


class DataSettingsError(UsageError, RuntimeError):
    """Settings of the data that lack something or contradict each other."""


READERS = ("indexed", "stream")

_FEWEST = (
    ("num_ways", 1),
    ("num_query", 0),
    ("min_ways", 1),
    ("max_ways_upper_bound", 1),
    ("max_num_query", 1),
    ("max_support_set_size", 1),
    ("max_support_size_contrib_per_class", 1),
    ("min_examples_in_class", 0),
    ("num_unique_descriptions", 0),
)
"""The least that numbers of an `EpisodeDescriptionConfig` can be."""


@gin.configurable
@dataclasses.dataclass(frozen=True)
class DataConfig:
    """How records become images.

    The defaults are the values that the published settings ship; published code has
    none and insists on a binding.
    """

    image_height: int = 84
    """Height and width of the images handed to the learner, in pixels."""
    shuffle_buffer_size: int | None = 1000
    """Records in a shuffle buffer; 0 or None: no shuffling (stream reader)."""
    read_buffer_size_bytes: int | None = 1048576
    """Bytes read ahead from an open record file (stream reader)."""
    num_prefetch: int = 64
    """Records prefetched from a class file; below 1: none (stream reader)."""
    eval_dumped_episodes_dir: str | None = None
    """Newest published settings bind it; must be None."""
    eval_extra_dumped_episodes_dir: str | None = None
    """Newest published settings bind it; must be None."""
    vtab_query_size_limit: int = 500
    """Newest published settings bind it; concerns none of the ten datasets."""
    reader: str = "indexed"
    """'indexed' (positioned reads) or 'stream' (a tf.data stream per class file)."""

    def __post_init__(self) -> None:
        sizes = ("shuffle_buffer_size", "read_buffer_size_bytes")
        setting_kinds.check(self, [("image_height", 1), *((n, 0) for n in sizes)])
        if self.reader not in READERS:
            raise DataSettingsError(
                f"DataConfig.reader is {self.reader!r}: give one of {READERS}"
            )
        for name in ("eval_dumped_episodes_dir", "eval_extra_dumped_episodes_dir"):
            if getattr(self, name) is not None:
                raise DataSettingsError(
                    f"DataConfig.{name}: episodes dumped to disk cannot be read; "
                    "leave it None, episodes are drawn from the records"
                )


@gin.configurable
@dataclasses.dataclass(frozen=True)
class EpisodeDescriptionConfig:
    """How the composition of an episode is drawn (Triantafillou et al. 2020, sec. 3.2).

    None for `num_ways`, `num_support` or `num_query` means that the number varies, and
    then the limits below it are needed. The defaults are the variable setting of the
    benchmark; published code has none and insists on a binding of each.
    """

    num_ways: int | None = None
    """Classes in an episode."""
    num_support: int | tuple[int, int] | None = None
    """Support images of each class; a pair: one number within it for an episode."""
    num_query: int | None = None
    """Query images of each class; 0 is a number like others."""
    min_ways: int | None = 5
    """Fewest classes. A split that has fewer is refused even if `num_ways` is given."""
    max_ways_upper_bound: int | None = 50
    """Most classes; a smaller split lowers it."""
    max_num_query: int | None = 10
    """Most query images of a class."""
    max_support_set_size: int | None = 500
    """Most support images of all classes together."""
    max_support_size_contrib_per_class: int | None = 100
    """What one class adds at most to the size aimed at; not a cap on its shots."""
    min_log_weight: float | None = -math.log(2)
    """Lower end of the logarithm of the random weight of a class."""
    max_log_weight: float | None = math.log(2)
    """Upper end of it."""
    ignore_dag_ontology: bool = False
    """Draw the classes of ilsvrc_2012 uniformly."""
    ignore_bilevel_ontology: bool = False
    """Draw the classes of omniglot uniformly."""
    ignore_hierarchy_probability: float = 0.0
    """Probability of drawing the classes of one episode uniformly all the same."""
    simclr_episode_fraction: float = 0.0
    """Newest published settings bind it; must be 0."""
    min_examples_in_class: int = 0
    """Classes with fewer images are never drawn."""
    num_unique_descriptions: int = 0
    """If positive, the compositions repeat after so many."""

    def __post_init__(self) -> None:
        setting_kinds.check(self, _FEWEST)
        missing = [name for name in self._needed() if getattr(self, name) is None]
        if missing:
            raise DataSettingsError(
                "EpisodeDescriptionConfig lacks " + ", ".join(missing) + ": bind them, "
                "or fix num_ways, num_support and num_query"
            )
        if not 0.0 <= self.ignore_hierarchy_probability <= 1.0:
            raise DataSettingsError(
                "EpisodeDescriptionConfig.ignore_hierarchy_probability is "
                f"{self.ignore_hierarchy_probability}: give a number from 0 to 1"
            )
        if self.simclr_episode_fraction != 0.0:
            raise DataSettingsError(
                "EpisodeDescriptionConfig.simclr_episode_fraction: episodes of augmented "
                "copies are not available; leave it 0"
            )
        self._check_order(self.num_ways, "min_ways", "max_ways_upper_bound")
        self._check_order(self.num_support, "min_log_weight", "max_log_weight")
        if self.num_support is not None:
            low, high = self.num_support_range
            if not 1 <= low <= high:
                raise DataSettingsError(
                    f"EpisodeDescriptionConfig.num_support is {self.num_support}: give "
                    "a number from 1, or a pair (fewest, most)"
                )

    def _check_order(self, fixed: object, lower: str, upper: str) -> None:
        """Checks two bounds of what varies unless it is fixed."""
        low, high = getattr(self, lower), getattr(self, upper)
        if fixed is None and low > high:
            raise DataSettingsError(
                f"EpisodeDescriptionConfig.{lower} ({low}) is larger than {upper} "
                f"({high})"
            )

    def _needed(self) -> list[str]:
        """Returns the names of the fields that this setting cannot do without."""
        needed = []
        if self.num_ways is None:
            needed += ["min_ways", "max_ways_upper_bound"]
        if self.num_query is None:
            needed += ["max_num_query"]
        if self.num_support is None:
            needed += [
                "max_support_set_size",
                "max_support_size_contrib_per_class",
                "min_log_weight",
                "max_log_weight",
            ]
        return needed

    @property
    def max_ways(self) -> int:
        """Most classes that an episode can have."""
        return self.num_ways if self.num_ways is not None else self.max_ways_upper_bound

    @property
    def max_query(self) -> int:
        """Most query images that a class can have."""
        return self.num_query if self.num_query is not None else self.max_num_query

    @property
    def max_support(self) -> int | None:
        """Most support images of a class, None if they vary by class."""
        if self.num_support is None:
            return None
        return max(self.num_support_range)

    @property
    def num_support_range(self) -> tuple[int, int]:
        """Fewest and most support images of a class, if `num_support` is given."""
        if isinstance(self.num_support, numbers.Integral):
            return self.num_support, self.num_support
        low, high = self.num_support
        return low, high
