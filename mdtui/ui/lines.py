"""Lines of the screen as values: styled pieces of text, cut and padded to cells.

Whatever the app shows of files, logs and error messages passes `printable` here, so
that no foreign control sequence ever reaches the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from mdtui.core.plain_text import harmless
from mdtui.ui.styles import STYLES

Align = Literal["left", "right", "center"]


def printable(text: str) -> str:
    """Returns text without anything that a terminal would obey."""
    return text if text.isprintable() else harmless(text)


def fit(text: str, width: int, align: Align = "left", ellipsis: str = "") -> str:
    """Returns text of exactly so many cells, cut or padded with blanks.

    Args:
      text: one line, already printable.
      width: in cells; 0 gives the empty string.
      align: where the text stands when it is shorter.
      ellipsis: ends a text that was cut.
    """
    length = cell_len(text)
    if length > width:
        if width <= len(ellipsis):
            return set_cell_size(text, max(0, width))
        return set_cell_size(text, width - len(ellipsis)) + ellipsis
    room = width - length
    if align == "right":
        return " " * room + text
    if align == "center":
        return " " * (room // 2) + text + " " * (room - room // 2)
    return text + " " * room


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Returns text broken into lines of at most so many cells, at blanks.

    A word longer than a line is broken where the line ends, so that no part of a path
    is lost.

    Args:
      text: one paragraph, already printable.
      width: in cells, at least 2.
      indent: put before every line but the first.
    """
    if width - cell_len(indent) < 2:
        indent = ""  # no room for it beside a wide character
    lines: list[str] = []
    line, is_blank = "", True
    for word in text.split():
        if not is_blank and cell_len(line) + 1 + cell_len(word) <= width:
            line += f" {word}"
            continue
        if not is_blank:
            lines.append(line)
            line = indent
        head, rest = _chop(word, width - cell_len(line))
        while rest:
            lines.append(line + head)
            line = indent
            head, rest = _chop(rest, width - cell_len(line))
        line, is_blank = line + head, False
    return lines if is_blank and lines else [*lines, line]


def _chop(word: str, width: int) -> tuple[str, str]:
    """Returns what of a word fits, one character at least, and the rest."""
    used = 0
    for index, character in enumerate(word):
        used += cell_len(character)
        if used > width and index:
            return word[:index], word[index:]
    return word, ""


class Line:
    """A line under construction: pieces of text, each with the name of its style."""

    def __init__(self, text: str = "", style: str = "plain") -> None:
        self.pieces: list[tuple[str, str]] = []
        self.add(text, style)

    def add(self, text: str, style: str = "plain") -> Line:
        """Appends a piece and returns the line."""
        if text:
            self.pieces.append((printable(text), style))
        return self

    def extend(self, pieces: Iterable[tuple[str, str]]) -> Line:
        """Appends pieces of another line and returns the line."""
        self.pieces.extend(pieces)
        return self

    @property
    def text(self) -> str:
        """The characters alone."""
        return "".join(text for text, _ in self.pieces)

    @property
    def width(self) -> int:
        """Width in cells."""
        return cell_len(self.text)

    def with_style(self, style: str) -> Line:
        """Returns the same text all in one style."""
        return Line(self.text, style)

    def fitted(self, width: int, ellipsis: str = "") -> Line:
        """Returns the line cut or padded to exactly so many cells.

        Args:
          width: in cells.
          ellipsis: ends a line that was cut.
        """
        missing = width - self.width
        if missing >= 0:
            return Line().extend(self.pieces).add(" " * missing)
        mark = ellipsis if width > cell_len(ellipsis) else ""
        room = width - cell_len(mark)
        line = Line()
        for text, style in self.pieces:
            length = cell_len(text)
            if length > room:
                line.pieces.append((set_cell_size(text, room), style))
                break
            line.pieces.append((text, style))
            room -= length
        return line.add(mark, "dim")

    def strip(self, width: int, ellipsis: str = "") -> Strip:
        """Returns the line as Textual draws it, exactly so many cells wide."""
        fitted = self.fitted(width, ellipsis)
        segments = [Segment(text, STYLES[style]) for text, style in fitted.pieces]
        return Strip(Segment.simplify(segments), width)

    def __repr__(self) -> str:
        return f"Line({self.text!r})"
