"""quickdraw: things of the drawn world as hasty sketches, light ink on dark."""

import numpy as np
from PIL import Image

from meta_dataset.dataset_conversion.drawings.artefacts import ARTEFACTS
from meta_dataset.dataset_conversion.drawings.canvas import Canvas, random_pose
from meta_dataset.dataset_conversion.drawings.devices import DEVICES
from meta_dataset.dataset_conversion.drawings.family import (
    Family,
    NamedRandomness,
    split_names,
)
from meta_dataset.dataset_conversion.drawings.living import LIVING
from meta_dataset.dataset_conversion.drawings.shapes import (
    Drawing,
    line,
    points_of,
)

_THINGS = {
    thing.name: thing for kind in LIVING + ARTEFACTS + DEVICES for thing in kind.things
}
_INK = {"ink": (255, 255, 255)}


def _style(name: str, _: NamedRandomness) -> Drawing:
    return _THINGS[name].drawing


def _draw(drawing: Drawing, rng: np.random.Generator) -> bytes:
    """Draws outlines only, shakily, and forgets a part now and then."""
    canvas = Canvas(Image.new("RGB", (4, 4)))
    where = random_pose(rng, scale=(0.75, 0.98), turns=0.06, shift=0.06)
    width = rng.uniform(0.04, 0.07)
    for part in drawing:
        if len(drawing) > 3 and rng.random() < 0.12:
            continue
        points = np.array(part.points if part.width else (*part.points, part.points[0]))
        points = points + rng.normal(0, 0.04, 2) + _tremor(len(points), rng)
        canvas.paint((line(points_of(*points.T), width, "ink"),), _INK, where)
    return canvas.finish(rng, noise=0.0, light=0.0)


def _tremor(count: int, rng: np.random.Generator) -> np.ndarray:
    """How an unsteady hand strays along a stroke, [count, 2]."""
    knots = rng.normal(0, 0.045, (2, 5))
    along = np.linspace(0, 4, count)
    return np.stack([np.interp(along, range(5), knot) for knot in knots], axis=1)


FAMILY = Family(
    dataset="quickdraw",
    classes=split_names(sorted(_THINGS)[::2][:30], 18, 6, 6),
    images=(24, 32),
    style=_style,
    draw=_draw,
)
