"""A widget that is a list of lines and repaints only those that changed."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mdtui.ui.glyphs import UNICODE, Glyphs
from mdtui.ui.lines import Line


class Lined(Widget):
    """A widget drawn line by line from values; subclasses give `lines`.

    Every change goes through `redraw`, which compares the new lines with the old ones:
    what did not change is neither rendered nor sent to the terminal again.
    """

    DEFAULT_CSS = "Lined { background: ansi_default; color: ansi_default; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []
        self._drawn_size = (-1, -1)

    @property
    def glyphs(self) -> Glyphs:
        """The characters that this terminal can show."""
        return getattr(self.app, "glyphs", UNICODE)

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns what to show: at most `height` lines, cut to `width` cells."""
        raise TypeError(f"{type(self).__name__} gives no lines")

    def redraw(self) -> None:
        """Draws everything anew and repaints the lines that came out different."""
        width, height = self.size
        if not width or not height:
            return
        strips = [
            line.strip(width, self.glyphs.ellipsis)
            for line in self.lines(width, height)[:height]
        ]
        strips += [Line().strip(width)] * (height - len(strips))
        if self._drawn_size != (width, height):
            self._strips, self._drawn_size = strips, (width, height)
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(self._strips, strips, strict=True))
            if old != new
        ]
        self._strips = strips
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """Returns a drawn line; draws first when the size is new."""
        if self._drawn_size != tuple(self.size):
            self.redraw()
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width)

    def on_resize(self) -> None:
        """Draws for the new size."""
        self.redraw()
