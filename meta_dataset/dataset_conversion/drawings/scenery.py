"""What surrounds the things: their paint of the day, clutter behind, leaves in front."""

import numpy as np

from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
    Palette,
    hsv,
    pose,
)
from meta_dataset.dataset_conversion.drawings.shapes import (
    ACCENT,
    DARK,
    LIGHT,
    MAIN,
    SECOND,
    Part,
    ellipse_points,
)
from meta_dataset.dataset_conversion.drawings.things import Thing, Tone


def thing_palette(thing: Thing, rng: np.random.Generator, repaint: float) -> Palette:
    """Returns the colours of one specimen.

    Args:
      thing: its typical colours are kept roughly; where it has none, any will do.
      rng: draws the specimen.
      repaint: the probability that typical colours are not kept.
    """

    def tone(typical: Tone | None) -> tuple[int, int, int]:
        if typical is None or rng.random() < repaint:
            typical = (rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.35, 0.95))
        hue, saturation, value = typical
        return hsv(
            hue + rng.normal(0, 0.03),
            saturation + rng.normal(0, 0.12),
            value + rng.normal(0, 0.12),
        )

    shade = rng.uniform(0.08, 0.25)
    return {
        MAIN: tone(thing.main),
        SECOND: tone(thing.second),
        DARK: hsv(rng.random(), 0.3, shade),
        LIGHT: hsv(rng.random(), 0.08, rng.uniform(0.8, 1.0)),
        ACCENT: tone((rng.uniform(0.1, 0.4), 0.6, 0.6)),
    }


def clutter(
    canvas: Canvas, rng: np.random.Generator, count: int, strength: float
) -> None:
    """Paints blurred nothings: blobs and slabs of drifting colours.

    Args:
      canvas: painted on.
      rng: draws them.
      count: how many.
      strength: from 0, close to grey, to 1, any colour.
    """
    for _ in range(count):
        colour = hsv(rng.random(), strength * rng.random(), rng.uniform(0.25, 0.9))
        corners = int(rng.integers(3, 8))
        outline = Part(tuple(ellipse_points(0, 0, 1, 1, rng.random(), corners)), "any")
        where = pose(
            scale=rng.uniform(0.1, 0.4),
            turns=rng.random(),
            aspect=rng.uniform(0.5, 2.5),
            centre=tuple(rng.uniform(-1.1, 1.1, 2)),
        )
        canvas.paint((outline,), {"any": colour}, where)


def cover(canvas: Canvas, rng: np.random.Generator, reach: float) -> None:
    """Lets something reach into the picture from an edge.

    Args:
      canvas: painted on.
      rng: draws it.
      reach: how far it reaches at most, as a part of the height.
    """
    colour = hsv(rng.random(), rng.uniform(0.1, 0.6), rng.uniform(0.2, 0.8))
    depth = -1 + 2 * reach * rng.random()
    slope = rng.uniform(-0.25, 0.25)
    slab = Part(((-3, -3), (3, -3), (3, depth + slope), (-3, depth - slope)), "any")
    canvas.paint((slab,), {"any": colour}, pose(turns=int(rng.integers(4)) / 4))
