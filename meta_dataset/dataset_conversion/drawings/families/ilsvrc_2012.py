"""ilsvrc_2012: things of the drawn world, photographed carelessly.

The kinds are the lowest internal nodes of the class hierarchy. As in the real dataset,
valid classes are carnivores and test classes devices: neither's drawings occur in train.
"""

from dataclasses import dataclass

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

# Alternating, so that a smaller set has some of both.
_LIVING_AND_MADE = tuple(
    kind for both in zip(LIVING, ARTEFACTS, strict=True) for kind in both
)
KINDS = {
    Split.TRAIN: _LIVING_AND_MADE,
    Split.VALID: CARNIVORES,
    Split.TEST: DEVICES,
}
_KIND_OF_THING = {
    thing.name: (kind, thing)
    for kinds in KINDS.values()
    for kind in kinds
    for thing in kind.things
}


@dataclass(frozen=True)
class _Style:
    thing: Thing
    turns: float


def _style(name: str, _: NamedRandomness) -> _Style:
    kind, thing = _KIND_OF_THING[name]
    return _Style(thing, kind.turns)


def _draw(style: _Style, rng: np.random.Generator) -> bytes:
    canvas = Canvas(haze(rng, saturation=(0.0, 0.4), value=(0.3, 0.9)))
    clutter(canvas, rng, int(rng.integers(1, 5)), strength=0.4)
    palette = thing_palette(style.thing, rng, repaint=0.18)
    where = random_pose(rng, scale=(0.65, 0.9), turns=style.turns, shift=0.12)
    canvas.paint(style.thing.drawing, palette, where)
    if rng.random() < 0.3:
        cover(canvas, rng, reach=0.2)
    return canvas.finish(rng, noise=6.0, light=0.2)


FAMILY = Family(
    dataset="ilsvrc_2012",
    classes={
        split: tuple(thing.name for kind in kinds for thing in kind.things)
        for split, kinds in KINDS.items()
    },
    images=(36, 48),
    style=_style,
    draw=_draw,
)
