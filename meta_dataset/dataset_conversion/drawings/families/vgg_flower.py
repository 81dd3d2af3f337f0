"""vgg_flower: blossoms; the kind gives number and form of the petals, the name the colour."""

from dataclasses import dataclass

import numpy as np

from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
    Palette,
    haze,
    hsv,
    pose,
    random_pose,
)
from meta_dataset.dataset_conversion.drawings.family import (
    Family,
    NamedRandomness,
    named_colours,
    split_names,
)
from meta_dataset.dataset_conversion.drawings.scenery import clutter
from meta_dataset.dataset_conversion.drawings.shapes import (
    ACCENT,
    DARK,
    MAIN,
    SECOND,
    Drawing,
    disc,
    line,
    points_of,
    poly,
    spots,
)


@dataclass(frozen=True)
class _Kind:
    petals: int
    width: float  # half, of one petal
    pointed: float  # 0 round, 1 pointed
    layers: int
    heart: float  # radius


_KINDS = {
    "daisy": _Kind(14, 0.09, 0.2, 1, 0.24),
    "lily": _Kind(6, 0.22, 0.9, 1, 0.1),
    "buttercup": _Kind(5, 0.4, 0.0, 1, 0.14),
    "dahlia": _Kind(12, 0.17, 0.5, 3, 0.1),
    "poppy": _Kind(4, 0.5, 0.0, 1, 0.2),
    "clematis": _Kind(8, 0.2, 0.7, 1, 0.16),
    "sunflower": _Kind(20, 0.09, 0.9, 1, 0.45),
}
_COLOURS = ("scarlet", "golden", "violet", "white", "rosy", "azure", "orange")


@dataclass(frozen=True)
class _Style:
    blossom: Drawing
    colour: tuple[float, float, float]
    heart: tuple[float, float, float]


def _style(name: str, randomness: NamedRandomness) -> _Style:
    colour, kind_name = name.split(".")[1].split(" ")
    kind, rng = _KINDS[kind_name], randomness(name)
    parts = []
    for layer in range(kind.layers):
        length = 1 - 0.27 * layer
        for i in range(kind.petals):
            angle = 2 * np.pi * (i + 0.5 * layer) / kind.petals
            shade = MAIN if (i + layer) % 2 else SECOND
            parts.append(
                _petal(angle, length, kind.width * length, kind.pointed, shade)
            )
    parts.append(disc(0, 0, kind.heart, kind.heart, ACCENT))
    if rng.random() < 0.6:
        parts.extend(spots(0, 0, kind.heart, kind.heart, 9, 0.03, DARK))
    heart = (rng.uniform(0.08, 0.18), 0.8, rng.choice([0.3, 0.85]))
    return _Style(tuple(parts), named_colours()[colour], heart)


def _petal(angle: float, length: float, width: float, pointed: float, shade: str):
    along = np.linspace(0, 1, 9)
    # Between an ellipse and a leaf with a tip.
    profile = width * np.sin(np.pi * along**0.8) ** (0.6 + 0.7 * pointed)
    x = np.concatenate([along, along[::-1]]) * length
    y = np.concatenate([profile, -profile[::-1]])
    c, s = np.cos(angle), np.sin(angle)
    return poly(points_of(c * x - s * y, s * x + c * y), shade)


def _palette(style: _Style, rng: np.random.Generator) -> Palette:
    h, s, v = style.colour
    h, s, v = h + rng.normal(0, 0.03), s + rng.normal(0, 0.1), v + rng.normal(0, 0.1)
    return {
        MAIN: hsv(h, s, v),
        SECOND: hsv(h + 0.01, s + 0.08, v * 0.84),
        ACCENT: hsv(*style.heart),
        DARK: hsv(0.08, 0.6, 0.3),
    }


def _draw(style: _Style, rng: np.random.Generator) -> bytes:
    canvas = Canvas(
        haze(rng, hue=(0.2, 0.42), saturation=(0.2, 0.7), value=(0.15, 0.65))
    )
    clutter(canvas, rng, int(rng.integers(1, 5)), strength=0.5)
    green = {"stalk": hsv(rng.uniform(0.24, 0.38), 0.6, rng.uniform(0.3, 0.6))}
    for _ in range(int(rng.integers(0, 3))):
        x, y = rng.uniform(-0.9, 0.9, 2)
        far = pose(
            rng.uniform(0.15, 0.3), rng.random(), rng.uniform(0.5, 1), centre=(x, y)
        )
        canvas.paint(style.blossom, _palette(style, rng), far)
    where = random_pose(rng, scale=(0.45, 0.8), turns=0.5, shift=0.25)
    x, y = where.offset
    stalk = line([(x, y), (x + rng.normal(0, 0.3), 1.2)], 0.08, "stalk")
    leaf = disc(x + 0.2, (y + 1.2) / 2, 0.25, 0.09, "stalk", rng.uniform(-0.1, 0.1))
    canvas.paint((stalk, leaf), green, pose())
    canvas.paint(style.blossom, _palette(style, rng), where)
    return canvas.finish(rng)


FAMILY = Family(
    dataset="vgg_flower",
    classes=split_names(
        [
            f"{7 * a + b + 1:03d}.{colour} {kind}"
            for a, kind in enumerate(_KINDS)
            for b, colour in enumerate(_COLOURS)
            if (a + b) % 7 < 5
        ],
        20,
        6,
        8,
    ),
    images=(24, 34),
    style=_style,
    draw=_draw,
)
