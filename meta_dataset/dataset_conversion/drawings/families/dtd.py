"""dtd: textures, computed from coordinates rather than painted."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from meta_dataset.dataset_conversion.drawings.canvas import IMAGE_SIZE, encode, hsv
from meta_dataset.dataset_conversion.drawings.family import (
    Family,
    NamedRandomness,
    split_names,
)

# From coordinates in periods [height, width], turned and warped, and a generator, to how
# much there is of the first of two colours, in [0, 1].
Texture = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _wave(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.sin(2 * np.pi * x)


def _cell(x: np.ndarray) -> np.ndarray:
    """Distance from the middle of the period, in [0, 0.5]."""
    return np.abs(x - np.floor(x) - 0.5)


def _edge(value: np.ndarray, softness: float = 0.06) -> np.ndarray:
    return np.clip(value / softness + 0.5, 0, 1)


def _hash(i: np.ndarray, j: np.ndarray, salt: float) -> np.ndarray:
    """A number in [0, 1) for each cell."""
    value = np.sin(i * 127.1 + j * 311.7 + salt * 74.7) * 43758.5453
    return value - np.floor(value)


def _noise(x: np.ndarray, y: np.ndarray, salt: float) -> np.ndarray:
    """Smooth noise with cells of size one."""
    i, j = np.floor(x), np.floor(y)
    u, v = (f * f * (3 - 2 * f) for f in (x - i, y - j))
    corners = [_hash(i + a, j + b, salt) for b in (0, 1) for a in (0, 1)]
    top = corners[0] * (1 - u) + corners[1] * u
    return top * (1 - v) + (corners[2] * (1 - u) + corners[3] * u) * v


def _seeds(x: np.ndarray, y: np.ndarray, salt: float) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest and second nearest of scattered points."""
    i, j = np.floor(x), np.floor(y)
    distances = [
        np.hypot(
            i + a + _hash(i + a, j + b, salt) - x,
            j + b + _hash(i + a, j + b, salt + 1) - y,
        )
        for a in (-1, 0, 1)
        for b in (-1, 0, 1)
    ]
    nearest = np.partition(np.stack(distances), 1, axis=0)
    return nearest[0], nearest[1]


def _border(x: np.ndarray, y: np.ndarray, salt: float) -> np.ndarray:
    """How far it is to the border between two scattered points."""
    nearest, second = _seeds(x, y, salt)
    return second - nearest


