"""cu_birds: birds on branches; the build comes from the genus, the colours from the name."""

from dataclasses import dataclass

import numpy as np

from meta_dataset.dataset_conversion.drawings.canvas import (
    Canvas,
    Colour,
    haze,
    hsv,
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
    LIGHT,
    MAIN,
    SECOND,
    Drawing,
    disc,
    line,
    poly,
)


@dataclass(frozen=True)
class _Genus:
    """Proportions, relative to the body."""

    beak: float
    beak_depth: float
    tail: float
    neck: float
    legs: float
    crest: bool = False


_GENERA = {
    "Finch": _Genus(0.22, 0.14, 0.45, 0.0, 0.25),
    "Heron": _Genus(0.6, 0.07, 0.3, 0.45, 0.7),
    "Jay": _Genus(0.3, 0.09, 0.75, 0.05, 0.3, crest=True),
    "Toucan": _Genus(0.7, 0.2, 0.5, 0.05, 0.25),
    "Wren": _Genus(0.25, 0.05, 0.3, 0.0, 0.3),
    "Plover": _Genus(0.28, 0.06, 0.3, 0.12, 0.6),
    "Kingfisher": _Genus(0.6, 0.1, 0.25, 0.0, 0.2, crest=True),
}
_PLUMAGES = ("scarlet", "golden", "azure", "green", "black", "white", "violet", "brown")


@dataclass(frozen=True)
class _Style:
    genus: _Genus
    back: tuple[float, float, float]
    breast: tuple[float, float, float]
    crown: tuple[float, float, float]


def _style(name: str, randomness: NamedRandomness) -> _Style:
    plumage, genus = name.split(".")[1].rsplit("_", 1)
    rng = randomness(name)
    colours = list(named_colours().values())
    back = named_colours()[plumage.split("_")[0].lower()]
    return _Style(
        _GENERA[genus],
        back,
        breast=colours[int(rng.integers(len(colours)))],
        crown=colours[int(rng.integers(len(colours)))] if rng.random() < 0.5 else back,
    )


def _bird(genus: _Genus) -> Drawing:
    head_x, head_y = -0.42 - genus.neck * 0.3, -0.38 - genus.neck
    legs = tuple(
        line([(x, 0.25), (x + 0.03, 0.35 + genus.legs)], 0.05, DARK)
        for x in (-0.05, 0.14)
    )
    crest = poly(
        [
            (head_x - 0.1, head_y - 0.1),
            (head_x + 0.3, head_y - 0.45),
            (head_x + 0.2, head_y),
        ],
        ACCENT,
    )
    d = genus.beak_depth
    return (
        *legs,
        poly(
            [
                (0.2, -0.1),
                (0.45 + genus.tail, 0.2),
                (0.35 + genus.tail, 0.35),
                (0.2, 0.25),
            ]
        ),
        line([(-0.3, 0), (head_x, head_y)], 0.26),
        disc(0, 0.05, 0.52, 0.34, MAIN, 0.06),
        disc(-0.16, 0.16, 0.34, 0.22, SECOND, 0.08),
        *((crest,) if genus.crest else ()),
        poly(
            [
                (head_x - 0.12, head_y - d),
                (head_x - 0.2 - genus.beak, head_y + d * 0.4),
                (head_x - 0.12, head_y + d),
            ],
            "beak",
        ),
        disc(head_x, head_y, 0.24, 0.22),
        disc(head_x, head_y - 0.09, 0.2, 0.12, ACCENT),
        disc(head_x - 0.08, head_y - 0.02, 0.05, 0.05, DARK),
        disc(head_x - 0.09, head_y - 0.03, 0.02, 0.02, LIGHT),
        poly([(-0.1, -0.12), (0.5, 0.02), (0.62, 0.2), (0.1, 0.2)], "wing"),
    )


def _draw(style: _Style, rng: np.random.Generator) -> bytes:
    def tone(typical: tuple[float, float, float]) -> Colour:
        h, s, v = typical
        return hsv(
            h + rng.normal(0, 0.03), s + rng.normal(0, 0.12), v + rng.normal(0, 0.12)
        )

    canvas = Canvas(haze(rng, hue=(0.15, 0.6), saturation=(0.1, 0.6), value=(0.3, 0.9)))
    clutter(canvas, rng, int(rng.integers(1, 5)), strength=0.5)
    where = random_pose(rng, scale=(0.55, 0.8), turns=0.06, shift=0.15)
    perch = 0.33 + style.genus.legs
    branch = line([(-2, perch + 0.15), (0, perch), (2, perch - 0.1)], 0.12, "branch")
    h, s, v = style.back
    palette = {
        MAIN: tone(style.back),
        SECOND: tone(style.breast),
        ACCENT: tone(style.crown),
        "wing": tone((h, s, v * 0.65)),
        "beak": tone((0.1, 0.7, 0.75)),
        "branch": tone((0.07, 0.5, 0.35)),
        DARK: hsv(0, 0, 0.1),
        LIGHT: (255, 255, 255),
    }
    canvas.paint((branch, *_bird(style.genus)), palette, where)
    return canvas.finish(rng)


FAMILY = Family(
    dataset="cu_birds",
    classes=split_names(
        [
            f"{5 * a + b + 1:03d}.{_PLUMAGES[(a + b) % 8].capitalize()}_{genus}"
            for a, genus in enumerate(_GENERA)
            for b in range(5)
        ],
        20,
        6,
        8,
    ),
    images=(24, 32),
    style=_style,
    draw=_draw,
)
