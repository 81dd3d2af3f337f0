"""Devices: timepieces, musical instruments, hand tools."""

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
    star,
)
from meta_dataset.dataset_conversion.drawings.things import Kind, Thing


def _dial(x: float, y: float, size: float) -> Drawing:
    return (
        disc(x, y, size, size, LIGHT),
        line([(x, y - size * 0.7), (x, y), (x + size * 0.5, y + size * 0.2)], 0.07),
    )


def _timepiece() -> Kind:
    things = (
        Thing("wall clock", (disc(0, 0, 0.88, 0.88), *_dial(0, 0, 0.72))),
        Thing(
            "alarm clock",
            (
                *pair(disc(0.45, -0.62, 0.26, 0.2, SECOND, 0.1)),
                *pair(line([(0.3, 0.5), (0.55, 0.92)], 0.12)),
                disc(0, 0.05, 0.64, 0.64),
                *_dial(0, 0.05, 0.5),
            ),
        ),
        Thing(
            "wristwatch",
            (
                box(0, 0, 0.22, 0.98, SECOND),
                disc(0, 0, 0.46, 0.46),
                *_dial(0, 0, 0.36),
                box(0.5, 0, 0.08, 0.07, DARK),
            ),
        ),
        Thing(
            "hourglass",
            (
                poly(
                    [
                        (-0.5, -0.8),
                        (0.5, -0.8),
                        (0.05, 0),
                        (0.5, 0.8),
                        (-0.5, 0.8),
                        (-0.05, 0),
                    ],
                    LIGHT,
                ),
                poly([(-0.28, -0.4), (0.28, -0.4), (0, 0.02)], ACCENT),
                poly([(-0.46, 0.78), (0.46, 0.78), (0, 0.35)], ACCENT),
                box(0, -0.86, 0.62, 0.09),
                box(0, 0.86, 0.62, 0.09),
            ),
        ),
        Thing(
            "pendulum clock",
            (
                poly([(-0.4, -0.75), (0, -0.98), (0.4, -0.75)], SECOND),
                box(0, 0.1, 0.4, 0.85),
                *_dial(0, -0.35, 0.3),
                box(0, 0.48, 0.22, 0.36, DARK),
                line([(0, 0.15), (0.1, 0.6)], 0.05, ACCENT),
                disc(0.1, 0.62, 0.11, 0.11, ACCENT),
            ),
        ),
    )
    return Kind("timepiece", things, turns=0.06)


