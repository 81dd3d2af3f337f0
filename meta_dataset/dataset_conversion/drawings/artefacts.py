"""Things people make: vehicles, boats, buildings, crockery."""

from meta_dataset.dataset_conversion.drawings.shapes import (
    ACCENT,
    DARK,
    LIGHT,
    MAIN,
    SECOND,
    Drawing,
    arc,
    box,
    disc,
    line,
    pair,
    poly,
)
from meta_dataset.dataset_conversion.drawings.things import Kind, Thing


def _vehicle() -> Kind:
    def wheels(*places: float, size: float = 0.2) -> Drawing:
        return tuple(
            disc(x, 0.55, size * k, size * k, colour)
            for x in places
            for k, colour in ((1.0, DARK), (0.45, LIGHT))
        )

    things = (
        Thing(
            "car",
            (
                poly([(-0.5, 0), (-0.3, -0.42), (0.35, -0.42), (0.6, 0)]),
                poly([(-0.36, -0.03), (-0.23, -0.32), (0, -0.32), (0, -0.03)], LIGHT),
                poly(
                    [(0.08, -0.03), (0.08, -0.32), (0.28, -0.32), (0.42, -0.03)], LIGHT
                ),
                box(0, 0.25, 0.9, 0.27),
                *wheels(-0.5, 0.52),
            ),
        ),
        Thing(
            "bus",
            (
                box(0, -0.05, 0.92, 0.55),
                *(
                    box(x, -0.25, 0.13, 0.16, LIGHT)
                    for x in (-0.7, -0.35, 0, 0.35, 0.7)
                ),
                box(0, 0.15, 0.92, 0.06, SECOND),
                *wheels(-0.55, 0.6),
            ),
        ),
        Thing(
            "lorry",
            (
                box(0.25, -0.2, 0.66, 0.52, SECOND),
                box(-0.66, 0.05, 0.24, 0.42),
                box(-0.7, -0.1, 0.13, 0.16, LIGHT),
                box(0, 0.45, 0.9, 0.07, DARK),
                *wheels(-0.6, 0.3, 0.7, size=0.19),
            ),
        ),
        Thing(
            "tractor",
            (
                box(-0.35, 0.1, 0.45, 0.22),
                box(-0.5, -0.3, 0.05, 0.25, DARK),
                box(0.35, -0.25, 0.32, 0.42),
                box(0.35, -0.35, 0.22, 0.2, LIGHT),
                disc(0.4, 0.4, 0.45, 0.45, DARK),
                disc(0.4, 0.4, 0.22, 0.22, SECOND),
                *wheels(-0.55, size=0.25),
            ),
        ),
        Thing(
            "locomotive",
            (
                box(-0.15, 0, 0.6, 0.28),
                box(0.6, -0.2, 0.28, 0.5, SECOND),
                box(0.6, -0.35, 0.15, 0.16, LIGHT),
                box(-0.5, -0.5, 0.1, 0.3, DARK),
                poly([(-0.75, 0.3), (-0.75, 0.75), (-0.98, 0.75)], DARK),
                box(0, 0.35, 0.86, 0.1, DARK),
                *wheels(-0.5, -0.1, 0.3, 0.7, size=0.18),
            ),
        ),
        Thing(
            "bicycle",
            (
                *pair(arc(0.52, 0.35, 0.38, 0.38, (0, 1), 0.07)),
                line(
                    [(-0.52, 0.35), (-0.2, -0.3), (0.4, -0.3), (0.52, 0.35)], 0.09, MAIN
                ),
                line([(-0.2, -0.3), (0.05, 0.35), (0.4, -0.3)], 0.09, MAIN),
                line([(0.4, -0.3), (0.36, -0.6), (0.6, -0.62)], 0.07),
                line([(-0.36, -0.45), (-0.05, -0.45)], 0.1),
            ),
        ),
    )
    return Kind("wheeled vehicle", things)


