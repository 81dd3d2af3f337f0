"""Parts of a drawing: outlines and strokes in a unit square, with a named colour.

x runs right and y runs down, both from -1 to 1 over the drawing; sizes are half extents.
A drawing is a tuple of parts, painted in order. Nothing here is random and nothing
touches pixels: see `canvas`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

Point = tuple[float, float]

# Names of colours that a palette gives.
MAIN, SECOND, DARK, LIGHT, ACCENT = "main", "second", "dark", "light", "accent"


@dataclass(frozen=True)
class Part:
    """A filled outline, or a stroke along its points if it has a width."""

    points: tuple[Point, ...]
    colour: str = MAIN
    width: float = 0.0

    def moved(self, dx: float, dy: float, scale: float = 1.0) -> "Part":
        """Returns the part scaled about the origin, then moved."""
        points = tuple((x * scale + dx, y * scale + dy) for x, y in self.points)
        return replace(self, points=points, width=self.width * scale)

    def mirrored(self) -> "Part":
        """Returns the part with left and right exchanged."""
        return replace(self, points=tuple((-x, y) for x, y in self.points))

    def turned_over(self) -> "Part":
        """Returns the part with top and bottom exchanged."""
        return replace(self, points=tuple((x, -y) for x, y in self.points))


Drawing = tuple[Part, ...]


def disc(
    x: float, y: float, rx: float, ry: float, colour: str = MAIN, angle: float = 0.0
) -> Part:
    """Returns a filled ellipse; the angle, in turns, is clockwise."""
    return Part(tuple(ellipse_points(x, y, rx, ry, angle)), colour)


def box(x: float, y: float, rx: float, ry: float, colour: str = MAIN) -> Part:
    """Returns a filled rectangle."""
    return poly(
        [(x - rx, y - ry), (x + rx, y - ry), (x + rx, y + ry), (x - rx, y + ry)], colour
    )


def poly(points: Iterable[Point], colour: str = MAIN) -> Part:
    """Returns a filled outline."""
    return Part(tuple(points), colour)


def line(points: Iterable[Point], width: float, colour: str = DARK) -> Part:
    """Returns a stroke through the points."""
    return Part(tuple(points), colour, width)


def arc(
    x: float,
    y: float,
    rx: float,
    ry: float,
    turns: tuple[float, float],
    width: float,
    colour: str = DARK,
) -> Part:
    """Returns a stroke along an ellipse between two angles (turns, 0 right, 0.25 down)."""
    angles = 2 * np.pi * np.linspace(*turns, 13)
    return line(
        points_of(x + rx * np.cos(angles), y + ry * np.sin(angles)),
        width,
        colour,
    )


def star(
    x: float, y: float, outer: float, inner: float, tips: int, colour: str = MAIN
) -> Part:
    """Returns a filled star, its first tip up."""
    angles = np.pi * (np.arange(2 * tips) / tips - 0.5)
    radii = np.where(np.arange(2 * tips) % 2, inner, outer)
    return poly(
        points_of(x + radii * np.cos(angles), y + radii * np.sin(angles)),
        colour,
    )


def pair(*parts: Part) -> Drawing:
    """Returns the parts and their mirror images: ears, eyes, wheels."""
    return tuple(p for part in parts for p in (part, part.mirrored()))


def stripes(
    x: float,
    y: float,
    rx: float,
    ry: float,
    count: int,
    width: float,
    colour: str = DARK,
) -> Drawing:
    """Returns upright stripes over an ellipse."""
    offsets = np.linspace(-0.75, 0.75, count)
    return tuple(
        line(
            [
                (x + rx * o, y - ry * (1 - o * o) ** 0.5 * 0.9),
                (x + rx * o, y + ry * (1 - o * o) ** 0.5 * 0.9),
            ],
            width,
            colour,
        )
        for o in offsets.tolist()
    )


def spots(
    x: float,
    y: float,
    rx: float,
    ry: float,
    count: int,
    size: float,
    colour: str = DARK,
) -> Drawing:
    """Returns dots spread evenly over an ellipse, as seeds are over a sunflower."""
    k = np.arange(count) + 0.5
    radius, angle = 0.85 * np.sqrt(k / count), k * 2.39996
    return tuple(
        disc(x + rx * dx, y + ry * dy, size, size, colour)
        for dx, dy in points_of(radius * np.cos(angle), radius * np.sin(angle))
    )


def ellipse_points(
    x: float, y: float, rx: float, ry: float, angle: float = 0.0, count: int = 20
) -> list[Point]:
    """Returns points along an ellipse."""
    t = 2 * np.pi * np.arange(count) / count
    c, s = np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)
    px, py = rx * np.cos(t), ry * np.sin(t)
    return points_of(x + c * px - s * py, y + s * px + c * py)


def points_of(xs: np.ndarray, ys: np.ndarray) -> list[Point]:
    """Returns points from their coordinates, [points] each."""
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def smoothed(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Returns a curve through control points (Catmull and Rom's).

    Args:
      points: [points, 2], at least two.
      steps: number of points for each stretch between two control points.
    """
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    before, a, b, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    curve = 0.5 * (
        2 * a[:, None]
        + (b - before)[:, None] * t
        + (2 * before - 5 * a + 4 * b - after)[:, None] * t**2
        + (3 * a - before - 3 * b + after)[:, None] * t**3
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])
