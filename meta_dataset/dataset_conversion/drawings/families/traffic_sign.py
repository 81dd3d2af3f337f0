"""traffic_sign: signs by shape, colour and glyph, seen from a moving car. Test only."""

from dataclasses import replace

import numpy as np

from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
    haze,
    hsv,
    pose,
    random_pose,
)
from meta_dataset.dataset_conversion.drawings.family import Family, NamedRandomness
from meta_dataset.dataset_conversion.drawings.scenery import clutter, cover
from meta_dataset.dataset_conversion.drawings.shapes import (
    DARK,
    LIGHT,
    MAIN,
    Drawing,
    arc,
    box,
    disc,
    line,
    pair,
    poly,
)

_TRIANGLE = poly([(0, -0.95), (0.95, 0.72), (-0.95, 0.72)])
_DIAMOND = poly([(0, -0.95), (0.95, 0), (0, 0.95), (-0.95, 0)])
_OCTAGON = poly(
    [(0.4, -0.95), (0.95, -0.4), (0.95, 0.4), (0.4, 0.95)]
    + [(-0.4, 0.95), (-0.95, 0.4), (-0.95, -0.4), (-0.4, -0.95)]
)
_ROUND = disc(0, 0, 0.95, 0.95)
_SQUARE = box(0, 0, 0.9, 0.9)


def _arrow(*points: tuple[float, float], colour: str = LIGHT) -> Drawing:
    """A stroke that ends in a head."""
    (x0, y0), (x, y) = points[-2:]
    size = max(abs(x - x0), abs(y - y0))
    dx, dy = 0.26 * (x - x0) / size, 0.26 * (y - y0) / size
    head = poly([(x + dx, y + dy), (x - dy, y + dx), (x + dy, y - dx)], colour)
    return line(points, 0.16, colour), head


def _moved(parts: Drawing, dx: float, dy: float) -> Drawing:
    return tuple(part.moved(dx, dy) for part in parts)


def _digits(number: str) -> Drawing:
    """A number in strokes, as on speed limits."""
    strokes = {
        "0": arc(0, 0, 0.16, 0.32, (0, 1), 0.1),
        "2": line(
            [(-0.16, -0.25), (0, -0.34), (0.16, -0.2), (-0.16, 0.32), (0.18, 0.32)], 0.1
        ),
        "3": line(
            [(-0.16, -0.32), (0.16, -0.32), (0, -0.04), (0.16, 0.14), (-0.16, 0.32)],
            0.1,
        ),
        "5": line(
            [(0.16, -0.32), (-0.14, -0.32), (-0.14, -0.02), (0.16, 0.1), (-0.16, 0.32)],
            0.1,
        ),
        "7": line([(-0.16, -0.32), (0.18, -0.32), (-0.06, 0.34)], 0.1),
    }
    offsets = (-0.26, 0.26) if len(number) == 2 else (0,)
    return tuple(
        strokes[digit].moved(dx, 0) for digit, dx in zip(number, offsets, strict=True)
    )


_FACE = disc(0, 0, 0.72, 0.72, LIGHT)
_WARNING = (_TRIANGLE, poly([(0, -0.55), (0.62, 0.54), (-0.62, 0.54)], LIGHT))
_PERSON = (
    disc(0, -0.28, 0.12, 0.12, DARK),
    line([(0, -0.15), (0, 0.2), (-0.2, 0.5)], 0.13),
    line([(0, 0.2), (0.2, 0.5)], 0.13),
    line([(-0.25, 0.1), (0, -0.05), (0.25, 0.1)], 0.1),
)
_CAR = (
    box(0, 0.1, 0.3, 0.13, DARK),
    box(0, -0.08, 0.18, 0.1, DARK),
    disc(-0.17, 0.25, 0.09, 0.09, DARK),
    disc(0.17, 0.25, 0.09, 0.09, DARK),
)
_SLASH = line([(-0.55, 0.55), (0.55, -0.55)], 0.14, MAIN)