def _instrument() -> Kind:
    things = (
        Thing(
            "guitar",
            (
                disc(0, 0.52, 0.46, 0.42),
                disc(0, 0.08, 0.33, 0.3),
                disc(0, 0.3, 0.15, 0.15, DARK),
                box(0, -0.4, 0.07, 0.5, SECOND),
                box(0, -0.9, 0.13, 0.1, DARK),
                box(0, 0.66, 0.2, 0.05, DARK),
            ),
            (0.08, 0.7, 0.7),
        ),
        Thing(
            "banjo",
            (
                disc(0, 0.45, 0.48, 0.48),
                disc(0, 0.45, 0.38, 0.38, LIGHT),
                box(0, -0.35, 0.06, 0.55, SECOND),
                box(0, -0.92, 0.12, 0.08, DARK),
                *pair(disc(0.16, -0.88, 0.06, 0.06, DARK)),
            ),
        ),
        Thing(
            "drum",
            (
                box(0, 0.2, 0.7, 0.5),
                disc(0, 0.7, 0.7, 0.2),
                *(
                    line([(x, -0.2), (x + 0.18, 0.75), (x + 0.35, -0.2)], 0.05, ACCENT)
                    for x in (-0.66, -0.3, 0.06, 0.3)
                ),
                disc(0, -0.3, 0.7, 0.22, LIGHT),
                line([(-0.75, -0.95), (-0.1, -0.35)], 0.08),
                line([(0.75, -0.95), (0.15, -0.3)], 0.08),
            ),
        ),
        Thing(
            "trumpet",
            (
                line([(-0.95, -0.1), (0.4, -0.1)], 0.12),
                poly([(0.3, -0.15), (0.95, -0.55), (0.95, 0.35), (0.3, -0.05)]),
                arc(-0.1, 0.15, 0.45, 0.26, (0, 1), 0.1, MAIN),
                *(box(x, -0.1, 0.06, 0.3, SECOND) for x in (-0.3, -0.1, 0.1)),
            ),
            (0.13, 0.7, 0.85),
        ),
        Thing(
            "piano",
            (
                box(0, -0.35, 0.9, 0.4),
                box(0, 0.18, 0.95, 0.15, LIGHT),
                *(
                    box(x, 0.12, 0.05, 0.09, DARK)
                    for x in (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)
                ),
                box(0, 0.4, 0.95, 0.08),
                *pair(box(0.78, 0.7, 0.1, 0.25)),
            ),
        ),
        Thing(
            "harp",
            (
                line([(-0.5, 0.85), (0.55, 0.6)], 0.18),
                line([(-0.5, 0.85), (-0.6, -0.85)], 0.13),
                line(
                    [(-0.6, -0.85), (-0.1, -0.6), (0.3, -0.75), (0.55, 0.6)],
                    0.13,
                    SECOND,
                ),
                *(line([(x, -0.62), (x, 0.72)], 0.03) for x in (-0.4, -0.2, 0, 0.2)),
            ),
            (0.1, 0.7, 0.7),
        ),
    )
    return Kind("musical instrument", things, turns=0.1)


def _tool() -> Kind:
    things = (
        Thing(
            "hammer",
            (
                box(0, 0.25, 0.1, 0.7, SECOND),
                box(0.05, -0.6, 0.42, 0.2),
                poly([(-0.35, -0.78), (-0.85, -0.55), (-0.35, -0.42)]),
            ),
        ),
        Thing(
            "saw",
            (
                poly(
                    [(-0.35, -0.3), (0.95, -0.12)]
                    + [
                        (0.95 - 0.13 * i, 0.12 + 0.1 * (i % 2) + 0.01 * i)
                        for i in range(11)
                    ]
                ),
                box(-0.62, 0, 0.3, 0.34, SECOND),
                disc(-0.62, 0, 0.13, 0.16, DARK),
            ),
        ),
        Thing(
            "screwdriver",
            (
                disc(0, -0.5, 0.22, 0.45, SECOND),
                box(0, 0.3, 0.06, 0.5),
                poly([(-0.12, 0.7), (0.12, 0.7), (0.09, 0.95), (-0.09, 0.95)], DARK),
            ),
        ),
        Thing(
            "spanner",
            (
                box(0, 0.1, 0.13, 0.6),
                disc(0, -0.6, 0.36, 0.34),
                poly(
                    [(-0.14, -0.98), (0.14, -0.98), (0.1, -0.55), (-0.1, -0.55)], DARK
                ),
                disc(0, 0.72, 0.25, 0.25),
                disc(0, 0.72, 0.12, 0.12, DARK),
            ),
        ),
        Thing(
            "scissors",
            (
                line([(-0.4, -0.9), (0.25, 0.4)], 0.13),
                line([(0.4, -0.9), (-0.25, 0.4)], 0.13),
                *pair(arc(0.35, 0.62, 0.24, 0.27, (0, 1), 0.12, SECOND)),
                disc(0, -0.1, 0.07, 0.07, DARK),
            ),
        ),
        Thing(
            "cogwheel",
            (
                star(0, 0, 0.92, 0.68, 12),
                disc(0, 0, 0.7, 0.7),
                disc(0, 0, 0.25, 0.25, DARK),
            ),
        ),
    )
    return Kind("tool", things, turns=0.15)


DEVICES = (_timepiece(), _instrument(), _tool())
