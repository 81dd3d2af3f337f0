"""Plants and small animals: fruit, trees, fish, insects."""

from meta_dataset.dataset_conversion.drawings.shapes import (
    ACCENT,
    DARK,
    LIGHT,
    MAIN,
    SECOND,
    arc,
    box,
    disc,
    line,
    pair,
    poly,
    spots,
    star,
    stripes,
)
from meta_dataset.dataset_conversion.drawings.things import Kind, Thing


def _fruit() -> Kind:
    leaf = disc(0.26, -0.86, 0.2, 0.09, ACCENT, 0.94)
    stem = line([(0, -0.6), (0.06, -0.95)], 0.09)
    slim = line([(0, -0.3), (-0.4, 0.35)], 0.05)
    things = (
        Thing(
            "apple",
            (
                stem,
                leaf,
                *pair(disc(0.26, 0.05, 0.45, 0.62)),
                box(0, 0.1, 0.3, 0.5),
                disc(-0.35, -0.2, 0.1, 0.16, LIGHT),
            ),
            (0.0, 0.8, 0.8),
        ),
        Thing(
            "pear",
            (
                stem,
                disc(0, 0.35, 0.6, 0.52),
                poly([(-0.27, -0.55), (0.27, -0.55), (0.55, 0.2), (-0.55, 0.2)]),
                disc(0, -0.5, 0.28, 0.24),
            ),
            (0.2, 0.6, 0.75),
        ),
        Thing(
            "lemon",
            (
                disc(0, 0, 0.82, 0.5),
                disc(0.8, 0, 0.14, 0.14),
                disc(-0.8, 0, 0.12, 0.12),
                *spots(0, 0, 0.7, 0.4, 14, 0.03, SECOND),
            ),
            (0.15, 0.8, 0.9),
            (0.12, 0.8, 0.7),
        ),
        Thing(
            "cherry",
            (
                line([(0.1, -0.95), (-0.1, -0.5), (-0.42, 0.3)], 0.06, ACCENT),
                line([(0.1, -0.95), (0.35, -0.3), (0.42, 0.4)], 0.06, ACCENT),
                disc(-0.42, 0.45, 0.38, 0.38),
                disc(0.44, 0.52, 0.38, 0.38),
                disc(-0.52, 0.35, 0.08, 0.08, LIGHT),
                disc(0.34, 0.42, 0.08, 0.08, LIGHT),
            ),
            (0.97, 0.85, 0.65),
        ),
        Thing(
            "strawberry",
            (
                poly(
                    [(-0.65, -0.4), (0.65, -0.4), (0.4, 0.45), (0, 0.95), (-0.4, 0.45)]
                ),
                disc(0, -0.35, 0.66, 0.3),
                *spots(0, 0, 0.5, 0.6, 16, 0.05, LIGHT),
                star(0, -0.55, 0.5, 0.16, 6, ACCENT),
            ),
            (0.98, 0.8, 0.85),
        ),
        Thing(
            "pineapple",
            (
                star(0, -0.6, 0.45, 0.15, 7, ACCENT),
                disc(0, 0.3, 0.46, 0.65),
                slim,
                slim.moved(0.3, 0.2),
                slim.moved(0.5, 0.4),
                slim.mirrored(),
                slim.mirrored().moved(-0.3, 0.2),
                slim.mirrored().moved(-0.5, 0.4),
            ),
            (0.11, 0.75, 0.8),
        ),
    )
    return Kind("edible fruit", things, turns=0.15)


def _tree() -> Kind:
    trunk = box(0, 0.7, 0.1, 0.28, SECOND)
    needles = poly([(0, -0.95), (0.35, -0.35), (-0.35, -0.35)])
    frond = line([(0, -0.45), (0.4, -0.7), (0.75, -0.35)], 0.14, MAIN)
    bark = (0.08, 0.6, 0.4)
    things = (
        Thing(
            "fir",
            (
                trunk,
                needles.moved(0, 0.15, 1.6).moved(0, 0.85),
                needles.moved(0, 0.1, 1.3).moved(0, 0.3),
                needles,
            ),
            (0.38, 0.6, 0.45),
            bark,
        ),
        Thing(
            "palm",
            (
                line([(0.1, 0.95), (0.12, 0.3), (0, -0.45)], 0.16, SECOND),
                frond,
                frond.mirrored(),
                line([(0, -0.45), (0.45, -0.2), (0.6, 0.15)], 0.12, MAIN),
                line([(0, -0.45), (-0.45, -0.2), (-0.6, 0.15)], 0.12, MAIN),
                line([(0, -0.45), (0.1, -0.95)], 0.12, MAIN),
                disc(0.05, -0.38, 0.1, 0.1, DARK),
            ),
            (0.3, 0.6, 0.55),
            bark,
        ),
        Thing(
            "oak",
            (
                box(0, 0.6, 0.16, 0.38, SECOND),
                *pair(disc(0.42, -0.1, 0.42, 0.36)),
                disc(0, -0.45, 0.5, 0.42),
                disc(0, 0, 0.4, 0.3),
                *spots(0, -0.2, 0.7, 0.5, 7, 0.06, ACCENT),
            ),
            (0.27, 0.6, 0.5),
            bark,
        ),
        Thing(
            "cypress",
            (
                trunk,
                disc(0, -0.15, 0.26, 0.8),
                arc(0, -0.1, 0.1, 0.6, (0.3, 0.7), 0.05),
            ),
            (0.36, 0.5, 0.4),
            bark,
        ),
        Thing(
            "cactus",
            (
                line([(0, 0.95), (0, -0.75)], 0.4, MAIN),
                line([(0, 0.3), (0.6, 0.3), (0.6, -0.25)], 0.24, MAIN),
                line([(0, 0.05), (-0.55, 0.05), (-0.55, -0.45)], 0.24, MAIN),
                line([(0, 0.9), (0, -0.85)], 0.06, SECOND),
                disc(0, -0.85, 0.14, 0.1, ACCENT),
            ),
            (0.35, 0.5, 0.55),
            (0.35, 0.4, 0.3),
        ),
    )
    return Kind("tree", things)


