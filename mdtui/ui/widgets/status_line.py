"""The two lowest lines: what is going on, and which keys apply."""

from __future__ import annotations

from collections.abc import Sequence

from mdtui.ui import keys
from mdtui.ui.lines import Line
from mdtui.ui.widgets.lined import Lined

_ALWAYS = 2


class StatusLine(Lined):
    """One line: the last message, or what there is to say of the selected row."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.left: list[tuple[str, str]] = []
        self.right = ""

    def show(self, left: list[tuple[str, str]], right: str) -> None:
        """Shows other texts.

        Args:
          left: pieces of text with their styles.
          right: stays in view when the left one is cut.
        """
        self.left, self.right = left, right
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns the one line."""
        right = Line(f" {self.right} " if self.right else "", "warning")
        if right.width > width // 2:
            right = right.fitted(width // 2, self.glyphs.ellipsis)
        line = Line(" ")
        for text, style in self.left:
            line.add(text, style)
        line = line.fitted(width - right.width, self.glyphs.ellipsis)
        return [line.extend(right.pieces)]


class KeyBar(Lined):
    """The footer: keys with their labels, the most useful ones first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: tuple[tuple[str, str], ...] = ()

    def show(self, action_ids: Sequence[str]) -> None:
        """Shows the keys of some actions, in this order."""
        self.entries = tuple(
            (keys.shown(keys.action(name).keys[0]), keys.action(name).label)
            for name in action_ids
        )
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns the one line; entries that do not fit are left out whole.

        The last two stay in any case: with help and the way out all else is found.
        """
        entries = [(f" {key}", f" {label} ") for key, label in self.entries]
        cells = [len(key) + len(label) for key, label in entries]
        room = width - sum(cells[-_ALWAYS:])
        line = Line()
        for index, (key, label) in enumerate(entries):
            if index < len(entries) - _ALWAYS:
                if cells[index] > room:
                    continue
                room -= cells[index]
            line.add(key, "key").add(label, "dim")
        return [line]