def _boat() -> Kind:
    hull = poly([(-0.9, 0.35), (0.95, 0.35), (0.6, 0.8), (-0.6, 0.8)])
    things = (
        Thing(
            "sailing boat",
            (
                line([(0, 0.4), (0, -0.95)], 0.06),
                poly([(0.06, -0.9), (0.06, 0.2), (0.75, 0.2)], LIGHT),
                poly([(-0.06, -0.75), (-0.06, 0.2), (-0.55, 0.2)], SECOND),
                hull,
            ),
        ),
        Thing(
            "tugboat",
            (
                box(0.2, -0.3, 0.13, 0.4, SECOND),
                box(0.2, -0.6, 0.13, 0.08, DARK),
                box(-0.2, 0.02, 0.35, 0.34, LIGHT),
                *(box(x, -0.05, 0.08, 0.1, DARK) for x in (-0.38, -0.1)),
                hull,
                *(disc(x, 0.55, 0.1, 0.1, DARK) for x in (-0.4, 0, 0.4)),
            ),
        ),
        Thing(
            "liner",
            (
                *(box(x, -0.4, 0.09, 0.28, SECOND) for x in (-0.35, 0, 0.35)),
                box(0, 0, 0.7, 0.16, LIGHT),
                box(0, 0.22, 0.82, 0.14, LIGHT),
                *(disc(x, 0.2, 0.04, 0.04, DARK) for x in (-0.6, -0.3, 0, 0.3, 0.6)),
                hull,
            ),
        ),
        Thing(
            "canoe",
            (
                poly(
                    [
                        (-0.95, 0),
                        (-0.6, 0.2),
                        (0.6, 0.2),
                        (0.95, 0),
                        (0.6, 0.6),
                        (-0.6, 0.6),
                    ]
                ),
                line([(-0.6, 0.3), (0.6, 0.3)], 0.06, SECOND),
                line([(-0.3, -0.7), (0.3, 0.8)], 0.06),
                disc(0.32, 0.8, 0.1, 0.2, DARK, 0.94),
            ),
        ),
        Thing(
            "galleon",
            (
                *(line([(x, 0.3), (x, -0.95)], 0.06) for x in (-0.45, 0.15)),
                *(
                    poly(
                        [
                            (x - 0.28, y),
                            (x + 0.28, y),
                            (x + 0.22, y + 0.4),
                            (x - 0.22, y + 0.4),
                        ],
                        LIGHT,
                    )
                    for x in (-0.45, 0.15)
                    for y in (-0.8, -0.3)
                ),
                poly([(-0.9, 0.2), (0.5, 0.35), (0.9, 0.05), (0.75, 0.8), (-0.6, 0.8)]),
                line([(-0.8, 0.45), (0.8, 0.45)], 0.07, SECOND),
            ),
        ),
    )
    return Kind("boat", things, turns=0.05)


def _building() -> Kind:
    door = box(0, 0.66, 0.13, 0.26, DARK)
    window = box(0, 0, 0.12, 0.13, LIGHT)
    things = (
        Thing(
            "house",
            (
                box(0.4, -0.6, 0.1, 0.25, DARK),
                box(0, 0.4, 0.7, 0.52),
                poly([(-0.85, -0.1), (0, -0.85), (0.85, -0.1)], SECOND),
                door,
                window.moved(-0.42, 0.25),
                window.moved(0.42, 0.25),
            ),
        ),
        Thing(
            "church",
            (
                box(0.3, 0.45, 0.55, 0.47),
                poly([(-0.3, 0), (0.3, -0.35), (0.9, 0)], SECOND),
                box(-0.5, 0.2, 0.26, 0.72),
                poly([(-0.8, -0.5), (-0.5, -0.98), (-0.2, -0.5)], SECOND),
                window.moved(-0.5, -0.2),
                door.moved(-0.5, 0),
                window.moved(0.2, 0.4),
                window.moved(0.6, 0.4),
            ),
        ),
        Thing(
            "castle",
            (
                box(0, 0.4, 0.6, 0.5),
                *(box(x, -0.15, 0.12, 0.1) for x in (-0.3, 0, 0.3)),
                *pair(box(0.65, 0.15, 0.22, 0.75)),
                *pair(poly([(0.38, -0.55), (0.65, -0.98), (0.92, -0.55)], SECOND)),
                door.moved(0, -0.3, 1.4),
                *pair(window.moved(0.65, -0.2, 0.7)),
            ),
        ),
        Thing(
            "lighthouse",
            (
                poly([(-0.38, 0.95), (-0.2, -0.45), (0.2, -0.45), (0.38, 0.95)], LIGHT),
                *(
                    poly([(-w, y), (w, y), (w + 0.03, y + 0.25), (-w - 0.03, y + 0.25)])
                    for w, y in ((0.22, -0.3), (0.29, 0.2), (0.35, 0.7))
                ),
                box(0, -0.58, 0.16, 0.14, ACCENT),
                poly([(-0.26, -0.7), (0, -0.98), (0.26, -0.7)], SECOND),
            ),
        ),
        Thing(
            "barn",
            (
                poly(
                    [
                        (-0.75, 0.92),
                        (-0.75, -0.1),
                        (-0.5, -0.55),
                        (0, -0.8),
                        (0.5, -0.55),
                        (0.75, -0.1),
                        (0.75, 0.92),
                    ]
                ),
                box(0, 0.5, 0.4, 0.42, LIGHT),
                line([(-0.38, 0.1), (0.38, 0.9)], 0.07),
                line([(0.38, 0.1), (-0.38, 0.9)], 0.07),
                box(0, -0.35, 0.14, 0.14, DARK),
            ),
        ),
        Thing(
            "windmill",
            (
                poly([(-0.45, 0.95), (-0.25, -0.2), (0.25, -0.2), (0.45, 0.95)]),
                disc(0, -0.2, 0.27, 0.22, SECOND),
                door.moved(0, 0.02),
                line([(-0.6, -0.8), (0.6, 0.4)], 0.12, LIGHT),
                line([(0.6, -0.8), (-0.6, 0.4)], 0.12, LIGHT),
                disc(0, -0.2, 0.08, 0.08, DARK),
            ),
        ),
    )
    return Kind("building", things)


