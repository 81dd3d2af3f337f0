"""A grid of dots drawn as braille, or as points and colons where there is none."""

from __future__ import annotations

import numpy as np

# Bits of a braille cell, by row and column of its 4 x 2 dots.
_BRAILLE_BITS = np.array(
    [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32
)
# Bits of an ASCII cell, by row of its 2 x 1 dots, and their characters.
_ASCII_BITS = np.array([[1], [2]], dtype=np.uint32)
_ASCII_CHARACTERS = " '.:"


class Canvas:
    """Dots of several layers on a grid of cells; the layer drawn last owns a cell.

    Dots of all layers share a cell's character, because a cell has one colour: its
    owner's. Row 0 of the dots is the upper edge.

    Attributes:
      columns: cells across.
      rows: cells down.
      width: dots across.
      height: dots down.
    """

    def __init__(self, columns: int, rows: int, braille: bool = True) -> None:
        self.columns, self.rows = columns, rows
        self._bits = _BRAILLE_BITS if braille else _ASCII_BITS
        self._braille = braille
        self.height = rows * self._bits.shape[0]
        self.width = columns * self._bits.shape[1]
        self._dots = np.zeros((self.height, self.width), dtype=bool)
        self._owner = np.full((rows, columns), -1, dtype=np.int16)

    def draw(self, dots: np.ndarray, layer: int) -> None:
        """Adds the dots of a layer.

        Args:
          dots: [height, width], bool.
          layer: its number, not negative, which `layer_at` gives back.
        """
        self._dots |= dots
        down, across = self._bits.shape
        cells = dots.reshape(self.rows, down, self.columns, across).any(axis=(1, 3))
        self._owner[cells] = layer

    def blank(self) -> np.ndarray:
        """Returns an empty grid of dots, [height, width], bool."""
        return np.zeros((self.height, self.width), dtype=bool)

    def layer_at(self, row: int, column: int) -> int:
        """Returns the layer that owns a cell, -1 where nothing was drawn."""
        return int(self._owner[row, column])

    def text(self) -> list[str]:
        """Returns the rows of cells as text, a blank where nothing was drawn."""
        down, across = self._bits.shape
        cells = self._dots.reshape(self.rows, down, self.columns, across)
        codes = np.einsum("rdca,da->rc", cells.astype(np.uint32), self._bits)
        if self._braille:
            return [
                "".join(chr(0x2800 + code) if code else " " for code in row)
                for row in codes.tolist()
            ]
        return [
            "".join(_ASCII_CHARACTERS[code] for code in row) for row in codes.tolist()
        ]
