"""Which columns of the experiment list fit, how wide they are, how a row reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from mdtui.core.model import ExperimentRow
from mdtui.core.plain_text import harmless
from mdtui.ui import numbers
from mdtui.ui.glyphs import Glyphs
from mdtui.ui.lines import Align, Line, fit
from mdtui.ui.styles import state_style, state_text

GAP = 2
_BAR_CELLS = 12


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
      heading: its title.
      text: what it says of a row.
      priority: the smaller, the longer it stays on a narrow screen.
      least: cells below which it is dropped rather than cut.
      most: cells above which it is cut.
      align: where its text stands.
      style: name of the style of its cells, by row.
    """

    heading: str
    text: Callable[[ExperimentRow, Glyphs], str]
    priority: int
    least: int
    most: int = 40
    align: Align = "left"
    style: Callable[[ExperimentRow], str] = lambda row: "plain"


def _state(row: ExperimentRow, glyphs: Glyphs) -> str:
    return f"{glyphs.state(row.state)} {state_text(row.state)}"


def _best(row: ExperimentRow, glyphs: Glyphs) -> str:
    if row.best_accuracy is None:
        return ""
    update = "" if row.best_update is None else f" @{row.best_update}"
    return f"{numbers.percent(row.best_accuracy):>6}{update}"


def _loss_style(row: ExperimentRow) -> str:
    known = row.last_loss is not None
    return "bad" if known and not math.isfinite(row.last_loss) else "plain"


def _bar(row: ExperimentRow, glyphs: Glyphs) -> str:
    if not row.total or not row.update:
        return ""
    filled = min(_BAR_CELLS, row.update * _BAR_CELLS // row.total)
    return glyphs.bar * filled + glyphs.bar_rest * (_BAR_CELLS - filled)


def _dim_unless(known: Callable[[ExperimentRow], object]) -> Callable:
    """Returns a style that is plain where something is known, else dim."""
    return lambda row: "plain" if known(row) is not None else "dim"


COLUMNS: tuple[Column, ...] = (
    Column(
        "NAME",
        lambda row, glyphs: row.name,
        priority=0,
        least=29,
        most=48,
        style=lambda row: "plain" if row.in_walkthrough else "dim",
    ),
    Column(
        "MODEL",
        lambda row, glyphs: row.model,
        priority=6,
        least=13,
        most=30,
        style=lambda row: "dim",
    ),
    Column(
        "SOURCE",
        lambda row, glyphs: row.source,
        priority=7,
        least=8,
        most=20,
        style=lambda row: "dim",
    ),
    Column(
        "STATE",
        _state,
        priority=1,
        least=13,
        most=24,
        style=lambda row: state_style(row.state),
    ),
    Column(
        "UPDATE",
        lambda row, glyphs: numbers.progress(row.update, row.total),
        priority=2,
        least=15,
        align="right",
        style=_dim_unless(lambda row: row.update),
    ),
    Column(
        "PROGRESS",
        _bar,
        priority=9,
        least=_BAR_CELLS,
        style=lambda row: state_style(row.state),
    ),
    Column(
        "ETA",
        lambda row, glyphs: numbers.duration(row.eta_seconds),
        priority=5,
        least=6,
        align="right",
    ),
    Column(
        "LOSS",
        lambda row, glyphs: numbers.loss(row.last_loss),
        priority=4,
        least=6,
        align="right",
        style=_loss_style,
    ),
    Column("BEST % @UPDATE", _best, priority=3, least=15),
    Column("GPU", lambda row, glyphs: row.gpu, priority=8, least=12, most=26),
)


def fit_columns(
    rows: Sequence[ExperimentRow], width: int, glyphs: Glyphs
) -> tuple[tuple[Column, int], ...]:
    """Returns the columns that fit and their widths in cells, from left to right.

    Columns of low priority go first; a column in which no row says anything goes
    before all others. What is left is shared so that as little as possible is cut.

    Args:
      rows: every row of the list, also those out of view, so that widths stay.
      width: cells in all.
      glyphs: for the width of the glyphs in the texts.
    """
    natural = {}
    for column in COLUMNS:
        texts = [column.text(row, glyphs) for row in rows]
        longest = min(column.most, max(map(cell_len, texts), default=0))
        natural[column] = max(len(column.heading), longest), longest > 0
    by_priority = sorted(COLUMNS, key=lambda column: column.priority)
    widths: dict[Column, int] = {}
    used = -GAP
    for column in (each for each in by_priority if natural[each][1]):
        need = min(column.least, natural[column][0])
        if used + GAP + need > width and widths:
            break  # a less important column must not take the room of this one
        widths[column] = need
        used += GAP + need
    for column, cells in widths.items():
        more = min(max(0, width - used), natural[column][0] - cells)
        widths[column] += more
        used += more
    for column in (each for each in by_priority if not natural[each][1]):
        if used + GAP + natural[column][0] <= width:
            widths[column] = natural[column][0]
            used += GAP + widths[column]
    return tuple((column, widths[column]) for column in COLUMNS if column in widths)


def heading_line(columns: Sequence[tuple[Column, int]]) -> Line:
    """Returns the line above the rows."""
    texts = (fit(column.heading, width, column.align) for column, width in columns)
    return Line("  ").add((" " * GAP).join(texts), "heading")


def row_line(
    row: ExperimentRow,
    columns: Sequence[tuple[Column, int]],
    glyphs: Glyphs,
    selected: bool = False,
    focused: bool = False,
) -> Line:
    """Returns one row, marked when it is selected, coloured when focused too."""
    line = Line(
        f"{glyphs.cursor} " if selected else "  ", "key" if selected else "plain"
    )
    for index, (column, width) in enumerate(columns):
        text = harmless(column.text(row, glyphs))
        line.add(" " * GAP if index else "")
        line.add(fit(text, width, column.align, glyphs.ellipsis), column.style(row))
    if selected:
        return line.with_style("selected" if focused else "selected-blurred")
    return line
