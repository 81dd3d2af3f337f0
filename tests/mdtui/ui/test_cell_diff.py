"""The picture with the shadow equals the picture without; the bytes do not."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from mdtui.ui.cell_diff import Shadow

WIDTH, HEIGHT = 12, 4
STYLES = [
    Style(),
    Style(color="red"),
    Style(bold=True, color="blue"),
    Style(reverse=True),
    Style(color="default", bgcolor="default"),
    Style(color="color(39)", bgcolor="#313949"),
]


def console():
    made = Console(force_terminal=True, width=WIDTH, height=HEIGHT, color_system="256")
    assert made._color_system is ColorSystem.EIGHT_BIT
    return made


@st.composite
def strips(draw, width=WIDTH):
    """A strip of exactly so many cells, wide characters among them."""
    segments, used = [], 0
    while used < width:
        wide = draw(st.booleans()) and width - used >= 2 and draw(st.booleans())
        text = draw(st.sampled_from("漢字") if wide else st.sampled_from("ab ·⣿"))
        segments.append(Segment(text, draw(st.sampled_from(STYLES))))
        used += 2 if wide else 1
    return Strip(segments, width)


@st.composite
def updates(draw):
    """A full repaint, or strips of some lines."""
    if draw(st.booleans()):
        frame = [[draw(strips())] for _ in range(HEIGHT)]
        return LayoutUpdate(frame, Region(0, 0, WIDTH, HEIGHT))
    rows = sorted(draw(st.sets(st.integers(0, HEIGHT - 1), min_size=1)))
    chops = [{0: None, 4: None} for _ in range(HEIGHT)]
    ends = [[4, WIDTH] for _ in range(HEIGHT)]
    for row in rows:
        chops[row] = {0: draw(strips(4)), 4: draw(strips(WIDTH - 4))}
    return ChopsUpdate(chops, [(row, 0, WIDTH) for row in rows], ends)


class Terminal:
    def __init__(self):
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        # As the app's driver does: nothing at the edge may scroll.
        self.screen.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.screen)

    def picture(self):
        return [
            [self.screen.buffer[row][column] for column in range(WIDTH)]
            for row in range(HEIGHT)
        ]


@settings(deadline=None, max_examples=150)
@given(st.lists(updates(), min_size=1, max_size=6))
def test_the_final_picture_is_the_same(sequence):
    plain, diffed, shadow = Terminal(), Terminal(), Shadow()
    for update in sequence:
        plain.stream.feed(update.render_segments(console()).replace("\n", "\r\n"))
        diffed.stream.feed(shadow.encode(update, console(), (WIDTH, HEIGHT)))
        assert diffed.picture() == plain.picture()


def frame(*texts, style=STYLES[0]):
    lines = [[Strip([Segment(text.ljust(WIDTH), style)], WIDTH)] for text in texts]
    return LayoutUpdate(lines, Region(0, 0, WIDTH, len(texts)))


def test_one_changed_character_costs_one_character_and_its_place():
    shadow = Shadow()
    shadow.encode(frame("update 219", "x"), console(), (WIDTH, 2))
    sent = shadow.encode(frame("update 220", "x"), console(), (WIDTH, 2))
    assert sent == "\x1b[1;9H20"


def test_nothing_changed_costs_nothing():
    shadow = Shadow()
    shadow.encode(frame("same"), console(), (WIDTH, 1))
    assert shadow.encode(frame("same"), console(), (WIDTH, 1)) == ""


@pytest.mark.parametrize("how", ["forget", "resize"])
def test_everything_is_sent_again_when_the_screen_is_unknown(how):
    shadow = Shadow()
    shadow.encode(frame("same"), console(), (WIDTH, 1))
    if how == "forget":
        shadow.forget()
    size = (WIDTH, 1) if how == "forget" else (WIDTH, 2)
    assert "same" in shadow.encode(frame("same"), console(), size)


def test_a_style_is_switched_on_once_for_neighbours_and_off_at_the_end():
    sent = Shadow().encode(
        frame("ab", "cd", style=Style(color="red")), console(), (WIDTH, 2)
    )
    assert sent.count("\x1b[0;31m") == 1
    assert sent.endswith("\x1b[0m")


def test_what_lies_beyond_the_terminal_is_not_sent():
    assert Shadow().encode(frame("abc", "def"), console(), (2, 1)) == "\x1b[1;1Hab"
