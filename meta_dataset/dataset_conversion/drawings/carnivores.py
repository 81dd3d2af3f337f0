"""Carnivores, drawn from the front: ears, face, markings, muzzle."""

from meta_dataset.dataset_conversion.drawings.shapes import (
    ACCENT,
    DARK,
    LIGHT,
    MAIN,
    SECOND,
    Drawing,
    Part,
    disc,
    line,
    pair,
    poly,
    spots,
    star,
)
from meta_dataset.dataset_conversion.drawings.things import Kind, Thing

_TABBY_MARKS = (
    line([(0, -0.5), (0, -0.2)], 0.08),
    *pair(line([(0.2, -0.5), (0.14, -0.25)], 0.08)),
    *pair(line([(0.62, 0.1), (0.38, 0.15)], 0.06)),
)


def _pointed(x: float, height: float, colour: str = MAIN) -> Drawing:
    """Two upright triangles with a lighter inside."""
    outer = poly([(x - 0.28, -0.25), (x + 0.05, -height), (x + 0.28, -0.1)], colour)
    inner = poly(
        [(x - 0.14, -0.3), (x + 0.03, -height + 0.18), (x + 0.14, -0.2)], SECOND
    )
    return pair(outer, inner)


def _round(x: float, y: float, size: float, colour: str = MAIN) -> Drawing:
    return pair(disc(x, y, size, size, colour), disc(x, y, size / 2, size / 2, SECOND))


def _hanging(x: float, length: float, colour: str = SECOND) -> Drawing:
    return pair(disc(x, -0.15 + length / 2, 0.2, length, colour, 0.97))


def _head(
    ears: Drawing,
    marks: Drawing = (),
    face: tuple[float, float] = (0.66, 0.6),
    muzzle: Part | None = None,
    eyes: float = 0.1,
    whiskers: bool = False,
) -> Drawing:
    """Puts a head together from behind to front."""
    muzzle = muzzle or disc(0, 0.36, 0.32, 0.24, LIGHT)
    lines = pair(
        line([(0.2, 0.35), (0.85, 0.25)], 0.03), line([(0.2, 0.42), (0.8, 0.52)], 0.03)
    )
    return (
        *ears,
        disc(0, 0.08, *face),
        *marks,
        muzzle,
        *pair(disc(0.27, -0.05, eyes, eyes * 1.1, ACCENT)),
        *pair(disc(0.27, -0.05, eyes / 2, eyes, DARK)),
        *(lines if whiskers else ()),
        poly([(-0.12, 0.24), (0.12, 0.24), (0, 0.38)], DARK),
        line([(0, 0.36), (0, 0.5)], 0.04),
    )


def _feline() -> Kind:
    tail = 0.92
    things = (
        Thing(
            "tabby",
            _head(_pointed(0.4, tail), _TABBY_MARKS, whiskers=True),
            (0.09, 0.35, 0.6),
            (0.02, 0.3, 0.8),
        ),
        Thing(
            "siamese",
            _head(
                _pointed(0.45, 0.98, DARK),
                (disc(0, 0.25, 0.4, 0.42, SECOND),),
                face=(0.6, 0.55),
                muzzle=disc(0, 0.35, 0.26, 0.2, SECOND),
                whiskers=True,
            ),
            (0.1, 0.2, 0.9),
            (0.06, 0.4, 0.35),
        ),
        Thing(
            "tiger",
            _head(
                _round(0.48, -0.42, 0.2),
                (
                    *pair(
                        *(
                            line([(0.64, y), (0.36, y + 0.08)], 0.08)
                            for y in (-0.2, 0.1, 0.35)
                        )
                    ),
                    *(
                        line([(-w, y), (w, y)], 0.07)
                        for w, y in ((0.2, -0.42), (0.14, -0.28))
                    ),
                    *pair(disc(0.27, -0.12, 0.17, 0.15, LIGHT)),
                ),
                whiskers=True,
            ),
            (0.08, 0.8, 0.9),
            (0.08, 0.2, 0.95),
        ),
        Thing(
            "lion",
            _head(
                (star(0, 0.05, 0.98, 0.78, 18, SECOND), *_round(0.48, -0.45, 0.17)),
                face=(0.58, 0.56),
            ),
            (0.11, 0.55, 0.85),
            (0.06, 0.7, 0.5),
        ),
        Thing(
            "leopard",
            _head(
                _round(0.46, -0.42, 0.18),
                spots(0, 0.02, 0.62, 0.56, 22, 0.055),
                whiskers=True,
            ),
            (0.12, 0.5, 0.85),
            (0.1, 0.3, 0.6),
        ),
        Thing(
            "lynx",
            _head(
                (
                    *_pointed(0.42, 0.8),
                    *pair(line([(0.46, -0.72), (0.52, -0.98)], 0.06)),
                ),
                (
                    *pair(poly([(0.4, 0.2), (0.92, 0.45), (0.4, 0.66)], LIGHT)),
                    *spots(0, -0.2, 0.4, 0.2, 6, 0.035),
                ),
            ),
            (0.08, 0.3, 0.7),
            (0.08, 0.2, 0.9),
        ),
    )
    return Kind("feline", things)


