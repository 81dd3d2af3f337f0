"""omniglot: characters of invented alphabets, light strokes on a dark ground.

The characters of an alphabet share its hand: how many strokes, how round, how wide.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.drawings.canvas import Canvas, random_pose
from meta_dataset.dataset_conversion.drawings.family import Family, NamedRandomness
from meta_dataset.dataset_conversion.drawings.shapes import (
    LIGHT,
    line,
    points_of,
    smoothed,
)

# Name and number of characters; at least five, so that an alphabet makes an episode.
ALPHABETS = {
    Split.TRAIN: {"Ambrian": 9, "Belthar": 8, "Corvish": 10, "Dunlic": 7, "Eltwen": 8},
    Split.VALID: {"Farsh": 6, "Gheldi": 7, "Hollan": 6},
    Split.TEST: {"Ithric": 8, "Jurnic": 7, "Kestral": 9, "Lomari": 7},
}


def alphabet_of(name: str) -> str:
    """Returns the alphabet of a character's class name."""
    return name.split("-")[0]


@dataclass(frozen=True)
class _Style:
    strokes: tuple[np.ndarray, ...]  # control points, [points, 2]
    round: bool


def _style(name: str, randomness: NamedRandomness) -> _Style:
    alphabet = randomness(alphabet_of(name))
    is_round, height = alphabet.random() < 0.6, alphabet.uniform(0.6, 0.9)
    fewest = int(alphabet.integers(1, 3))
    rng = randomness(name)
    strokes = []
    pen = rng.uniform(-1, 1, 2)
    for _ in range(int(rng.integers(fewest, fewest + 3))):
        points = [pen]
        for _ in range(int(rng.integers(2, 4))):
            points.append(_next(points[-1], rng))
        strokes.append(np.array(points))
        # The next stroke starts on this one as often as not.
        on_this_one = rng.random() < 0.5
        pen = points[int(rng.integers(len(points)))] if on_this_one else _next(pen, rng)
    corner = np.min([stroke.min(0) for stroke in strokes], 0)
    extent = np.max([stroke.max(0) for stroke in strokes], 0) - corner
    # Every character fills its field, less so in the narrow direction.
    middle, scale = corner + extent / 2, 1.6 / max(extent.max(), 0.5)
    return _Style(
        tuple((stroke - middle) * (scale, scale * height) for stroke in strokes),
        is_round,
    )


def _next(point: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A point at some distance, so that no stroke shrinks to a dot."""
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.4)
    step = length * np.array([np.cos(angle), np.sin(angle)])
    return np.where(np.abs(point + step) > 1, point - step, point + step)


def _draw(style: _Style, rng: np.random.Generator) -> bytes:
    canvas = Canvas(Image.new("RGB", (4, 4)))
    where = random_pose(rng, scale=(0.75, 0.98), turns=0.03, shift=0.08, flip=False)
    width = rng.uniform(0.045, 0.075)
    for stroke in style.strokes:
        points = stroke + rng.normal(0, 0.06, stroke.shape)
        if style.round:
            points = smoothed(points)
        canvas.paint((line(points_of(*points.T), width, LIGHT),), _INK, where)
    return canvas.finish(rng, noise=0.0, light=0.0)


_INK = {LIGHT: (255, 255, 255)}

FAMILY = Family(
    dataset="omniglot",
    classes={
        split: tuple(
            f"{name}-character{number:02d}"
            for name, characters in alphabets.items()
            for number in range(1, characters + 1)
        )
        for split, alphabets in ALPHABETS.items()
    },
    images=(20, 20),
    style=_style,
    draw=_draw,
)