# The ring's or the ground's typical hue and saturation, and the parts.
_RED, _BLUE, _YELLOW = (0.98, 0.8), (0.6, 0.75), (0.13, 0.85)
_SIGNS: dict[str, tuple[tuple[float, float], Drawing]] = {
    "00.Speed limit (20km/h)": (_RED, (_ROUND, _FACE, *_digits("20"))),
    "01.Speed limit (30km/h)": (_RED, (_ROUND, _FACE, *_digits("30"))),
    "02.Speed limit (50km/h)": (_RED, (_ROUND, _FACE, *_digits("50"))),
    "03.Speed limit (70km/h)": (_RED, (_ROUND, _FACE, *_digits("70"))),
    "04.No passing": (_RED, (_ROUND, _FACE, *_CAR, _SLASH)),
    "05.No vehicles": (_RED, (_ROUND, _FACE)),
    "06.No entry": (_RED, (_ROUND, box(0, 0, 0.6, 0.16, LIGHT))),
    "07.Stop": (_RED, (_OCTAGON, line([(-0.6, 0), (0.6, 0)], 0.34, LIGHT))),
    "08.Yield": (_RED, tuple(part.turned_over() for part in _WARNING)),
    "09.Priority road": (
        _YELLOW,
        (replace(_DIAMOND, colour=LIGHT), _DIAMOND.moved(0, 0, 0.72)),
    ),
    "10.General caution": (
        _RED,
        (*_WARNING, box(0, 0, 0.07, 0.25, DARK), disc(0, 0.4, 0.08, 0.08, DARK)),
    ),
    "11.Curve to the left": (
        _RED,
        (*_WARNING, *_arrow((0.15, 0.45), (0.1, 0.1), (-0.12, -0.1), colour=DARK)),
    ),
    "12.Pedestrians": (_RED, (*_WARNING, *_moved(_PERSON, 0, 0.12))),
    "13.Traffic signals": (
        _RED,
        (*_WARNING, box(0, 0.15, 0.15, 0.38, DARK))
        + tuple(disc(0, y, 0.09, 0.09, MAIN) for y in (-0.08, 0.15, 0.38)),
    ),
    "14.Road narrows": (
        _RED,
        (*_WARNING, *pair(line([(0.25, 0.45), (0.08, 0.15), (0.08, -0.2)], 0.1))),
    ),
    "15.Ahead only": (_BLUE, (_ROUND, *_arrow((0, 0.6), (0, -0.3)))),
    "16.Turn right ahead": (_BLUE, (_ROUND, *_arrow((-0.3, 0.6), (-0.3, 0), (0.3, 0)))),
    "17.Keep left": (_BLUE, (_ROUND, *_arrow((0.4, -0.4), (-0.25, 0.25)))),
    "18.Roundabout": (
        _BLUE,
        (
            _ROUND,
            arc(0, 0, 0.45, 0.45, (0.1, 0.85), 0.18, LIGHT),
            disc(0.4, -0.3, 0.2, 0.2, LIGHT),
        ),
    ),
    "19.Pedestrian crossing": (
        _BLUE,
        (
            _SQUARE,
            poly([(0, -0.7), (0.75, 0.6), (-0.75, 0.6)], LIGHT),
            *_moved(_PERSON, 0, 0.1),
        ),
    ),
}


def _style(name: str, _: NamedRandomness) -> tuple[tuple[float, float], Drawing]:
    return _SIGNS[name]


def _draw(
    style: tuple[tuple[float, float], Drawing], rng: np.random.Generator
) -> bytes:
    (hue, saturation), drawing = style
    canvas = Canvas(haze(rng, saturation=(0.0, 0.4), value=(0.15, 0.85)))
    clutter(canvas, rng, int(rng.integers(2, 7)), strength=0.4)
    where = random_pose(rng, (0.45, 0.85), turns=0.04, shift=0.2, flip=False)
    day = rng.uniform(0.45, 1.0)  # from dusk to noon; paint fades, too
    fade = rng.uniform(0.6, 1.1)
    palette = {
        MAIN: hsv(hue + rng.normal(0, 0.015), saturation * fade, 0.85 * day),
        DARK: hsv(0.6, 0.2, 0.15 * day),
        LIGHT: hsv(0.12, 0.05, 0.97 * day),
        "post": hsv(0.6, 0.05, rng.uniform(0.3, 0.7)),
    }
    post = line([tuple(where.offset), (where.offset[0], 1.2)], 0.1, "post")
    canvas.paint((post,), palette, pose())
    canvas.paint(drawing, palette, where)
    if rng.random() < 0.25:
        cover(canvas, rng, reach=0.2)
    if rng.random() < 0.4:
        canvas.blur(rng.uniform(0.5, 2.0))
    return canvas.finish(rng, noise=6.0, light=0.35)


FAMILY = Family(
    dataset="traffic_sign",
    classes={Split.TRAIN: (), Split.VALID: (), Split.TEST: tuple(_SIGNS)},
    images=(22, 34),
    style=_style,
    draw=_draw,
)