def _canine() -> Kind:
    snout = poly([(-0.3, 0.05), (0.3, 0.05), (0.16, 0.68), (-0.16, 0.68)], LIGHT)
    things = (
        Thing(
            "fox",
            _head(
                _pointed(0.45, 0.95),
                pair(poly([(0.05, 0.7), (0.66, 0.1), (0.2, 0.15)], LIGHT)),
                muzzle=poly([(-0.2, 0.15), (0.2, 0.15), (0, 0.75)]),
                eyes=0.08,
            ),
            (0.05, 0.8, 0.8),
            (0.05, 0.3, 0.25),
        ),
        Thing(
            "wolf",
            _head(
                _pointed(0.36, 0.9),
                (
                    *pair(poly([(0.5, -0.05), (0.88, 0.3), (0.5, 0.55)])),
                    *pair(disc(0.3, 0.2, 0.2, 0.28, LIGHT)),
                    line([(0, -0.45), (0, 0.1)], 0.16),
                ),
                muzzle=snout,
                eyes=0.08,
            ),
            (0.6, 0.1, 0.55),
            (0.6, 0.1, 0.3),
        ),
        Thing(
            "dalmatian",
            _head(
                _hanging(0.62, 0.34, DARK),
                spots(0, 0.0, 0.6, 0.5, 12, 0.08),
                muzzle=snout,
            ),
            (0.1, 0.05, 0.95),
            (0.1, 0.1, 0.2),
        ),
        Thing(
            "hound",
            _head(
                _hanging(0.68, 0.58),
                (disc(0, -0.15, 0.12, 0.4, LIGHT),),
                face=(0.58, 0.62),
            ),
            (0.07, 0.55, 0.6),
            (0.05, 0.6, 0.35),
        ),
        Thing(
            "poodle",
            _head(
                (
                    *pair(disc(0.72, 0.15, 0.26, 0.42)),
                    *(disc(x, -0.62, 0.26, 0.26) for x in (-0.3, 0, 0.3)),
                    disc(0, -0.75, 0.25, 0.22),
                ),
                face=(0.5, 0.56),
                muzzle=disc(0, 0.42, 0.2, 0.26, SECOND),
            ),
            (0.08, 0.15, 0.85),
            (0.08, 0.2, 0.7),
        ),
    )
    return Kind("canine", things)


def _bear() -> Kind:
    things = (
        Thing(
            "giant panda",
            _head(
                _round(0.52, -0.5, 0.22, DARK),
                pair(disc(0.29, -0.04, 0.2, 0.17, DARK, 0.1)),
                eyes=0.07,
            ),
            (0.1, 0.03, 0.95),
            (0.1, 0.05, 0.2),
        ),
        Thing(
            "brown bear",
            _head(
                _round(0.52, -0.45, 0.22),
                muzzle=disc(0, 0.36, 0.36, 0.28, SECOND),
                eyes=0.06,
            ),
            (0.07, 0.6, 0.4),
            (0.08, 0.5, 0.65),
        ),
        Thing(
            "raccoon",
            _head(
                _pointed(0.42, 0.78),
                (
                    disc(0, -0.04, 0.64, 0.2, DARK),
                    line([(0, -0.5), (0, -0.1)], 0.14, LIGHT),
                    *pair(line([(0.15, -0.3), (0.55, -0.24)], 0.1, LIGHT)),
                ),
                face=(0.7, 0.52),
                eyes=0.08,
            ),
            (0.08, 0.12, 0.55),
            (0.08, 0.1, 0.8),
        ),
        Thing(
            "badger",
            _head(
                _round(0.46, -0.38, 0.13, LIGHT),
                (
                    *pair(
                        poly(
                            [(0.12, 0.55), (0.16, -0.5), (0.48, -0.42), (0.34, 0.4)],
                            DARK,
                        )
                    ),
                ),
                face=(0.56, 0.64),
                muzzle=disc(0, 0.5, 0.16, 0.18, LIGHT),
                eyes=0.06,
            ),
            (0.1, 0.05, 0.9),
            (0.1, 0.05, 0.4),
        ),
        Thing(
            "otter",
            _head(
                pair(disc(0.6, -0.3, 0.11, 0.11)),
                face=(0.7, 0.48),
                muzzle=disc(0, 0.34, 0.46, 0.24, SECOND),
                eyes=0.06,
                whiskers=True,
            ),
            (0.07, 0.5, 0.4),
            (0.1, 0.3, 0.8),
        ),
    )
    return Kind("bear", things)


CARNIVORES = (_feline(), _canine(), _bear())
