"""From parts to pixels: poses, palettes, backgrounds, and the photographer's mishaps.

Drawn at twice the size and reduced, which smooths the edges. All randomness comes from
the generator that is passed in.
"""

import colorsys
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from meta_dataset.dataset_conversion.drawings.shapes import Drawing, Part

IMAGE_SIZE = 84  # pixels, both ways
_ZOOM = 2
_DRAWN_SIZE = IMAGE_SIZE * _ZOOM
_JPEG_QUALITY = 75

Colour = tuple[int, int, int]
Palette = Mapping[str, Colour]


@dataclass(frozen=True)
class Pose:
    """Where and how a drawing is put on the canvas; matrix applies to column vectors."""

    matrix: np.ndarray  # [2, 2], unit coordinates to unit coordinates
    offset: np.ndarray  # [2]

    @property
    def size(self) -> float:
        """The scale of lengths."""
        return math.sqrt(abs(np.linalg.det(self.matrix)))


def pose(
    scale: float = 1.0,
    turns: float = 0.0,
    aspect: float = 1.0,
    shear: float = 0.0,
    centre: tuple[float, float] = (0.0, 0.0),
    flip: bool = False,
) -> Pose:
    """Returns a pose: sheared, stretched, mirrored, turned, then moved.

    Args:
      scale: of lengths.
      turns: rotation clockwise, in whole turns.
      aspect: width over height, at the same area.
      shear: how far the top leans, as a part of the height.
      centre: where the origin comes to lie, in unit coordinates.
      flip: whether left and right are exchanged.
    """
    c, s = math.cos(2 * math.pi * turns), math.sin(2 * math.pi * turns)
    stretch = math.sqrt(aspect)
    inner = np.array([[(-1 if flip else 1) * stretch, shear], [0, 1 / stretch]])
    return Pose(scale * np.array([[c, -s], [s, c]]) @ inner, np.array(centre, float))


def random_pose(
    rng: np.random.Generator,
    scale: tuple[float, float],
    turns: float = 0.05,
    shift: float = 0.2,
    flip: bool = True,
) -> Pose:
    """Returns a pose such as a careless photographer finds it."""
    return pose(
        scale=rng.uniform(*scale),
        turns=rng.uniform(-turns, turns),
        aspect=math.exp(rng.uniform(-0.2, 0.2)),
        shear=rng.uniform(-0.12, 0.12),
        centre=tuple(rng.uniform(-shift, shift, 2)),
        flip=flip and rng.random() < 0.5,
    )


class Canvas:
    """An image under way."""

    def __init__(self, background: Image.Image):
        """Starts with a background of any size."""
        # In two steps: cubic from the start would overshoot into foreign hues.
        soft = background.resize((_DRAWN_SIZE // 8,) * 2, Image.BILINEAR)
        self.image = soft.resize((_DRAWN_SIZE,) * 2, Image.BICUBIC)
        self._draw = ImageDraw.Draw(self.image)

    def paint(self, drawing: Drawing, palette: Palette, where: Pose) -> None:
        """Paints the parts in order."""
        for part in drawing:
            self._part(part, palette[part.colour], where)

    def _part(self, part: Part, colour: Colour, where: Pose) -> None:
        points = np.asarray(part.points) @ where.matrix.T + where.offset
        pixels = ((points + 1) * (_DRAWN_SIZE / 2)).ravel().tolist()
        if part.width:
            width = max(1, round(part.width * where.size * _DRAWN_SIZE / 2))
            self._draw.line(pixels, colour, width, joint="curve")
        else:
            self._draw.polygon(pixels, colour)

    def blur(self, radius: float) -> None:
        """Blurs all that was painted; radius in pixels of the finished image."""
        self.image = self.image.filter(ImageFilter.GaussianBlur(radius * _ZOOM))
        self._draw = ImageDraw.Draw(self.image)

    def finish(
        self, rng: np.random.Generator, noise: float = 5.0, light: float = 0.25
    ) -> bytes:
        """Returns the JPEG, unevenly lit and noisy.

        Args:
          rng: draws light and noise.
          noise: standard deviation in grey levels.
          light: how much brighter or darker one side may be, as a part.
        """
        pixels = np.asarray(self.image.reduce(_ZOOM), np.float32)
        ramp = np.linspace(-1, 1, IMAGE_SIZE, dtype=np.float32)
        right, down, gain = rng.uniform(-light, light, 3).astype(np.float32)
        pixels = pixels * (
            1 + gain + right * ramp[:, None] + down * ramp[:, None, None]
        )
        pixels += noise * rng.standard_normal(pixels.shape, np.float32)
        return encode(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))


def encode(image: Image.Image) -> bytes:
    """Returns the JPEG of an image."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Returns a colour; hue in turns, the others clipped to [0, 1]."""
    s, v = min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0)
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(hue % 1.0, s, v))


def haze(
    rng: np.random.Generator,
    hue: tuple[float, float] = (0.0, 1.0),
    saturation: tuple[float, float] = (0.05, 0.5),
    value: tuple[float, float] = (0.3, 0.9),
    cells: int = 4,
) -> Image.Image:
    """Returns a soft background of a few drifting colours, [cells, cells] pixels."""
    centre = rng.uniform(*hue)
    base = rng.uniform(*value)
    grid = [
        hsv(
            centre + rng.normal(0, 0.04),
            rng.uniform(*saturation),
            base + rng.normal(0, 0.1),
        )
        for _ in range(cells * cells)
    ]
    return Image.fromarray(np.array(grid, np.uint8).reshape(cells, cells, 3))
