"""What every family of drawings has: named classes, a style for each, and a hand.

A class is known by its name and drawn from a seed made of that name, so that a smaller
set holds the same images as a larger one as far as it goes.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from meta_dataset.data.learning_spec import Split

# Gives a generator for a name within the family, always the same for the same name.
NamedRandomness = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class Family:
    """One dataset of the demo."""

    dataset: str
    # Class names in the order of their class ids.
    classes: Mapping[Split, tuple[str, ...]]
    # Fewest and most images of a class.
    images: tuple[int, int]
    # What all images of a class have in common.
    style: Callable[[str, NamedRandomness], Any]
    # One image of that style, an encoded JPEG.
    draw: Callable[[Any, np.random.Generator], bytes]


@dataclass(frozen=True)
class DrawnImages:
    """The images of one class, drawn when iterated."""

    family: Family
    name: str
    seed: int
    count: int

    def __iter__(self) -> Iterator[bytes]:
        style = self.family.style(self.name, self._randomness)
        for index in range(self.count):
            rng = self._randomness(f"{self.name}/{index}")
            yield self.family.draw(style, rng)

    def _randomness(self, name: str) -> np.random.Generator:
        return randomness(self.seed, f"{self.family.dataset}/{name}")


def randomness(seed: int, name: str) -> np.random.Generator:
    """Returns the generator of a name; other names and seeds are independent of it."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def split_names(
    names: Sequence[str], num_train: int, num_valid: int, num_test: int
) -> Mapping[Split, tuple[str, ...]]:
    """Returns names dealt out to the splits, as if at random but always the same."""
    dealt = sorted(names, key=lambda name: zlib.crc32(name.encode()))
    valid, test = num_train + num_valid, num_train + num_valid + num_test
    if len(dealt) < test:
        raise ValueError(f"{test} classes asked for, {len(dealt)} names")
    return {
        Split.TRAIN: tuple(dealt[:num_train]),
        Split.VALID: tuple(dealt[num_train:valid]),
        Split.TEST: tuple(dealt[valid:test]),
    }


def named_colours() -> Mapping[str, tuple[float, float, float]]:
    """Returns colours with names that people use: hue in turns, saturation, value."""
    return _COLOURS


_COLOURS = {
    "scarlet": (0.0, 0.85, 0.8),
    "orange": (0.07, 0.9, 0.9),
    "golden": (0.13, 0.8, 0.9),
    "green": (0.33, 0.6, 0.55),
    "azure": (0.56, 0.65, 0.85),
    "indigo": (0.66, 0.65, 0.55),
    "violet": (0.78, 0.5, 0.7),
    "rosy": (0.93, 0.45, 0.9),
    "brown": (0.07, 0.6, 0.45),
    "black": (0.6, 0.2, 0.18),
    "white": (0.12, 0.08, 0.95),
    "grey": (0.6, 0.08, 0.55),
}
