"""mscoco: a thing among other things, cut out of a crowded scene. No train classes."""

import numpy as np

from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.drawings.artefacts import ARTEFACTS
from meta_dataset.dataset_conversion.drawings.canvas import Canvas, haze, random_pose
from meta_dataset.dataset_conversion.drawings.carnivores import CARNIVORES
from meta_dataset.dataset_conversion.drawings.devices import DEVICES
from meta_dataset.dataset_conversion.drawings.family import Family, NamedRandomness
from meta_dataset.dataset_conversion.drawings.living import LIVING
from meta_dataset.dataset_conversion.drawings.scenery import (
    clutter,
    cover,
    thing_palette,
)
from meta_dataset.dataset_conversion.drawings.things import Thing

_THINGS = {
    thing.name: thing
    for kind in LIVING + ARTEFACTS + CARNIVORES + DEVICES
    for thing in kind.things
}
_VALID = (
    "bicycle",
    "bus",
    "tabby",
    "cup",
    "apple",
    "wall clock",
    "sailing boat",
    "scissors",
)
_TEST = ("car", "lorry", "hound", "brown bear", "bottle", "vase", "goblet", "teapot")
_BYSTANDERS = tuple(
    thing for name, thing in _THINGS.items() if name not in _VALID + _TEST
)


def _style(name: str, _: NamedRandomness) -> Thing:
    return _THINGS[name]


def _draw(thing: Thing, rng: np.random.Generator) -> bytes:
    canvas = Canvas(haze(rng, saturation=(0.0, 0.6), value=(0.25, 0.85)))
    clutter(canvas, rng, int(rng.integers(3, 8)), strength=0.6)
    others = [_BYSTANDERS[i] for i in rng.integers(len(_BYSTANDERS), size=4)]
    behind = int(rng.integers(1, 4))
    for other in others[:behind]:
        _place(canvas, other, rng, (0.2, 0.45), shift=0.9)
    _place(canvas, thing, rng, (0.5, 0.8), shift=0.2)
    for other in others[behind:][:1]:
        _place(canvas, other, rng, (0.15, 0.3), shift=0.8)
    if rng.random() < 0.3:
        cover(canvas, rng, reach=0.2)
    return canvas.finish(rng, noise=6.0, light=0.3)


def _place(
    canvas: Canvas,
    thing: Thing,
    rng: np.random.Generator,
    scale: tuple[float, float],
    shift: float,
) -> None:
    palette = thing_palette(thing, rng, repaint=0.4)
    canvas.paint(thing.drawing, palette, random_pose(rng, scale, shift=shift))


FAMILY = Family(
    dataset="mscoco",
    classes={Split.TRAIN: (), Split.VALID: _VALID, Split.TEST: _TEST},
    images=(26, 40),
    style=_style,
    draw=_draw,
)
