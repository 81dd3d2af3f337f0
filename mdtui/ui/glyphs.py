"""Every character of the screen that is not a letter, in two sets.

`UNICODE` for terminals that say that they speak UTF-8, `ASCII` for all others and for
the Linux console, whose font has no braille. A widget never spells a glyph itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Glyphs:
    """The characters of one set; each field is one cell wide unless it says more.

    Attributes:
      name: `unicode` or `ascii`.
      top_left: corner of a frame; the other corners follow.
      horizontal: edge of a frame, also the rule in a dialog.
      vertical: edge of a frame.
      axis_corner: where the axes of a chart meet.
      axis_tick_y: a tick on the y axis.
      axis_tick_x: a tick on the x axis.
      ellipsis: stands for text that did not fit.
      cursor: marks the selected row, beside its colour.
      plus_minus: before a confidence interval; one to three cells.
      restart: a column of a chart where the run was resumed.
      restart_mark: the same, on the axis.
      best: the best validation, in a chart.
      not_finite: a NaN or an infinity, on the upper edge of a chart.
      bar: a filled cell of a bar.
      bar_rest: an empty cell of a bar.
      separator: between the parts of a status line.
      down: rows follow below.
      up: rows precede above.
      braille: whether charts may use braille.
      states: glyph of each state word; see `state`.
    """

    name: str
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    horizontal: str
    vertical: str
    axis_corner: str
    axis_tick_y: str
    axis_tick_x: str
    ellipsis: str
    cursor: str
    plus_minus: str
    restart: str
    restart_mark: str
    best: str
    not_finite: str
    bar: str
    bar_rest: str
    separator: str
    down: str
    up: str
    braille: bool
    states: Mapping[str, str] = field(default_factory=dict)

    def state(self, state: str) -> str:
        """Returns the glyph of a state, by its first word; a dot for any other."""
        return self.states.get(state.partition(" ")[0], self.states[""])


UNICODE = Glyphs(
    name="unicode",
    top_left="╭",
    top_right="╮",
    bottom_left="╰",
    bottom_right="╯",
    horizontal="─",
    vertical="│",
    axis_corner="└",
    axis_tick_y="┤",
    axis_tick_x="┴",
    ellipsis="…",
    cursor="▌",
    plus_minus="±",
    restart="┊",
    restart_mark="↻",
    best="◆",
    not_finite="×",
    bar="━",
    bar_rest="─",
    separator="·",
    down="↓",
    up="↑",
    braille=True,
    states={
        "": "·",
        "running": "●",
        "starting": "◌",
        "stopping": "◌",
        "queued": "○",
        "held": "‖",
        "done": "✓",
        "stopped": "■",
        "preempted": "■",
        "failed": "✗",
        "out_of_memory": "✗",
        "timed_out": "✗",
        "lost": "?",
    },
)

ASCII = Glyphs(
    name="ascii",
    top_left="+",
    top_right="+",
    bottom_left="+",
    bottom_right="+",
    horizontal="-",
    vertical="|",
    axis_corner="+",
    axis_tick_y="+",
    axis_tick_x="+",
    ellipsis="~",
    cursor=">",
    plus_minus="+-",
    restart=":",
    restart_mark="R",
    best="*",
    not_finite="x",
    bar="=",
    bar_rest="-",
    separator="|",
    down="v",
    up="^",
    braille=False,
    states={
        "": ".",
        "running": "*",
        "starting": "o",
        "stopping": "o",
        "queued": "o",
        "held": "=",
        "done": "+",
        "stopped": "#",
        "preempted": "#",
        "failed": "x",
        "out_of_memory": "x",
        "timed_out": "x",
        "lost": "?",
    },
)


def glyphs_for(environment: Mapping[str, str]) -> Glyphs:
    """Returns the set that a terminal can show, judged by its environment.

    The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides, as in the C
    library; Python's own encodings do not, because it speaks UTF-8 in the C locale.

    Args:
      environment: the process environment.
    """
    if environment.get("TERM", "") in {"linux", "dumb", "vt100", "vt220"}:
        return ASCII
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(variable, "")
        if value:
            spelled = value.lower().replace("-", "")
            return UNICODE if "utf8" in spelled else ASCII
    return ASCII
