"""The vocabulary of splits, and what a batch or an episode is made of.

Plain values without behaviour, shared by everything that reads data.
"""

import enum
from typing import NamedTuple


class Split(enum.Enum):
    """The three disjoint sets of classes of a dataset."""

    TRAIN = 0
    VALID = 1
    TEST = 2

    @classmethod
    def from_name(cls, name: str) -> "Split":
        """Returns the split called `name`, in either case, as flags write it.

        Args:
          name: 'train', 'valid' or 'test'.

        Raises:
          ValueError: there is no such split.
        """
        try:
            return cls[name.upper()]
        except KeyError:
            known = ", ".join(split.name.lower() for split in cls)
            raise ValueError(f"unknown split {name!r}: give one of {known}") from None


class BatchSpecification(NamedTuple):
    """Plain images and labels drawn from one split."""

    split: Split
    batch_size: int


class EpisodeSpecification(NamedTuple):
    """Episodes drawn from one split; None stands for a number that varies."""

    split: Split
    num_classes: int | None
    num_train_examples: int | None
    """Support images of each class."""
    num_test_examples: int | None
    """Query images of each class."""