_TEXTURES: dict[str, Texture] = {
    "banded": lambda x, y, g: _wave(x * 0.6),
    "striped": lambda x, y, g: _edge(_cell(x) - 0.25),
    "lined": lambda x, y, g: _edge(_cell(x * 1.5) - 0.42),
    "pleated": lambda x, y, g: x * 0.7 - np.floor(x * 0.7),
    "zigzagged": lambda x, y, g: _edge(_cell(x + 1.4 * _cell(y * 0.8)) - 0.25),
    "swirly": lambda x, y, g: _wave(
        x * 0.6 + 1.2 * _noise(x * 0.5, y * 0.5, g.random())
    ),
    "marbled": lambda x, y, g: (
        _wave(0.3 * y + 3 * _noise(x * 0.4, y * 0.4, g.random())) ** 3
    ),
    "chequered": lambda x, y, g: (np.floor(x) + np.floor(y)) % 2,
    "grid": lambda x, y, g: _edge(np.maximum(_cell(x), _cell(y)) - 0.4),
    "meshed": lambda x, y, g: _edge(np.maximum(_cell(x + y), _cell(x - y)) - 0.36),
    "waffled": lambda x, y, g: 2 * np.maximum(_cell(x), _cell(y)),
    "crosshatched": lambda x, y, g: np.maximum(
        _edge(_cell(1.4 * x + y) - 0.42), _edge(_cell(1.4 * x - y) - 0.42)
    ),
    "polka-dotted": lambda x, y, g: _edge(0.3 - np.hypot(_cell(x), _cell(y))),
    "perforated": lambda x, y, g: (
        1 - _edge(0.2 - np.hypot(_cell(1.4 * x), _cell(1.4 * y)))
    ),
    "ringed": lambda x, y, g: _edge(0.08 - np.abs(np.hypot(_cell(x), _cell(y)) - 0.33)),
    "studded": lambda x, y, g: np.clip(1.2 - 2.6 * np.hypot(_cell(x), _cell(y)), 0, 1),
    "scaly": lambda x, y, g: (
        2 * np.hypot(_cell(x + 0.5 * (np.floor(y) % 2)), (y % 1) / 2)
    ),
    "bricked": lambda x, y, g: (
        1
        - np.maximum(
            _edge(_cell(x / 2 + 0.5 * (np.floor(y) % 2)) - 0.46), _edge(_cell(y) - 0.42)
        )
    ),
    "woven": lambda x, y, g: np.where(
        (np.floor(x) + np.floor(y)) % 2, 2 * _cell(x), 0.3 + 1.2 * _cell(y)
    ),
    "braided": lambda x, y, g: _wave(
        y * 0.8 + np.where(np.floor(x) % 2, 1, -1) * _cell(x)
    ),
    "cracked": lambda x, y, g: _edge(_border(x, y, g.random()) - 0.1),
    "cobbled": lambda x, y, g: 1 - 1.1 * _seeds(x, y, g.random())[0],
    "bubbly": lambda x, y, g: _edge(
        0.06 - np.abs(_seeds(x * 0.8, y * 0.8, g.random())[0] - 0.35)
    ),
    "sprinkled": lambda x, y, g: _edge(0.2 - _seeds(x, y, g.random())[0]),
    "flecked": lambda x, y, g: _edge(_noise(x * 1.8, y * 1.8, g.random()) - 0.72, 0.1),
    "blotchy": lambda x, y, g: _edge(_noise(x * 0.6, y * 0.6, g.random()) - 0.5, 0.15),
    "gauzy": lambda x, y, g: 0.6 * _noise(x * 0.5, y * 0.5, g.random()) + 0.3,
    "fibrous": lambda x, y, g: _noise(x * 4, y * 0.3, g.random()),
    "grooved": lambda x, y, g: np.sqrt(_cell(x * 0.8) * 2),
    "stratified": lambda x, y, g: _hash(
        np.floor(x * 1.3 + 0.6 * _noise(y * 0.4, x * 0.1, 0.5)), 0 * x, g.random()
    ),
    "spiralled": lambda x, y, g: _wave(
        np.hypot(x, y) * 0.7 + np.arctan2(y, x) / (2 * np.pi)
    ),
    "starry": lambda x, y, g: _edge(0.05 - _cell(x) * _cell(y) * 2, 0.08),
    "veined": lambda x, y, g: _edge(
        0.04 - np.abs(_noise(x * 0.7, y * 0.7, g.random()) - 0.5)
    ),
    "smeared": lambda x, y, g: _noise(x * 0.5, y * 1.5 + np.sin(x), g.random()),
}


def _style(name: str, _: NamedRandomness) -> Texture:
    return _TEXTURES[name]


def _draw(texture: Texture, rng: np.random.Generator) -> bytes:
    ramp = np.linspace(-1, 1, IMAGE_SIZE)
    y, x = np.meshgrid(ramp, ramp, indexing="ij")
    # A bent sheet, seen from somewhere, at some distance.
    x = x + 0.08 * rng.normal() * y**2 + 0.05 * rng.normal() * np.sin(3 * y)
    periods, angle = rng.uniform(2.2, 5.5), rng.uniform(-0.5, 0.5)
    c, s = periods * np.cos(angle), periods * np.sin(angle)
    phase = rng.uniform(-0.5, 0.5, 2)
    amount = texture(c * x - s * y + phase[0], s * x + c * y + phase[1], rng)
    amount = np.clip(amount, 0, 1)[..., None]
    if rng.random() < 0.5:
        amount = 1 - amount
    hue, contrast = rng.random(), rng.uniform(0.25, 0.7)
    dark = rng.uniform(0.1, 0.95 - contrast)
    first = np.array(hsv(hue, rng.uniform(0.1, 0.7), dark + contrast))
    second = np.array(hsv(hue + rng.normal(0, 0.15), rng.uniform(0.1, 0.7), dark))
    pixels = second + amount * (first - second)
    light = 1 + rng.uniform(-0.25, 0.25) * x + rng.uniform(-0.25, 0.25) * y
    pixels = pixels * light[..., None] + rng.normal(0, 7, (*x.shape, 1))
    return encode(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))


FAMILY = Family(
    dataset="dtd",
    classes=split_names(list(_TEXTURES), 20, 6, 8),
    images=(22, 30),
    style=_style,
    draw=_draw,
)
