from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mdtui.ui.lines import Line, fit, printable, wrap

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80)


@given(TEXT)
def test_nothing_that_a_terminal_obeys_gets_through(text):
    shown = printable(text)
    assert not [c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160]


def test_a_title_sequence_is_taken_out_whole():
    assert printable("a\x1b]0;owned\x07b") == "ab"
    assert Line("a\x1b[2Jb").text == "ab"


@given(TEXT.map(printable), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_fit_gives_exactly_the_width(text, width, align):
    assert cell_len(fit(text, width, align, "…")) == width


@given(TEXT.map(printable), st.integers(1, 40))
def test_a_fitted_line_has_exactly_the_width(text, width):
    line = Line(text, "strong").add(text, "dim")
    assert line.fitted(width, "…").width == width
    assert line.strip(width).cell_length == width


@given(st.text("ab /", max_size=80), st.integers(2, 20))
def test_wrapping_loses_no_character(text, width):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)


@given(st.text("ab 漢字", max_size=60), st.integers(3, 20))
def test_wrapping_with_an_indent_keeps_within_the_width(text, width):
    assert all(cell_len(line) <= width for line in wrap(text, width, "  "))


def test_wrapping_breaks_at_blanks_and_indents():
    assert wrap("python -m train --x=1", 12, "  ") == [
        "python -m",
        "  train",
        "  --x=1",
    ]


def test_a_cut_line_ends_with_the_ellipsis():
    assert Line("abcdef").fitted(4, "…").text == "abc…"
