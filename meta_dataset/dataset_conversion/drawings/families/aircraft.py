"""aircraft: silhouettes from the side, differing in fuselage, wing, tail and engines."""

import numpy as np

from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
    haze,
    hsv,
    random_pose,
)
from meta_dataset.dataset_conversion.drawings.family import (
    Family,
    NamedRandomness,
    split_names,
)
from meta_dataset.dataset_conversion.drawings.scenery import cover
from meta_dataset.dataset_conversion.drawings.shapes import (
    DARK,
    LIGHT,
    MAIN,
    SECOND,
    Drawing,
    arc,
    box,
    disc,
    line,
    poly,
)

_MAKERS = ("Petrel", "Skylark", "Merlin", "Condor", "Swift", "Tern", "Plover")


def _style(name: str, randomness: NamedRandomness) -> Drawing:
    rng = randomness(name)
    height = rng.uniform(0.1, 0.22)  # of the fuselage, half
    return (
        *_tail(rng, height),
        disc(0, 0, 0.92, height),
        poly([(-0.1, -height), (0.95, -height * 0.8), (0.95, 0), (-0.1, height)]),
        *_cabin(rng, height),
        *_wing_and_engines(rng, height),
    )


def _tail(rng: np.random.Generator, height: float) -> Drawing:
    tip, lean = rng.uniform(0.45, 0.75), rng.uniform(0.05, 0.4)
    fin = poly(
        [(0.5, -height * 0.7), (0.6 + lean, -tip), (0.8 + lean, -tip), (0.95, 0)],
        SECOND,
    )
    kind = rng.integers(3)
    if kind == 0:  # tailplane on the fuselage
        return fin, line([(0.7, -height * 0.4), (1.05, -height * 0.6)], 0.06, DARK)
    if kind == 1:  # tailplane on top of the fin
        return fin, line([(0.5 + lean, -tip), (0.95 + lean, -tip)], 0.07, DARK)
    return fin, fin.moved(-0.12, 0.12, 0.75), line([(0.6, 0), (1.0, 0)], 0.06, DARK)


def _cabin(rng: np.random.Generator, height: float) -> Drawing:
    count = int(rng.integers(0, 10))
    windows = tuple(
        disc(x, -height * 0.25, 0.022, 0.03, DARK)
        for x in np.linspace(-0.55, 0.6, count).tolist()
    )
    bubble = rng.random() < 0.35
    canopy = (disc(-0.5, -height, 0.22, height * 0.9, LIGHT),) if bubble else ()
    stripe = box(0, height * 0.2, 0.85, height * 0.16, SECOND)
    cockpit = poly(
        [(-0.8, -height * 0.5), (-0.66, -height * 0.75), (-0.62, -height * 0.3)], DARK
    )
    return (*canopy, *((stripe,) if rng.random() < 0.6 else ()), *windows, cockpit)


def _wing_and_engines(rng: np.random.Generator, height: float) -> Drawing:
    high = rng.random() < 0.4
    y = -height * 0.9 if high else height * 0.6
    root, sweep = rng.uniform(-0.3, 0.05), rng.uniform(0.05, 0.5)
    chord, reach = rng.uniform(0.18, 0.42), rng.uniform(0.2, 0.55)
    wing = poly(
        [
            (root, y),
            (root + chord, y),
            (root + sweep + chord * 0.6, y + reach),
            (root + sweep, y + reach),
        ],
        DARK,
    )
    engine = rng.integers(4)
    if engine == 0:  # jets below the wing
        return wing, *(
            disc(root + dx, y + 0.16, 0.14, 0.07, LIGHT) for dx in (-0.05, 0.25)
        )
    if engine == 1:  # a jet at the tail
        return wing, disc(0.5, -height * 0.5, 0.17, 0.08, LIGHT)
    if engine == 2:  # a propeller in the nose
        return wing, arc(-0.93, 0, 0.05, 0.32, (0, 1), 0.03, LIGHT)
    blades = arc(root - 0.14, y, 0.04, 0.24, (0, 1), 0.03, LIGHT)
    return wing, disc(root, y, 0.16, 0.07, LIGHT), blades


def _draw(drawing: Drawing, rng: np.random.Generator) -> bytes:
    canvas = Canvas(
        haze(rng, hue=(0.5, 0.65), saturation=(0.05, 0.45), value=(0.5, 0.95))
    )
    if rng.random() < 0.5:
        cover(canvas, rng, reach=0.2)
    base = rng.uniform(0.5, 0.95)
    palette = {
        MAIN: hsv(rng.random(), rng.uniform(0, 0.35), base),
        SECOND: hsv(rng.random(), rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.9)),
        DARK: hsv(0.6, 0.15, base * rng.uniform(0.3, 0.6)),
        LIGHT: hsv(0.6, 0.05, rng.uniform(0.7, 0.95)),
    }
    canvas.paint(
        drawing, palette, random_pose(rng, (0.6, 0.88), turns=0.07, shift=0.15)
    )
    return canvas.finish(rng, noise=4.0)


FAMILY = Family(
    dataset="aircraft",
    classes=split_names(
        [f"{maker} {100 * n}" for n in range(1, 6) for maker in _MAKERS], 20, 6, 8
    ),
    images=(24, 32),
    style=_style,
    draw=_draw,
)
