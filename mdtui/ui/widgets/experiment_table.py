"""The experiment list: one line a row, only changed lines are painted again."""

from __future__ import annotations

from mdtui.core.model import ExperimentRow
from mdtui.ui.lines import Line
from mdtui.ui.messages import ExperimentSelected
from mdtui.ui.widgets.columns import Column, fit_columns, heading_line, row_line
from mdtui.ui.widgets.pane import ScrollingPane


class ExperimentTable(ScrollingPane):
    """The list with its cursor; tells which row is selected.

    The selection is a name: rows may come, go and move, the selected one stays.
    """

    number = "1"
    name_of_pane = "Experiments"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: tuple[ExperimentRow, ...] = ()
        self.selected_name: str | None = None
        self.pattern = ""
        self.total = 0
        self.place = ""
        self._told: ExperimentRow | None = None
        self._columns: tuple[tuple[Column, int], ...] = ()
        self._columns_for: tuple = ()

    def show(
        self, rows: tuple[ExperimentRow, ...], total: int, pattern: str, place: str
    ) -> None:
        """Shows other rows.

        Args:
          rows: those that the filter lets through.
          total: how many there would be without the filter.
          pattern: the filter; empty without one.
          place: the workspace, for the title.
        """
        self.rows, self.total = rows, total
        self.pattern, self.place = pattern, place
        self._select(self.index)

    @property
    def index(self) -> int:
        """Position of the selected row among the shown ones, 0 when it is gone."""
        for index, row in enumerate(self.rows):
            if row.name == self.selected_name:
                return index
        return 0

    @property
    def selected(self) -> ExperimentRow | None:
        """The selected row; None when the list is empty."""
        return self.rows[self.index] if self.rows else None

    def select(self, name: str) -> None:
        """Selects a row by its name, if it is shown."""
        for index, row in enumerate(self.rows):
            if row.name == name:
                self._select(index)

    def _select(self, index: int) -> None:
        row = self.rows[max(0, min(index, len(self.rows) - 1))] if self.rows else None
        # A filter that hides the selected row must not forget it while it is typed.
        if row is not None:
            self.selected_name = row.name
        if row != self._told:
            self._told = row
            self.post_message(ExperimentSelected(row))
        self.redraw()

    def title(self) -> list[tuple[str, str]]:
        """Says how many rows are shown, and the filter."""
        if self.pattern:
            count = f" {len(self.rows)}/{self.total}"
            return [(count, "dim"), (f" /{self.pattern}", "warning")]
        return [(f" {len(self.rows)}", "dim")]

    def note(self) -> str:
        """Names the workspace."""
        return self.place

    def body(self, width: int, height: int) -> list[Line]:
        """Returns the headings and the rows in view, the selected one among them."""
        self._length = len(self.rows)
        if not self.rows:
            text = "no experiment matches the filter" if self.pattern else "reading ..."
            return [Line(), Line(f"  {text}", "dim")]
        glyphs, index, room = self.glyphs, self.index, max(1, height - 1)
        self.top = max(index - room + 1, min(self.top, index))
        self.top = max(0, min(self.top, len(self.rows) - room))
        columns = self._fitted(width - 2)
        lines = [heading_line(columns)]
        for position, row in enumerate(self.rows[self.top : self.top + room], self.top):
            chosen = position == index
            line = row_line(row, columns, glyphs, chosen, self.has_focus)
            if chosen and self.has_focus:
                line.add(" " * max(0, width - line.width), "selected")
            lines.append(line)
        return lines

    def _fitted(self, width: int) -> tuple[tuple[Column, int], ...]:
        """Returns the columns; they only grow while width and rows stay the same.

        A number that gets shorter must not shift everything right of it, back and
        forth, twice a second.
        """
        columns = fit_columns(self.rows, width, self.glyphs)
        key = (width, tuple(row.name for row in self.rows))
        if key == self._columns_for and len(columns) == len(self._columns):
            old = {column: cells for column, cells in self._columns}
            kept = tuple((c, max(cells, old.get(c, 0))) for c, cells in columns)
            if sum(cells + 2 for _, cells in kept) - 2 <= width:
                columns = kept
        self._columns, self._columns_for = columns, key
        return columns

    def footnote(self) -> str:
        """Says which rows are in view, when not all are."""
        room = max(1, self.size.height - 3)
        if len(self.rows) <= room:
            return ""
        last = min(len(self.rows), self.top + room)
        return f"{self.top + 1}-{last} of {len(self.rows)}"

    def scroll_lines(self, lines: int) -> None:
        """Moves the selection; the view follows it."""
        if self.rows:
            self._select(max(0, min(self.index + lines, len(self.rows) - 1)))
