"""fungi: mushrooms on the forest floor, by the shape of cap and stem and their colour."""

from dataclasses import dataclass

import numpy as np

from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
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
    spots,
)

_CAPS = {
    "bellcap": poly(
        [(-0.5, -0.05), (-0.35, -0.65), (0, -0.95), (0.35, -0.65), (0.5, -0.05)]
    ),
    "flatcap": poly([(-0.9, -0.3), (-0.6, -0.5), (0.6, -0.5), (0.9, -0.3), (0, -0.15)]),
    "funnel": poly([(-0.8, -0.75), (0.8, -0.75), (0.2, 0.0), (-0.2, 0.0)]),
    "domecap": poly(
        [
            (-0.8, -0.1),
            (-0.7, -0.5),
            (-0.35, -0.8),
            (0.35, -0.8),
            (0.7, -0.5),
            (0.8, -0.1),
        ]
    ),
    "buttoncap": disc(0, -0.4, 0.5, 0.42),
}
_COLOURS = ("scarlet", "golden", "brown", "white", "violet", "orange", "grey")


@dataclass(frozen=True)
class _Style:
    drawing: Drawing
    cap: tuple[float, float, float]
    stem: tuple[float, float, float]


def _style(name: str, randomness: NamedRandomness) -> _Style:
    colour, cap = name.split(".")[1].split(" ")
    rng = randomness(name)
    thick, bulb = rng.uniform(0.08, 0.22), rng.uniform(0.0, 0.2)
    stem = [
        poly(
            [(-thick, -0.3), (thick, -0.3), (thick + bulb, 0.9), (-thick - bulb, 0.9)],
            SECOND,
        )
    ]
    if rng.random() < 0.4:
        stem.append(box(0, 0.15, thick + 0.16, 0.06, LIGHT))
    top = [_CAPS[cap]]
    decoration = rng.integers(4)
    if decoration == 0:
        top.extend(spots(0, -0.42, 0.5, 0.3, int(rng.integers(7, 13)), 0.07, LIGHT))
    elif decoration == 1:
        xs = np.linspace(-0.5, 0.5, 6).tolist()
        top.extend(line([(x * 0.4, -0.6), (x, -0.2)], 0.04, DARK) for x in xs)
    elif decoration == 2:
        top.append(arc(0, -0.3, 0.5, 0.25, (0.55, 0.95), 0.08, LIGHT))
    return _Style(
        (*stem, *top), named_colours()[colour], (0.1, rng.uniform(0.05, 0.4), 0.85)
    )


def _draw(style: _Style, rng: np.random.Generator) -> bytes:
    canvas = Canvas(
        haze(rng, hue=(0.05, 0.35), saturation=(0.2, 0.6), value=(0.15, 0.6))
    )
    clutter(canvas, rng, int(rng.integers(2, 6)), strength=0.4)
    (h, s, v), (sh, ss, sv) = style.cap, style.stem
    palette = {
        MAIN: hsv(
            h + rng.normal(0, 0.03), s + rng.normal(0, 0.12), v + rng.normal(0, 0.12)
        ),
        SECOND: hsv(sh, ss, sv + rng.normal(0, 0.1)),
        DARK: hsv(0.08, 0.5, rng.uniform(0.1, 0.3)),
        LIGHT: hsv(0.12, 0.15, rng.uniform(0.8, 1.0)),
    }
    for _ in range(int(rng.integers(0, 3))):  # its little sisters
        x, y = rng.uniform(-0.8, 0.8), rng.uniform(0.0, 0.5)
        small = pose(rng.uniform(0.2, 0.35), rng.normal(0, 0.03), centre=(x, y))
        canvas.paint(style.drawing, palette, small)
    canvas.paint(style.drawing, palette, random_pose(rng, (0.5, 0.85), turns=0.07))
    for _ in range(int(rng.integers(2, 8))):  # grass in front
        x, tilt = rng.uniform(-1, 1), rng.normal(0, 0.15)
        blade = line([(x, 1.05), (x + tilt, rng.uniform(0.3, 0.8))], 0.05, "grass")
        colour = hsv(rng.uniform(0.2, 0.38), 0.6, rng.uniform(0.25, 0.7))
        canvas.paint((blade,), {"grass": colour}, pose())
    return canvas.finish(rng)


FAMILY = Family(
    dataset="fungi",
    classes=split_names(
        [
            f"{7 * a + b:04d}.{colour} {cap}"
            for a, cap in enumerate(_CAPS)
            for b, colour in enumerate(_COLOURS)
        ],
        20,
        6,
        8,
    ),
    images=(22, 32),
    style=_style,
    draw=_draw,
)
