"""A framed pane with a title, and one that scrolls."""

from __future__ import annotations

from mdtui.ui import keys
from mdtui.ui.lines import Line
from mdtui.ui.widgets.lined import Lined


class Pane(Lined, can_focus=True):
    """A frame around a body; bright when it has the focus.

    Attributes:
      number: the key that goes to this pane.
      name_of_pane: its title.
    """

    number = ""
    name_of_pane = ""

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the lines inside the frame."""
        raise TypeError(f"{type(self).__name__} gives no body")

    def title(self) -> list[tuple[str, str]]:
        """Returns pieces that follow the name in the upper edge."""
        return []

    def note(self) -> str:
        """Returns a remark for the right end of the upper edge."""
        return ""

    def footnote(self) -> str:
        """Returns a remark for the right end of the lower edge."""
        return ""

    def lines(self, width: int, height: int) -> list[Line]:
        """Returns the frame with the body in it."""
        glyphs, focused = self.glyphs, self.has_focus
        frame = "frame-focus" if focused else "frame"
        if width < 4 or height < 3:
            return []
        body = self.body(width - 4, height - 2)[: height - 2]
        body += [Line()] * (height - 2 - len(body))
        edge = (glyphs.vertical + " ", frame), (" " + glyphs.vertical, frame)
        return [
            self._upper_edge(width, frame, focused),
            *(
                Line()
                .extend([edge[0]])
                .extend(line.fitted(width - 4, glyphs.ellipsis).pieces)
                .extend([edge[1]])
                for line in body
            ),
            self._lower_edge(width, frame),
        ]

    def _upper_edge(self, width: int, frame: str, focused: bool) -> Line:
        glyphs = self.glyphs
        line = Line(glyphs.top_left + glyphs.horizontal + " ", frame)
        line.add(f"{self.number} " if self.number else "", "key")
        line.add(self.name_of_pane, "title-focus" if focused else "title")
        line.extend(self.title())
        line.add(" ")
        note = self.note()
        rest = width - line.width - 1
        if note and len(note) + 4 <= rest:
            line.add(glyphs.horizontal * (rest - len(note) - 3), frame)
            line.add(f" {note} ", "dim").add(glyphs.horizontal, frame)
        elif rest >= 0:
            line.add(glyphs.horizontal * rest, frame)
        else:
            line = line.fitted(width - 1, glyphs.ellipsis)
        return line.add(glyphs.top_right, frame)

    def _lower_edge(self, width: int, frame: str) -> Line:
        glyphs = self.glyphs
        footnote = self.footnote()
        rest = width - 2
        line = Line(glyphs.bottom_left, frame)
        if footnote and len(footnote) + 4 <= rest:
            line.add(glyphs.horizontal * (rest - len(footnote) - 3), frame)
            line.add(f" {footnote} ", "dim").add(glyphs.horizontal, frame)
        else:
            line.add(glyphs.horizontal * rest, frame)
        return line.add(glyphs.bottom_right, frame)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Brightens or dims the frame."""
        super().watch_has_focus(has_focus)
        self.redraw()


class ScrollingPane(Pane):
    """A pane whose body is longer than itself.

    Attributes:
      top: the first line of the body that is shown.
    """

    BINDINGS = keys.bindings("lists")

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0

    def everything(self, width: int) -> list[Line]:
        """Returns the whole body, for a width in cells."""
        raise TypeError(f"{type(self).__name__} gives no lines to scroll")

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the part of the body that is in view."""
        everything = self.everything(width)
        self._length = len(everything)
        self.top = max(0, min(self.top, len(everything) - height))
        return everything[self.top : self.top + height]

    def footnote(self) -> str:
        """Says which lines are in view, when not all are."""
        shown = max(1, self.size.height - 2)
        length = self._length
        if length <= shown:
            return ""
        return f"{self.top + 1}-{min(length, self.top + shown)} of {length}"

    _length = 0

    def scroll_lines(self, lines: int) -> None:
        """Moves the view down by some lines, up when negative."""
        shown = max(1, self.size.height - 2)
        self.top = max(0, min(self.top + lines, self._length - shown))
        self.redraw()

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 3)

    def action_down(self) -> None:
        """One line down."""
        self.scroll_lines(1)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_lines(-1)

    def action_first(self) -> None:
        """To the first line."""
        self.scroll_lines(-self._length)

    def action_last(self) -> None:
        """To the last line."""
        self.scroll_lines(self._length)

    def action_page_down(self) -> None:
        """One page down."""
        self.scroll_lines(self._page)

    def action_page_up(self) -> None:
        """One page up."""
        self.scroll_lines(-self._page)

    def action_half_down(self) -> None:
        """Half a page down."""
        self.scroll_lines(max(1, self._page // 2))

    def action_half_up(self) -> None:
        """Half a page up."""
        self.scroll_lines(-max(1, self._page // 2))