def _fish() -> Kind:
    eye = (disc(-0.55, -0.12, 0.12, 0.12, LIGHT), disc(-0.57, -0.12, 0.06, 0.06, DARK))
    tail = poly([(0.45, 0), (0.95, -0.42), (0.82, 0), (0.95, 0.42)], SECOND)
    things = (
        Thing(
            "clownfish",
            (
                tail,
                disc(-0.1, 0, 0.75, 0.46),
                *stripes(-0.1, 0, 0.7, 0.46, 3, 0.2, LIGHT),
            )
            + eye,
            (0.06, 0.9, 0.9),
        ),
        Thing(
            "angelfish",
            (
                poly([(-0.1, -0.3), (0.5, -0.98), (0.35, 0)], SECOND),
                poly([(-0.1, 0.3), (0.5, 0.98), (0.35, 0)], SECOND),
                tail.moved(0, 0, 0.8),
                disc(-0.15, 0, 0.6, 0.52),
                *stripes(-0.1, 0, 0.5, 0.52, 3, 0.08),
            )
            + eye,
        ),
        Thing(
            "eel",
            (
                line(
                    [(-0.7, -0.1), (-0.3, 0.2), (0.1, -0.1), (0.5, 0.2), (0.95, -0.15)],
                    0.28,
                    MAIN,
                ),
                disc(-0.68, -0.12, 0.26, 0.2),
                *(d.moved(-0.1, -0.05) for d in eye),
            ),
        ),
        Thing(
            "shark",
            (
                poly([(-0.05, -0.2), (0.2, -0.8), (0.35, -0.15)]),
                poly([(0.6, 0), (0.98, -0.6), (0.86, 0.05), (0.95, 0.3)]),
                disc(-0.05, 0, 0.88, 0.27),
                disc(-0.1, 0.12, 0.7, 0.14, LIGHT),
                poly([(-0.2, 0.1), (0.15, 0.6), (0.12, 0.1)]),
                *(d.moved(-0.1, 0.05, 0.7) for d in eye),
            ),
            (0.58, 0.25, 0.55),
        ),
        Thing(
            "puffer",
            (
                tail.moved(0.1, 0, 0.75),
                star(-0.1, 0, 0.8, 0.6, 16),
                disc(-0.1, 0.1, 0.55, 0.4, LIGHT),
                *spots(-0.05, -0.3, 0.4, 0.2, 6, 0.06),
            )
            + eye,
            (0.12, 0.5, 0.7),
        ),
    )
    return Kind("fish", things, turns=0.08)


def _insect() -> Kind:
    legs = tuple(
        part
        for y in (-0.15, 0.15, 0.45)
        for part in pair(line([(0, y), (0.5, y - 0.1), (0.75, y + 0.15)], 0.05))
    )
    feelers = pair(line([(0.06, -0.6), (0.3, -0.95)], 0.05))
    things = (
        Thing(
            "ladybird",
            (
                *legs,
                disc(0, -0.5, 0.3, 0.25, DARK),
                disc(0, 0.15, 0.6, 0.65),
                line([(0, -0.45), (0, 0.8)], 0.06),
                *pair(
                    disc(0.3, -0.1, 0.12, 0.12, DARK), disc(0.28, 0.4, 0.12, 0.12, DARK)
                ),
            ),
            (0.0, 0.85, 0.8),
        ),
        Thing(
            "butterfly",
            (
                *pair(disc(0.5, -0.3, 0.48, 0.36, MAIN, 0.9)),
                *pair(disc(0.4, 0.35, 0.34, 0.36, SECOND)),
                *pair(disc(0.55, -0.35, 0.14, 0.14, LIGHT)),
                *feelers,
                line([(0, -0.6), (0, 0.7)], 0.14),
            ),
        ),
        Thing(
            "bee",
            (
                *pair(disc(0.5, -0.25, 0.42, 0.2, LIGHT, 0.93)),
                *feelers,
                disc(0, 0.2, 0.38, 0.62),
                *(line([(-0.34, y), (0.34, y)], 0.13) for y in (-0.02, 0.27, 0.56)),
                disc(0, -0.5, 0.24, 0.2, DARK),
            ),
            (0.14, 0.85, 0.9),
        ),
        Thing(
            "ant",
            (
                *legs,
                *feelers,
                disc(0, 0.55, 0.3, 0.38),
                disc(0, 0, 0.18, 0.24),
                disc(0, -0.5, 0.25, 0.22),
            ),
            (0.03, 0.6, 0.35),
        ),
        Thing(
            "dragonfly",
            (
                *pair(disc(0.5, -0.35, 0.48, 0.1, LIGHT, 0.97)),
                *pair(disc(0.48, -0.05, 0.46, 0.1, LIGHT, 0.03)),
                line([(0, -0.4), (0, 0.95)], 0.13),
                *(
                    line([(-0.07, y), (0.07, y)], 0.05, SECOND)
                    for y in (0.2, 0.45, 0.7)
                ),
                *pair(disc(0.1, -0.6, 0.14, 0.14, SECOND)),
            ),
        ),
    )
    return Kind("insect", things, turns=0.2)


LIVING = (_fruit(), _tree(), _fish(), _insect())
