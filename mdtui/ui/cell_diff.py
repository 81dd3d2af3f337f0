"""Sends the terminal only the cells that differ from what it shows already.

Textual 8.2 repaints whole strips: one changed digit costs the bytes of its line. This
module keeps a shadow of the terminal and turns each of Textual's updates into the cells
that changed. It reaches into `textual._compositor` and `App._display` and is therefore
kept apart; written for and tested with Textual 8.2.8, whose final picture it must equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

# What a cell shows: its character and the codes of its style. The second half of a wide
# character is an empty string. None: nobody knows.
Cell = tuple[str, str]

# So many unchanged cells are sent again rather than jumped over: a jump is as long.
_WORTH_A_JUMP = 5


class Shadow:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._rows: list[list[Cell | None]] = []

    def forget(self) -> None:
        """Forgets everything: the next update of a cell is sent in any case."""
        self._size = (0, 0)

    def encode(
        self, update: CompositorUpdate, console: Console, size: tuple[int, int]
    ) -> str:
        """Returns what to write for an update, and remembers it as written.

        Args:
          update: a partial or full update of Textual's compositor.
          console: tells how many colours there are.
          size: of the terminal, in cells; another size than before forgets all.
        """
        if size != self._size:
            self._size = size
            self._rows = [[None] * size[0] for _ in range(size[1])]
        colors = console._color_system or ColorSystem.TRUECOLOR
        out: list[str] = []
        pen = ""
        for x, y, strip in _placements(update):
            if 0 <= y < size[1]:
                pen = self._encode_strip(x, y, strip, colors, pen, out)
        if pen:
            out.append("\x1b[0m")
        return "".join(out)

    def _encode_strip(
        self,
        x: int,
        y: int,
        strip: Strip,
        colors: ColorSystem,
        pen: str,
        out: list[str],
    ) -> str:
        """Appends the changed cells of one strip; returns the style left switched on."""
        row = self._rows[y]
        cells = _cells(strip, colors)[: max(0, len(row) - x)]
        at = None  # where the terminal's cursor is, on this row
        for start, end in _changed(row, cells, x):
            if at is None:
                out.append(f"\x1b[{y + 1};{x + start + 1}H")
            elif at != start:
                out.append(f"\x1b[{x + start + 1}G")
            for character, codes in cells[start:end]:
                if codes != pen:
                    out.append(f"\x1b[0;{codes}m" if codes else "\x1b[0m")
                    pen = codes
                out.append(character)
            row[x + start : x + end] = cells[start:end]
            at = end
        return pen


class CellDiff(App[Any]):
    """An app whose updates go through a shadow of the terminal.

    Attributes:
      shadow: what the terminal shows.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.shadow = Shadow()

    def on_load(self) -> None:
        """Repaints whenever another program had the terminal."""
        self.app_resume_signal.subscribe(self, lambda _: self.repaint())

    def repaint(self) -> None:
        """Sends every cell again, at once."""
        self.shadow.forget()
        everything = self.screen._compositor.render_update(
            full=True, screen_stack=self._background_screens
        )
        self._display(self.screen, everything)

    def _display(self, screen: Any, renderable: Any) -> None:
        """Displays an update of the compositor; everything else as Textual does."""
        writes = (
            self._running
            and not self._closed
            and not self._batch_count
            and not self.is_headless
            and self._driver is not None
            and not self._driver.is_inline
        )
        if not writes or not isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, renderable)
            return
        text = self.shadow.encode(renderable, self.console, tuple(self.size))
        if text or self.cursor_position != self._previous_cursor_position:
            super()._display(screen, _Written(text))
        else:
            self.post_display_hook()


class _Written(CompositorUpdate):
    """An update that is encoded already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """Returns the encoded update."""
        return self._text


def _placements(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yields column, row and strip of everything that an update writes, in order."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield x, y, strip
                x += strip.cell_length
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(
            update.chop_ends[y], update.chops[y].items(), strict=False
        ):
            if strip is None or x > x2 or end <= x1:
                continue
            whole = x2 > x >= x1 and end <= x2
            yield x, y, strip if whole else strip.crop(0, min(end, x2) - x)


def _cells(strip: Strip, colors: ColorSystem) -> list[Cell]:
    """Returns a strip cell by cell."""
    cells: list[Cell] = []
    for text, style, _ in strip:
        codes = _codes(style, colors) if style else ""
        if text.isascii():
            cells += [(character, codes) for character in text]
            continue
        for character in text:
            width = cell_len(character)
            if width:
                cells += [(character, codes), *([("", codes)] * (width - 1))]
            elif cells:  # a combining mark belongs to the cell before
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
    return cells


_known_codes: dict[tuple[Style, ColorSystem], str] = {}


def _codes(style: Style, colors: ColorSystem) -> str:
    """Returns the codes of a style after a reset, which makes default colours moot."""
    key = (style, colors)
    if key not in _known_codes:
        codes = Strip.render_ansi(style, colors).split(";")
        # 38 and 48 begin a longer code whose parts may be 39 or 49.
        plain = not {"38", "48"} & set(codes)
        kept = [code for code in codes if not plain or code not in ("39", "49")]
        _known_codes[key] = ";".join(kept)
    return _known_codes[key]


def _changed(
    row: list[Cell | None], cells: list[Cell], x: int
) -> Iterator[tuple[int, int]]:
    """Yields the ranges of cells to send, short unchanged stretches between included."""
    start = end = None
    for index, cell in enumerate(cells):
        if row[x + index] == cell:
            continue
        # Never begin in the middle of a wide character.
        first = index - 1 if not cell[0] and index else index
        if start is None:
            start = first
        elif first - end > _WORTH_A_JUMP:
            yield start, end
            start = first
        end = index + 1
        while end < len(cells) and not cells[end][0]:
            end += 1
    if start is not None:
        yield start, end