def _crockery() -> Kind:
    things = (
        Thing(
            "bottle",
            (
                box(0, 0.35, 0.32, 0.58),
                poly([(-0.32, -0.2), (-0.12, -0.5), (0.12, -0.5), (0.32, -0.2)]),
                box(0, -0.65, 0.12, 0.25),
                box(0, -0.9, 0.15, 0.06, DARK),
                box(0, 0.4, 0.32, 0.24, LIGHT),
            ),
        ),
        Thing(
            "vase",
            (
                disc(0, 0.3, 0.5, 0.6),
                poly([(-0.2, -0.3), (-0.4, -0.9), (0.4, -0.9), (0.2, -0.3)]),
                line(
                    [(-0.48, 0.2), (-0.16, 0.4), (0.16, 0.2), (0.48, 0.4)], 0.09, SECOND
                ),
                box(0, 0.88, 0.3, 0.06, DARK),
            ),
        ),
        Thing(
            "jug",
            (
                arc(0.42, -0.05, 0.4, 0.4, (-0.25, 0.3), 0.12),
                poly([(-0.4, -0.75), (0.35, -0.75), (0.5, 0.9), (-0.5, 0.9)]),
                poly([(-0.35, -0.75), (-0.7, -0.8), (-0.4, -0.4)]),
                box(0, 0.25, 0.45, 0.08, SECOND),
            ),
        ),
        Thing(
            "cup",
            (
                disc(0, 0.72, 0.9, 0.16, SECOND),
                arc(0.55, 0.05, 0.3, 0.28, (-0.25, 0.3), 0.12, MAIN),
                poly([(-0.62, -0.4), (0.62, -0.4), (0.42, 0.65), (-0.42, 0.65)]),
                disc(0, -0.4, 0.62, 0.14, LIGHT),
            ),
        ),
        Thing(
            "teapot",
            (
                line([(-0.5, 0.3), (-0.75, 0), (-0.92, -0.3)], 0.18),
                arc(0.6, 0.15, 0.32, 0.35, (-0.3, 0.3), 0.12, MAIN),
                disc(0, 0.25, 0.64, 0.55),
                disc(0, -0.28, 0.36, 0.12, SECOND),
                disc(0, -0.45, 0.11, 0.11, SECOND),
            ),
        ),
        Thing(
            "goblet",
            (
                poly(
                    [(-0.55, -0.9), (0.55, -0.9), (0.35, -0.1), (0, 0.1), (-0.35, -0.1)]
                ),
                line([(0, 0), (0, 0.8)], 0.14),
                disc(0, 0.82, 0.45, 0.13),
                line([(-0.5, -0.65), (0.5, -0.65)], 0.09, SECOND),
            ),
        ),
    )
    return Kind("crockery", things, turns=0.08)


ARTEFACTS = (_vehicle(), _boat(), _building(), _crockery())
